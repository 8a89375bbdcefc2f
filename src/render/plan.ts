/** A plan in a terminal: the boots, their cost, and the changes that the run could find. */
import { type BootIdentity, bootsByMachine } from '../model/boot.ts';
import type { JsonOutput, PlanOutput } from '../model/json-output.ts';
import { percentOf, us } from '../model/units.ts';
import { limitWords } from './budget-words.ts';
import { count, lookWords } from './format.ts';
import { powerPlot } from './power-plot.ts';

type Plan = JsonOutput<typeof PlanOutput>;
type CloudPlan = NonNullable<Plan['cloud']>;
type Power = NonNullable<Plan['power']>[number];

export function renderPlan({
  scenario,
  seed,
  boots,
  concurrency,
  secondsPerBoot,
  minutes,
  imageMinutes,
  looks,
  cloud,
  blocks,
  budgets = [],
}: Plan): string {
  const order = blocks.map(
    (block) => `  block ${String(block.block).padStart(3)}  ${bootsByMachine(block.boots).map(machineText).join(', ')}`,
  );
  return [
    `${scenario}: ${boots} boots in ${blocks.length} blocks, ${concurrency} at a time, seed ${seed}`,
    `about ${minutes} min of booting (${secondsPerBoot} s a boot)${cloud ? '' : `, and ${imageMinutes} min for images that are not in the cache`}`,
    ...(cloud ? cloudLines(cloud) : []),
    ...(looks ? [`looks after ${lookWords(looks)}, and stops as soon as every gate has a verdict`] : []),
    ...order,
    ...budgets.map(budgetLine),
    '',
  ].join('\n');
}

/** `budget cse.* p95 at most 5 s: can be within from 59 boots on; with 12, exceeded from 3 over the limit on` */
function budgetLine({
  needs,
  boots,
  withinUpTo,
  exceededFrom,
  ...limit
}: NonNullable<Plan['budgets']>[number]): string {
  const within =
    withinUpTo === null
      ? `within needs at least ${count(needs, 'boot')}`
      : `within with at most ${withinUpTo} of ${count(boots, 'boot')} over the limit`;
  const exceeded =
    exceededFrom === null
      ? 'too few boots to find it exceeded'
      : `exceeded with at least ${exceededFrom} of ${boots} over it`;
  return `budget ${limit.metric}, ${limitWords({ ...limit, limitUs: us(limit.limitUs) })}: ${within}; ${exceeded}`;
}

function cloudLines({ machineMinutes, usd, price, prospect, cautions = [] }: CloudPlan): string[] {
  const cost =
    usd === undefined || price === undefined
      ? 'price unknown'
      : `about ${usd.toFixed(2)} USD at ${price.usdPerHour} an hour (${price.size}, list price of ${price.asOf.slice(0, 10)}; without disks, addresses and discounts)`;
  return [
    `${machineMinutes} machine-minutes, ${cost}`,
    ...[...prospectLines(prospect), ...cautions].map((line) => line.replaceAll('\n', ' ')),
  ];
}

function prospectLines(prospect: CloudPlan['prospect']): string[] {
  switch (prospect.kind) {
    case 'unknown':
      return [`images, sizes and quota are not checked: ${prospect.reason}`];
    case 'refused':
      return [`would be refused: ${prospect.message}`, ...(prospect.hint === undefined ? [] : [`  ${prospect.hint}`])];
    case 'ready':
      return [
        ...Object.entries(prospect.images).map(([variant, image]) => `image ${variant}: ${image}`),
        ...prospect.quota.map(
          ({ size, what, needed, free, limit }) => `quota ${size}: needs ${needed} ${what} of ${free} free (${limit})`,
        ),
        ...prospect.dropped.map((reason) => `not used: ${reason}`),
      ];
    default:
      return prospect satisfies never;
  }
}

function machineText(boots: readonly BootIdentity[]): string {
  const [boot] = boots;
  const reboots = boot?.bootKind === 'reboot' ? ` (${boots.length} ${boots.length === 1 ? 'reboot' : 'reboots'})` : '';
  return `${boot?.variant ?? ''}${reboots}`;
}

/** What the plan could find; without `answers`, nobody gave the spread of boots. */
export function renderPower(cost: Plan, answers: readonly Power[] | undefined, power: number): string {
  if (answers === undefined) return 'To estimate power, give the spread between boots: --sigma 5%, or --pilot <run>.\n';
  if (answers.length === 0)
    return 'The pilot has no gate metric measured in at least two blocks, so its spread is unknown.\n';
  return answers.map((answer) => `\n${gateText(answer, power, cost).join('\n')}\n`).join('');
}

function gateText(answer: Power, power: number, cost: Plan): string[] {
  const { metric, sigma, pairs, effect, plan, blocks, powerOfBlocks, alone, meanBlocks, curve } = answer;
  const spread = `${metric}: spread of the blocks' ratios ${percent(sigma)}${pairs > 0 ? ` (from ${pairs} pairs of boots)` : ''}`;
  const often = `in ${percent(power)} of runs`;
  if (effect === null || !plan)
    return [spread, `  ${blocks} blocks detect no effect below 1000 % ${often}; more blocks are needed`];
  const found = percent(powerOfBlocks ?? 0);
  const mean = meanBlocks === undefined ? '' : `, after ${meanBlocks.toFixed(1)} on average`;
  return [
    spread,
    `  to detect ${percent(effect)} ${often} takes ${needed(plan, cost)}`,
    `  the planned ${blocks} blocks detect it in ${found} of runs${mean}`,
    ...(alone === undefined ? [] : [aloneText(alone, blocks, cost)]),
    ...powerPlot(curve),
  ];
}

const aloneText = ({ gates, plan, powerOfBlocks }: NonNullable<Power['alone']>, blocks: number, cost: Plan): string =>
  `  if only this one of the ${gates} gates changes: ${needed(plan, cost)}; ${blocks} blocks detect it in ${percent(powerOfBlocks)} of runs`;

const needed = ({ outOfReach, blocks, boots }: NonNullable<Power['plan']>, cost: Plan): string =>
  outOfReach
    ? `more than ${blocks} blocks`
    : `${blocks} blocks, ${boots} boots, about ${Math.ceil((boots * cost.secondsPerBoot) / cost.concurrency / 60)} min`;

const percent = (share: number): string => percentOf(share, 2);
