/**
 * Records -> `samples.json`: metric x boot. First the declared gates and controls, then everything seen in any boot (exploratory). What a
 * boot lacks is missing with the reason, never 0.
 */
import { METRICS, metricOf } from '../../metrics/catalogue.ts';
import { movedDefinitions, type Side } from '../../metrics/definitions.ts';
import { measure, metricOfSpan } from '../../metrics/measure.ts';
import { ALPHA } from '../../model/alpha.ts';
import type { BootRecord } from '../../model/boot.ts';
import { isPattern } from '../../model/budget.ts';
import { metricIdOf, nameIn, WHOLE_SCRIPT } from '../../model/ids.ts';
import type { Look, Run } from '../../model/run.ts';
import type { MetricDeclaration, SampleBoot, Samples, SampleValue } from '../../model/samples.ts';
import { budgetsOf, gatesOf, type Scenario } from '../../model/scenario.ts';
import { percentOf, type Us, us } from '../../model/units.ts';
import { withMargins } from '../../statistics/margins.ts';
import { levelOfLook } from '../../statistics/planning/look-level.ts';

export interface SampleInput {
  readonly run: Run;
  readonly scenario: Scenario;
  readonly records: readonly BootRecord[];
  /** The look of the schedule to take; by default the last one whose blocks are all complete. */
  readonly look?: Look | undefined;
}

export function sampleRun({ run, scenario, records: given, ...more }: SampleInput): Samples {
  const { planned: played, unplanned } = inPlan(run, given);
  const { look = lookReached(run, played) } = more;
  const records = played.filter(({ boot }) => look === undefined || (boot.block ?? 0) <= look.blocks);
  const [baseline = '', ...candidates] = Object.keys(scenario.variants);
  const moved = movedIn(baseline, candidates, records);
  const metrics = declarations(scenario, records).map((metric) => withDefinition(metric, moved.get(metric.id)));
  const samples: Samples = {
    schema: 'bench/samples@1',
    scenario: scenario.name,
    scenarioSha256: run.scenarioSha256,
    seed: run.seed,
    ...levels(run, look),
    baseline,
    candidates,
    metrics,
    ...(scenario.budgets && { budgets: budgetsOf(scenario) }),
    boots: records.map((record) => sampleBoot(record, metrics)),
    warnings: [
      ...ungated(scenario, metrics),
      ...unplayed(run, records, look),
      ...betweenLooks(played, look),
      ...unplanned,
    ],
  };
  const alpha = look && levelOfLook(samples, run.schedule?.looks ?? [look], look);
  const judged = alpha === undefined ? samples : { ...samples, alpha };
  return { ...judged, warnings: [...judged.warnings, ...extensionWords(run, judged.alpha, look)] };
}

/**
 * Judges a run with a schedule at the level of a look, and from the blocks of that look alone. Any other number of blocks would be a look
 * for which the schedule has reserved no alpha.
 */
function levels({ schedule }: Run, look: Look | undefined): Pick<Samples, 'alpha' | 'equivalenceAlpha'> {
  const { alpha = ALPHA, equivalenceAlpha } = look ?? schedule?.looks[0] ?? {};
  return { alpha, ...(equivalenceAlpha !== undefined && { equivalenceAlpha }) };
}

function lookReached({ schedule, blocks }: Run, records: readonly BootRecord[]): Look | undefined {
  const there = new Set(records.map(({ boot }) => boot.id));
  const lost = lostMachines(records);
  const gap = blocks.findIndex(({ boots }) => !boots.every(({ id, machine }) => there.has(id) || lost.has(machine)));
  const whole = gap < 0 ? blocks.length : gap;
  return schedule?.looks.findLast((look) => look.blocks <= whole);
}

/** A failed boot is the last of its machine: the reboots planned after it are not missing. */
const lostMachines = (records: readonly BootRecord[]): ReadonlySet<string> =>
  new Set(records.filter(({ outcome }) => outcome === 'failed').map(({ boot }) => boot.machine));

function movedIn(baseline: string, candidates: readonly string[], records: readonly BootRecord[]) {
  const side = (variant: string): Side => ({
    variant,
    boots: records.filter(({ boot, outcome }) => boot.variant === variant && outcome === 'booted'),
  });
  return movedDefinitions(side(baseline), candidates.map(side));
}

const withDefinition = (metric: MetricDeclaration, moved: string | undefined): MetricDeclaration =>
  moved === undefined ? metric : { ...metric, gate: false, moved };

/** Declared gates that do not gate. */
const ungated = (scenario: Scenario, metrics: readonly MetricDeclaration[]): string[] =>
  metrics.flatMap(({ id, moved }) =>
    moved !== undefined && id in gatesOf(scenario) ? [`${id} is declared as a gate but is not judged: ${moved}`] : [],
  );

function declarations(scenario: Scenario, records: readonly BootRecord[]): MetricDeclaration[] {
  const declared = new Map<string, MetricDeclaration>();
  for (const [id, gate] of Object.entries(gatesOf(scenario)))
    declared.set(id, {
      ...undeclared(id),
      gate: true,
      minimumEffect: gate.minimumEffect,
      floorUs: gate.floor,
      equivalenceMargin: gate.equivalenceMargin,
      ...(gate.slow !== undefined && { slowUs: gate.slow }),
    });
  for (const id of scenario.controls) declared.set(id, { ...(declared.get(id) ?? undeclared(id)), control: true });
  for (const id of Object.keys(scenario.budgets ?? {}))
    if (!isPattern(id) && !declared.has(id)) declared.set(id, undeclared(id));
  for (const id of seenIn(scenario, records)) if (!declared.has(id)) declared.set(id, undeclared(id));
  return withMargins([...declared.values()]);
}

function undeclared(id: string): MetricDeclaration {
  const metric = metricOf(id);
  return {
    id,
    unit: 'us',
    gate: false,
    minimumEffect: 0.05,
    control: false,
    ...(metric?.definition !== undefined && { definition: metric.definition }),
    ...(metric && { title: metric.title, question: metric.question, from: metric.from, to: metric.to }),
  };
}

/** Does not compare units one by one that start in less than this in every boot: hundreds of them would only dilute the rest. */
const WORTH_COMPARING_US = 1_000;

/** Targets and the like only mark a point of the boot; they take no time themselves. */
const WITHOUT_LENGTH = /\.(?:target|slice|scope|device)$/;

/** The script's event for itself is `cse.total`. */
const WHOLE_SCRIPT_METRIC = metricIdOf('task', WHOLE_SCRIPT);

/** Metrics that any boot has, in the order of the catalogue, then by name. */
function seenIn(scenario: Scenario, records: readonly BootRecord[]): string[] {
  const fixed = [
    ...METRICS.map(({ id }) => id),
    ...Object.keys(scenario.markers).map((name) => metricIdOf('marker', name)),
  ];
  const booted = records.filter((record) => record.outcome === 'booted');
  const measured = (id: string) => booted.some((record) => measure(id, record).kind === 'measured');
  const longest = new Map<string, number>();
  for (const { spans, printed = [] } of booted) {
    for (const { metric, us = 0 } of printed)
      if (metric !== undefined && !WITHOUT_LENGTH.test(metric))
        longest.set(metric, Math.max(longest.get(metric) ?? 0, us));
    for (const span of spans) {
      const id = metricOfSpan(span);
      if (id === undefined || id === WHOLE_SCRIPT_METRIC || WITHOUT_LENGTH.test(span.name)) continue;
      const lengthUs = span.end === undefined ? 0 : span.end.us - span.start.us;
      longest.set(id, Math.max(longest.get(id) ?? 0, lengthUs));
    }
  }
  const members = [...longest].filter(
    ([id, lengthUs]) => nameIn('unit', id) === undefined || lengthUs >= WORTH_COMPARING_US,
  );
  return [...new Set([...fixed.filter(measured), ...members.map(([id]) => id).sort()])];
}

function sampleBoot(record: BootRecord, metrics: readonly MetricDeclaration[]): SampleBoot {
  const { boot, failure, machine } = record;
  const repeats = Number(machine.attempts ?? 1) - 1;
  const throttledMs = Number(machine.throttledMs ?? 0);
  const paths = Object.entries(record.paths).filter(([id]) => metrics.some((metric) => metric.id === id));
  return {
    id: boot.id,
    variant: boot.variant,
    block: boot.block,
    machine: boot.machine,
    bootKind: boot.bootKind,
    outcome: record.outcome,
    ...(failure && { failure: `${failure.stage}: ${failure.message}` }),
    // Without a machine nothing of the image has run, so the variant cannot be the cause.
    ...((failure?.infrastructure ?? failure?.stage === 'create') && { infrastructure: true }),
    broken: [...record.broken],
    ...(repeats > 0 && { repeats }),
    ...(throttledMs > 0 && { throttledUs: us(throttledMs * 1000) }),
    values: Object.fromEntries(metrics.map(({ id }) => [id, sampleValue(id, record)])),
    ...(paths.length > 0 && { paths: Object.fromEntries(paths.map(([id, path]) => [id, merged(path)])) }),
  };
}

function sampleValue(id: string, record: BootRecord): SampleValue {
  if (record.outcome === 'failed') return { missing: `the boot failed: ${record.failure?.message ?? 'unknown cause'}` };
  const measured = measure(id, record);
  return measured.kind === 'measured'
    ? { us: measured.valueUs, errorUs: measured.errorUs }
    : { missing: measured.reason };
}

/** Lengths by item: an item that appears twice on a path counts once, with both lengths. */
function merged(path: BootRecord['paths'][string]): { item: string; us: Us }[] {
  const lengths = new Map<string, number>();
  for (const { item, fromUs, toUs } of path) lengths.set(item, (lengths.get(item) ?? 0) + (toUs - fromUs));
  return [...lengths].map(([item, lengthUs]) => ({ item, us: us(lengthUs) }));
}

/** Planned boots without a record: the run stopped early, or is not over. */
function unplayed(run: Run, records: readonly BootRecord[], look: Look | undefined): string[] {
  const there = new Set(records.map(({ boot }) => boot.id));
  const lost = lostMachines(records);
  const planned = run.blocks.slice(0, look?.blocks).flatMap(({ boots }) => boots);
  const missing = planned.filter(({ id, machine }) => !there.has(id) && !lost.has(machine)).length;
  return missing === 0 ? [] : [`${missing} of ${planned.length} planned boots have no record: the run is incomplete`];
}

/** A boot copied under another id is not one of those that the run randomized. An import has no plan. */
function inPlan({ blocks }: Run, records: readonly BootRecord[]) {
  const ids = new Set(blocks.flatMap(({ boots }) => boots.map(({ id }) => id)));
  const isPlanned = ({ boot }: BootRecord) => ids.size === 0 || ids.has(boot.id);
  return {
    planned: records.filter(isPlanned),
    unplanned: records
      .filter((record) => !isPlanned(record))
      .map(({ boot }) => `boots/${boot.id} is not in the plan of run.json and does not count.`),
  };
}

/** What a run may claim if a user extended it after its result was visible. */
function extensionWords({ schedule }: Run, alpha: number, look: Look | undefined): string[] {
  const { extended, looks = [] } = schedule ?? {};
  if (extended === undefined || look === undefined) return [];
  const taken = looks.filter(({ blocks }) => blocks <= look.blocks);
  const all =
    taken.length === 1
      ? ''
      : `, so that its ${taken.length} looks together make a false claim in at most ${percentOf(look.spent ?? ALPHA, 2)} of runs`;
  return [
    `The run was extended from ${extended.from} to ${looks.at(-1)?.blocks} blocks after its result could be seen. What it claims now is held to p at most ${Number(alpha.toPrecision(2))}${all}. ` +
      `Earlier results were held to a weaker standard: if they count too, about ${percentOf(extended.chance, 2)} of runs make a false claim.`,
  ];
}

function betweenLooks(played: readonly BootRecord[], look: Look | undefined): string[] {
  const beyond = played.filter(({ boot }) => look !== undefined && (boot.block ?? 0) > look.blocks).length;
  return beyond === 0
    ? []
    : [`${beyond} boots after the check at ${look?.blocks} blocks wait for the next check: the run is incomplete`];
}
