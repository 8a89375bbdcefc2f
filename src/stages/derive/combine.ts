/**
 * Puts two runs, or two imports, side by side: samples without blocks, for the methods that need none. Refuses whatever would make the
 * comparison meaningless, and reports whatever merely weakens it.
 */
import { isDeepStrictEqual } from 'node:util';
import { movedDefinitions } from '../../metrics/definitions.ts';
import type { BootRecord } from '../../model/boot.ts';
import { usageError } from '../../model/errors.ts';
import type { Run } from '../../model/run.ts';
import type { MetricDeclaration, SampleBoot, Samples } from '../../model/samples.ts';
import { SHOULD_AGREE } from '../../providers/registry.ts';
import { differingKeys } from './question.ts';

export interface Side {
  /** Tells the run from the other one: a part of its path, or a number. */
  readonly name: string;
  /** Its location, however the user named it. */
  readonly place: string;
  readonly run: Run | undefined;
  readonly records: readonly BootRecord[];
  readonly samples: Samples;
  readonly variant: string | undefined;
}

/** Facts of a fleet: if they differ, the comparison would measure them instead of the images. */
const MUST_AGREE = ['provider', 'accelerator', 'timing', 'cpus', 'memoryBytes'];

type ChosenSide = Side & { readonly variant: string };

export function combineRuns(before: Side, after: Side): Samples {
  refuseDifferentWorlds(before, after);
  const one = { ...before, variant: chosenVariant(before) };
  const two = { ...after, variant: chosenVariant(after) };
  refuseSameBoots(one, two);
  const [baseline, candidate] = labelsOf(one, two);
  const moved = new Map([...movedBetween(one, two), ...redefinedBetween(one, two)]);
  const metrics = mergeMetrics(one.samples.metrics, two.samples.metrics).map((metric) => ungated(metric, moved));
  return {
    schema: 'bench/samples@1',
    scenario: [...new Set([one.samples.scenario, two.samples.scenario])].join(', '),
    seed: one.samples.seed,
    alpha: Math.min(one.samples.alpha, two.samples.alpha),
    baseline,
    candidates: [candidate],
    metrics,
    ...mergeBudgets(one.samples, two.samples),
    boots: [...relabel(one, baseline, 'a'), ...relabel(two, candidate, 'b')],
    warnings: [...warningsOf(one, two), ...movedWarnings(metrics, one, two)],
  };
}

/** Labels of two runs are never the same name: boots of one name are one sample. */
function labelsOf(one: ChosenSide, two: ChosenSide): readonly [string, string] {
  if (one.variant !== two.variant) return [one.variant, two.variant];
  return [`${one.variant} (${one.name})`, `${two.variant} (${two.name})`];
}

/** Refuses to compare boots with themselves: they differ in nothing. */
function refuseSameBoots(one: ChosenSide, two: ChosenSide): void {
  if (one.variant !== two.variant) return;
  const [boots, others] = [one, two].map(bootsOf) as [SampleBoot[], SampleBoot[]];
  const ids = new Set(others.map(({ id }) => id));
  const isOneRun = one.run !== undefined && one.run.id === two.run?.id && boots.some(({ id }) => ids.has(id));
  const areCopies = one.run === undefined && two.run === undefined && isDeepStrictEqual(boots, others);
  if (one.place !== two.place && !isOneRun && !areCopies) return;
  const same =
    one.place === two.place ? `${one.place} is on both sides` : `${one.place} and ${two.place} hold the same boots`;
  throw usageError(
    `${same}: bench cannot compare a run with itself.`,
    'Name two runs, or two variants of one: <run>:before <run>:after.',
  );
}

const bootsOf = ({ samples, variant }: ChosenSide): SampleBoot[] =>
  samples.boots.filter((boot) => boot.variant === variant);

/** Metrics that do not mean the same in both runs, with the difference. */
const movedBetween = (one: ChosenSide, two: ChosenSide): ReadonlyMap<string, string> =>
  movedDefinitions(bootedOf(one), [bootedOf(two)]);

/** Metrics that the two runs measured by different definitions, because different versions wrote them. */
function redefinedBetween(one: ChosenSide, two: ChosenSide): ReadonlyMap<string, string> {
  const definitions = new Map(one.samples.metrics.map(({ id, definition = 1 }) => [id, definition]));
  return new Map(
    two.samples.metrics.flatMap(({ id, definition = 1 }) => {
      const other = definitions.get(id) ?? definition;
      if (other === definition) return [];
      const [older, newer] = other < definition ? [one, two] : [two, one];
      const how = `${older.name} has it by an older definition than ${newer.name}; derive both again with bench report --from-raw`;
      return [[id, how]];
    }),
  );
}

const bootedOf = ({ records, variant }: ChosenSide) => ({
  variant,
  boots: records.filter(({ boot, outcome }) => boot.variant === variant && outcome === 'booted'),
});

function ungated(metric: MetricDeclaration, moved: ReadonlyMap<string, string>): MetricDeclaration {
  const how = metric.moved ?? moved.get(metric.id);
  return how === undefined ? metric : { ...metric, gate: false, moved: how };
}

function movedWarnings(metrics: readonly MetricDeclaration[], one: Side, two: Side): string[] {
  const gates = new Set(
    [...one.samples.metrics, ...two.samples.metrics].filter(({ gate }) => gate).map(({ id }) => id),
  );
  return metrics.flatMap(({ id, gate, moved }) =>
    moved !== undefined && !gate && gates.has(id) ? [`${id} is declared as a gate but is not judged: ${moved}`] : [],
  );
}

export function refuseDifferentWorlds(
  before: Pick<Side, 'name'> & { readonly run: Pick<Run, 'facts'> | undefined },
  after: Pick<Side, 'name'> & { readonly run: Pick<Run, 'facts'> | undefined },
): void {
  for (const key of MUST_AGREE) {
    const [one, two] = [before.run?.facts[key], after.run?.facts[key]];
    if (one !== undefined && two !== undefined && one !== two) {
      throw usageError(
        `${before.name} ran with ${key} = ${one}, ${after.name} with ${two}; the comparison would measure that difference, not the images.`,
        'Run both again under equal conditions, preferably in one run.',
      );
    }
  }
}

/** The requested variant, else the only one with boots, else the first candidate: the run was about it. */
function chosenVariant({ samples, variant, name }: Side): string {
  const present = [...new Set(samples.boots.map((boot) => boot.variant))];
  if (variant !== undefined) {
    if (present.includes(variant)) return variant;
    throw usageError(`${name} has no boots of a variant "${variant}"; it has ${present.join(', ') || 'none'}.`);
  }
  const [only] = present;
  if (present.length === 1 && only !== undefined) return only;
  return samples.candidates[0] ?? samples.baseline;
}

function mergeMetrics(one: readonly MetricDeclaration[], two: readonly MetricDeclaration[]): MetricDeclaration[] {
  const merged = new Map(one.map((metric) => [metric.id, metric]));
  for (const metric of two) if (!merged.has(metric.id)) merged.set(metric.id, metric);
  return [...merged.values()];
}

/** The budgets of both runs. */
function mergeBudgets(...runs: readonly Samples[]): Pick<Samples, 'budgets'> {
  const budgets = new Map(runs.flatMap((run) => run.budgets ?? []).map((budget) => [JSON.stringify(budget), budget]));
  return budgets.size === 0 ? {} : { budgets: [...budgets.values()] };
}

/** Boots of one variant without their blocks: blocks of two runs are unrelated. */
function relabel(side: ChosenSide, label: string, prefix: string): SampleBoot[] {
  return bootsOf(side).map((boot) => ({
    ...boot,
    id: `${prefix}/${boot.id}`,
    machine: `${prefix}/${boot.machine}`,
    variant: label,
    block: null,
  }));
}

function warningsOf(one: Side, two: Side): string[] {
  const kinds = new Set([...one.samples.boots, ...two.samples.boots].map((boot) => boot.bootKind));
  if (kinds.size > 1)
    throw usageError(
      `${one.name} and ${two.name} mix first boots with reboots.`,
      'A first boot does more work; compare like with like.',
    );
  return [
    ...one.samples.warnings,
    ...two.samples.warnings,
    ...SHOULD_AGREE.flatMap((key) => {
      const [first, second] = [one.run?.facts[key], two.run?.facts[key]];
      if (first === undefined || second === undefined || first === second) return [];
      return [
        `${one.name} ran with ${key} = ${first}, ${two.name} with ${second}: part of what differs may come from that`,
      ];
    }),
    ...(differentScenarios(one, two) ? ['the two runs come from different scenarios'] : []),
  ];
}

/** By what they ask where both runs are there: each may boot another of one scenario's images. Else by the scenarios' hashes. */
function differentScenarios(one: Side, two: Side): boolean {
  const [hash, other] = [one.samples.scenarioSha256, two.samples.scenarioSha256];
  if (hash === undefined || other === undefined || hash === other) return false;
  if (one.run === undefined || two.run === undefined) return true;
  return differingKeys(one.run.scenario, two.run.scenario).length > 0;
}
