/**
 * `bench init --budgets <run>`: budgets proposed from what was measured, to be reviewed. Each limit is the upper end of the quantile's
 * interval (the slowest boot where there are too few for one) with head-room, rounded up: a run like this one is then called within.
 */
import { QUANTILE_NAMES, QUANTILES } from '../../model/budget.ts';
import { usageError } from '../../model/errors.ts';
import { metricIdOf, nameIn } from '../../model/ids.ts';
import type { Samples } from '../../model/samples.ts';
import type { World } from '../../model/world.ts';
import { bootsOf, machineValues, observationsOf } from '../../statistics/observations.ts';
import { bootsForWithin } from '../../statistics/planning/boots-for-budget.ts';
import { quantileBounds, quantileEstimate } from '../../statistics/quantiles/interval.ts';
import { readMaterial } from '../derive/findings.ts';
import { namedRun } from '../named-run.ts';

/** Share above the interval: what another day may cost. */
const HEAD_ROOM = 0.2;
const LEVEL = 0.05;

/** YAML for a scenario. Of a run with several variants, that of the last: what the change made of it. */
export async function proposedBudgets(name: string, world: World): Promise<string> {
  const { samples } = await readMaterial(namedRun(name, world));
  const variant = samples.candidates.at(-1) ?? samples.baseline;
  const gates = samples.metrics.filter(({ gate }) => gate).map(({ id }) => id);
  const steps = stepsOf(samples);
  // All budgets of a run share the error rate: what is proposed must be within reach at the share that each gets.
  const level = LEVEL / (gates.length * QUANTILE_NAMES.length + steps.length);
  const lines = [
    ...gates.flatMap((metric) => gateLine(samples, variant, metric, level)),
    ...stepsLine(samples, variant, steps),
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

/** The median, and each further quantile that so many boots can show. */
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

/** One limit for all steps of provisioning, from the longest. */
function stepsLine(samples: Samples, variant: string, steps: readonly string[]): string[] {
  const ends = steps
    .map((id) => ({ id, sorted: valuesOf(samples, variant, id) }))
    .filter(({ sorted }) => sorted.length > 0)
    .map(({ id, sorted }) => ({ id, us: upperEnd(sorted, 0.5) }))
    .sort((a, b) => b.us - a.us);
  const [longest] = ends;
  return longest === undefined
    ? []
    : [`  ${metricIdOf('task', '*')}: {median: ${limitText(longest.us)}}    # each step; the longest is ${longest.id}`];
}

function stepsOf({ metrics }: Samples): string[] {
  const whole = new Set(['total', 'start'].map((name) => metricIdOf('task', name)));
  return metrics.flatMap(({ id }) => (nameIn('task', id) !== undefined && !whole.has(id) ? [id] : []));
}

const valuesOf = (samples: Samples, variant: string, metric: string): number[] =>
  machineValues(observationsOf(bootsOf(samples, variant), metric)).sort((a, b) => a - b);

const upperEnd = (sorted: number[], quantile: number): number =>
  quantileBounds(sorted, quantile, { low: LEVEL, high: LEVEL }).high ?? sorted.at(-1) ?? 0;

/** With head-room, up to two figures: `13s`, `250ms`. */
function limitText(us: number): string {
  const wanted = Math.max(1000, us * (1 + HEAD_ROOM));
  const step = 10 ** (Math.floor(Math.log10(wanted)) - 1);
  const limit = Math.ceil(wanted / step - 1e-9) * step;
  return limit >= 1e6 ? `${Number((limit / 1e6).toFixed(1))}s` : `${Math.round(limit / 1000)}ms`;
}
