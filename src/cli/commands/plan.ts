/** `bench plan`, and `bench run --dry-run`: what would be booted, in which order, for how long, and what it could find. */
import path from 'node:path';
import type { BootIdentity } from '../../model/boot.ts';
import { usageError } from '../../model/errors.ts';
import type { JsonOutput, PlanOutput } from '../../model/json-output.ts';
import type { Run } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import { parseShare } from '../../model/units.ts';
import { powerPlot } from '../../render/power-plot.ts';
import { readMaterial } from '../../stages/derive/findings.ts';
import { inShard, machinesOf } from '../../stages/design/blocks.ts';
import { type CloudPlan, cloudPlan } from '../../stages/design/cloud-plan.ts';
import { type PowerAnswer, powerAnswers, type Spread } from '../../stages/design/power.ts';
import { imageMinutes, machinesAtATime, secondsPerBoot } from '../../stages/provider.ts';
import { runFolder } from '../../store/run-folder.ts';
import { type DesignOptions, design, loadDesign } from '../design.ts';
import { EXIT, exitOfError } from '../exit.ts';
import { json, printable } from '../text.ts';
import type { World } from '../world.ts';

interface PlanOptions extends DesignOptions {
  readonly effect?: string;
  readonly power: string;
  readonly sigma?: string;
  readonly pilot?: readonly string[];
  readonly offline?: boolean;
  readonly json?: boolean;
}

export async function command(world: World, options: PlanOptions): Promise<number> {
  const loaded = await loadDesign(options, world);
  const { scenario } = loaded;
  const run = design(loaded, options, world);
  const spread = await spreadOf(options, world);
  const effect = options.effect === undefined ? undefined : shareOf('--effect', options.effect);
  const power = shareOf('--power', options.power);
  const answers = spread ? powerAnswers({ scenario, spread, effect, power }) : [];
  const cost = await costOf(run, scenario, { ...options, scenarioFolder: path.dirname(loaded.file) }, world);
  if (options.json) world.stdout.write(json<JsonOutput<typeof PlanOutput>>({ ...answerOf(cost), power: answers }));
  else {
    world.stdout.write(planText(cost));
    world.stdout.write(
      spread
        ? powerText(answers, power, cost)
        : 'What could it find? Say how much boots spread: --sigma 5%, or --pilot <run>.\n',
    );
  }
  return exitOfPlan(cost);
}

interface PlanPlace {
  readonly scenarioFolder: string;
  readonly offline?: boolean;
  readonly json?: boolean;
}

export async function printPlan(
  run: Omit<Run, 'facts'>,
  scenario: Scenario,
  place: PlanPlace,
  world: World,
): Promise<number> {
  const cost = await costOf(run, scenario, place, world);
  world.stdout.write(place.json ? json<JsonOutput<typeof PlanOutput>>(answerOf(cost)) : planText(cost));
  return exitOfPlan(cost);
}

/** A run that could not be is an error already when it is planned. */
const exitOfPlan = ({ cloud }: Cost): number =>
  cloud?.prospect.kind === 'refused' ? exitOfError(cloud.prospect.error) : EXIT.fine;

function shareOf(option: string, text: string): number {
  const share = parseShare(text);
  if (share === undefined || share <= 0)
    throw usageError(`${option} ${text}: a share with its unit is needed, e.g. 5%`);
  return share;
}

async function spreadOf({ sigma, pilot }: PlanOptions, world: World): Promise<Spread | undefined> {
  if (sigma !== undefined) return { kind: 'stated', sigma: shareOf('--sigma', sigma) };
  if (!pilot) return undefined;
  const materials = await Promise.all(pilot.map((name) => readMaterial(runFolder(path.resolve(world.cwd, name)))));
  return { kind: 'seen', samples: materials.map(({ samples }) => samples) };
}

async function costOf(
  run: Omit<Run, 'facts'>,
  scenario: Scenario,
  { scenarioFolder, offline = false }: PlanPlace,
  { cacheFolder, environment, timer, signal, now }: World,
) {
  const blocks = run.blocks.filter((block) => inShard(block, run.shard));
  const boots = blocks.flatMap((block) => block.boots).length;
  const machines = blocks.flatMap((block) => machinesOf(block.boots)).length;
  const seconds = secondsPerBoot(scenario);
  const concurrency = Math.min(machinesAtATime(scenario), machines);
  // A machine to be rebooted boots once more than is measured.
  const made = boots + (scenario.boot === 'reboot' ? machines : 0);
  const minutes = Math.ceil((made * seconds) / concurrency / 60);
  const looks = run.schedule?.looks.map((look) => look.blocks);
  const place = { cacheFolder, scenarioFolder, environment, timer, signal, progress: () => {} };
  const images = Math.ceil(await imageMinutes(scenario, place));
  const counted = { count: boots, atATime: concurrency, seconds };
  const cloud = await cloudPlan(scenario, counted, offline, { ...place, nowIso: now() });
  return {
    scenario: scenario.name,
    seed: run.seed,
    boots,
    concurrency,
    secondsPerBoot: seconds,
    minutes,
    imageMinutes: images,
    ...(looks && { looks }),
    ...(cloud && { cloud }),
    blocks,
  };
}
type Cost = Awaited<ReturnType<typeof costOf>>;

/** An error that is printed as JSON has lost its message: what it says is written out. */
function answerOf({ cloud, ...cost }: Cost): JsonOutput<typeof PlanOutput> {
  if (!cloud) return cost;
  const { prospect, ...rest } = cloud;
  if (prospect.kind !== 'refused') return { ...cost, cloud: { ...rest, prospect } };
  const { message, hint } = prospect.error;
  return { ...cost, cloud: { ...rest, prospect: { kind: prospect.kind, message, hint } } };
}

function planText({
  scenario,
  seed,
  boots,
  concurrency,
  secondsPerBoot,
  minutes,
  imageMinutes: images,
  looks,
  cloud,
  blocks,
}: Cost): string {
  const order = blocks.map(
    (block) => `  block ${String(block.block).padStart(3)}  ${machinesOf(block.boots).map(machineText).join(', ')}`,
  );
  return [
    `${scenario}: ${boots} boots in ${blocks.length} blocks, ${concurrency} at a time, seed ${seed}`,
    `about ${minutes} min of booting (${secondsPerBoot} s a boot)${cloud ? '' : `, and ${images} min for images that are not in the cache`}`,
    ...(cloud ? cloudLines(cloud) : []),
    ...(looks ? [`looks after ${looks.join(', ')} blocks, and stops as soon as one settles the matter`] : []),
    ...order,
    '',
  ].join('\n');
}

function cloudLines({ machineMinutes, usd, price, prospect }: CloudPlan): string[] {
  const cost =
    usd === undefined || price === undefined
      ? 'their price is not known'
      : `about ${usd.toFixed(2)} USD at ${price.usdPerHour} an hour (${price.size}, list price of ${price.asOf.slice(0, 10)}; without disks, addresses and discounts)`;
  return [`${machineMinutes} machine-minutes, ${cost}`, ...prospectLines(prospect).map((line) => printable(line))];
}

function prospectLines(prospect: CloudPlan['prospect']): string[] {
  switch (prospect.kind) {
    case 'unknown':
      return [`images, sizes and quota are not checked: ${prospect.reason}`];
    case 'refused':
      return [
        `would be refused: ${prospect.error.message}`,
        ...(prospect.error.hint === undefined ? [] : [`  ${prospect.error.hint}`]),
      ];
    case 'ready':
      return [
        ...Object.entries(prospect.images).map(([variant, image]) => `image ${variant}: ${image}`),
        ...prospect.quota.map(
          ({ size, what, needed, free, limit }) =>
            `quota ${size}: ${needed} ${what} of ${free} that are free (${limit})`,
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

function powerText(answers: readonly PowerAnswer[], power: number, cost: Cost): string {
  if (answers.length === 0)
    return 'The pilot has no gate metric measured in two blocks or more, so nothing can be said of its spread.\n';
  return answers.map((answer) => `\n${gateText(answer, power, cost).join('\n')}\n`).join('');
}

function gateText(
  { metric, sigma, pairs, effect, plan, blocks, powerOfBlocks, meanBlocks, curve }: PowerAnswer,
  power: number,
  cost: Cost,
): string[] {
  const spread = `${metric}: the blocks' ratios spread by ${percent(sigma)}${pairs > 0 ? ` (seen in ${pairs} pairs of boots)` : ''}`;
  if (effect === null || !plan)
    return [
      spread,
      `  ${blocks} blocks find no effect below 1000 % in ${percent(power)} of runs; more blocks are needed`,
    ];
  const needed = plan.outOfReach
    ? `  to find ${percent(effect)} in ${percent(power)} of runs takes more than ${plan.blocks} blocks`
    : `  to find ${percent(effect)} in ${percent(power)} of runs: ${plan.blocks} blocks, ${plan.boots} boots, about ${Math.ceil((plan.boots * cost.secondsPerBoot) / cost.concurrency / 60)} min`;
  return [
    spread,
    needed,
    `  ${blocks} blocks, as planned, find it in ${percent(powerOfBlocks ?? 0)} of runs${meanBlocks === undefined ? '' : `, after ${meanBlocks.toFixed(1)} on average`}`,
    ...powerPlot(curve),
  ];
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
