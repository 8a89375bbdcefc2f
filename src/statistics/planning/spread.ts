/**
 * The spread between blocks that determines the width of the gate test's interval. Planning uses it.
 *
 * Serves: `bench plan` from A/A runs or a pilot, "needs at least k blocks", and the power curve of a report. If one boot in ten waits
 * for a lock, the plain standard deviation grows five times. A plan from it needs ten times the boots that ranks need.
 *
 * Formula: the standard deviation of a normal whose t interval would be as wide as the test's interval. It is half the width (of
 * logarithms, for ratios) over the t interval's half-width at sigma 1. The code centres runs by their own estimates and pools them, so
 * it can also use runs whose variants really differ. If the interval is unbounded: the standard deviation of the block differences.
 */

import { effect, type Scale } from '../intervals/pairwise.ts';
import { halfWidth } from '../numbers/student.ts';
import { type BlockValues, blockedEstimates, type Estimated } from '../tests/blocked.ts';

/** Pools the blocks of several runs; null if there are fewer than two, or a value is not above 0. */
export function pooledSpread(runs: readonly BlockValues[]): number | null {
  const usable = runs.filter(({ before, after }) => before.length >= 2 && [...before, ...after].every((us) => us > 0));
  if (usable.length === 0) return null;
  const centred = usable.map((run) => {
    const estimate = blockedEstimates(run, 'ratio', [ALPHA])[0]?.estimate ?? 1;
    return { before: run.before, after: run.after.map((us) => us / estimate) };
  });
  const blocks = {
    before: Float64Array.from(centred.flatMap(({ before }) => [...before])),
    after: Float64Array.from(centred.flatMap(({ after }) => [...after])),
  };
  return spreadOf(blocks, blockedEstimates(blocks, 'ratio', [ALPHA])[0], ALPHA, 'ratio');
}

/** Pools known spreads, each weighted by the blocks of its run; null if no run has two blocks. */
export function poolSpreads(
  runs: readonly { readonly spread: number | null; readonly blocks: number }[],
): number | null {
  let squares = 0;
  let freedom = 0;
  for (const { spread, blocks } of runs) {
    if (spread === null || blocks < 2) continue;
    squares += spread ** 2 * (blocks - 1);
    freedom += blocks - 1;
  }
  return freedom === 0 ? null : Math.sqrt(squares / freedom);
}

/** Spread of blocks from their interval at 1 - alpha; null below two blocks. */
export function spreadOf(
  values: BlockValues,
  interval: Pick<Estimated, 'low' | 'high'> | undefined,
  alpha: number,
  scale: Scale,
): number | null {
  const blocks = values.before.length;
  if (blocks < 2) return null;
  return spreadOfInterval(interval, blocks, alpha, scale) ?? deviationOf([values], scale);
}

/** Null if the interval is unbounded. `size` counts blocks, or boots of the smaller side. */
export function spreadOfInterval(
  interval: Pick<Estimated, 'low' | 'high'> | undefined,
  size: number,
  alpha: number,
  scale: Scale,
): number | null {
  if (interval?.low == null || interval.high === null || size < 2) return null;
  return (place(scale, interval.high) - place(scale, interval.low)) / 2 / halfWidth(size, alpha);
}

const ALPHA = 0.05;

const place = (scale: Scale, value: number): number => (scale === 'ratio' ? Math.log(value) : value);

/** Standard deviation of the blocks' log-ratios around each run's own mean; null if no run has two blocks. */
export const pooledDeviation = (runs: readonly BlockValues[]): number | null => deviationOf(runs, 'ratio');

/** Around each run's own mean, so a run whose variants really differ (a pilot) is usable too. */
function deviationOf(runs: readonly BlockValues[], scale: Scale): number | null {
  let squares = 0;
  let freedom = 0;
  for (const { before, after } of runs) {
    if (before.length < 2) continue;
    const effects = Array.from(after, (value, b) => place(scale, effect(scale, before[b] as number, value)));
    const mean = effects.reduce((sum, value) => sum + value, 0) / effects.length;
    for (const value of effects) squares += (value - mean) ** 2;
    freedom += effects.length - 1;
  }
  return freedom === 0 ? null : Math.sqrt(squares / freedom);
}
