/**
 * `bench init --budgets <run>`: proposes budgets from measurements, for review; for a history see nights.ts. Each limit is the upper end of
 * the quantile's interval (the slowest boot if there are too few for one) plus head-room, rounded up. A run like this one then gets the
 * verdict within.
 */
import path from 'node:path';
import { QUANTILE_NAMES, QUANTILES } from '../../model/budget.ts';
import { usageError } from '../../model/errors.ts';
import type { Samples } from '../../model/samples.ts';
import type { World } from '../../model/world.ts';
import { bootsOf, machineValues, observationsOf } from '../../statistics/observations.ts';
import { bootsForWithin } from '../../statistics/planning/boots-for-budget.ts';
import { quantileBounds, quantileEstimate } from '../../statistics/quantiles/interval.ts';
import { HISTORY_FILE } from '../../store/history/folder.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import { readMaterial } from '../derive/findings.ts';
import { readHistory } from '../history/open.ts';
import { namedRun } from '../named-run.ts';
import { HEAD_ROOM, isStep, LEVEL, limitText, stepsLine } from './limit.ts';
import { budgetsOfHistory } from './nights.ts';

/** YAML for a scenario, from a run or a history. */
export async function proposedBudgets(name: string, world: World): Promise<string> {
  const where = path.basename(name) === HISTORY_FILE ? path.dirname(name) : name;
  const folder = namedRun(where, world);
  if ((await folder.hasSamples()) || (await folder.hasRun())) return budgetsOfRun(name, folder);
  const history = await readHistory(where, world);
  if (history.lines.length + history.damaged.length > 0) return budgetsOfHistory(name, history);
  throw usageError(
    `${name} is neither a run nor a history.`,
    'Give the folder of a run, e.g. one under reports/runs, or a history.',
  );
}

/** Of a run with several variants, it takes the last: the result of the change. */
async function budgetsOfRun(name: string, folder: RunFolder): Promise<string> {
  const { samples } = await readMaterial(folder);
  const variant = samples.candidates.at(-1) ?? samples.baseline;
  const gates = samples.metrics.filter(({ gate }) => gate).map(({ id }) => id);
  const steps = samples.metrics.map(({ id }) => id).filter(isStep);
  // All budgets of a run share the error rate: each proposed budget must be within reach at its share.
  const level = LEVEL / (gates.length * QUANTILE_NAMES.length + steps.length);
  const lines = [
    ...gates.flatMap((metric) => gateLine(samples, variant, metric, level)),
    ...stepsLine(stepEnds(samples, variant, steps)),
  ];
  if (lines.length === 0)
    throw usageError(`${name} has no measured gate metric in ${variant}.`, 'Give a run that measured one.');
  const n = bootsOf(samples, variant).usable.length;
  return [
    `# Proposed from ${n} sound boots of ${variant} (${name}), with ${100 * HEAD_ROOM} % head-room above the interval.`,
    '# Review each line: a budget is a promise, not a measurement.',
    'budgets:',
    ...lines,
    '',
  ].join('\n');
}

/** The median, and each further quantile that this many boots can show. */
function gateLine(samples: Samples, variant: string, metric: string, level: number): string[] {
  const sorted = valuesOf(samples, variant, metric);
  if (sorted.length === 0) return [];
  const named = QUANTILE_NAMES.filter(
    (name) => name === 'median' || sorted.length >= bootsForWithin(1 - QUANTILES[name], level),
  );
  const limits = named.map((name) => `${name}: ${limitText(upperEnd(sorted, QUANTILES[name]))}`);
  const seen = (quantileEstimate(sorted, 0.5) / 1e6).toPrecision(4);
  return [`  ${metric}: {${limits.join(', ')}}    # median ${seen} s in ${sorted.length} boots`];
}

const stepEnds = (samples: Samples, variant: string, steps: readonly string[]) =>
  steps
    .map((id) => ({ id, sorted: valuesOf(samples, variant, id) }))
    .filter(({ sorted }) => sorted.length > 0)
    .map(({ id, sorted }) => ({ id, us: upperEnd(sorted, 0.5) }));

const valuesOf = (samples: Samples, variant: string, metric: string): number[] =>
  machineValues(observationsOf(bootsOf(samples, variant), metric)).sort((a, b) => a - b);

const upperEnd = (sorted: number[], quantile: number): number =>
  quantileBounds(sorted, quantile, { low: LEVEL, high: LEVEL }).high ?? sorted.at(-1) ?? 0;
