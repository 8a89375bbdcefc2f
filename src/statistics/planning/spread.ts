/**
 * How much blocks spread, as the gate test feels it: what planning has to use.
 *
 * Serves: `bench plan` from A/A runs or a pilot, "needs at least k blocks", and the power curve of a report. One boot in ten that waits
 * for a lock makes the standard deviation five times what it was, and a plan made from it asks for ten times the boots that ranks need.
 *
 * Formula: the interval of the test is as wide as that of a t test would be for a normal with this standard deviation: half the width
 * (of logarithms, for ratios) over the t interval's half-width at sigma 1. Runs are centred by their own estimates and pooled, so that
 * runs whose variants really differ serve as well. Where the interval is unbounded, the standard deviation of the block differences.
 */

import { effect, type Scale } from '../intervals/pairwise.ts';
import { halfWidth } from '../numbers/student.ts';
import { type BlockValues, blockedEstimates, type Estimated } from '../tests/blocked.ts';

/** Blocks of several runs as one; null where fewer than two are known, or a value is not above 0. */
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

/** Of runs whose spreads are known, each by its blocks; null where no run has two. */
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

/** Of blocks whose interval at 1 - alpha is known; null below two blocks. */
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

/** Null where the interval is unbounded. `size` counts blocks, or boots of the smaller side. */
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

/** Standard deviation of the blocks' log-ratios around each run's own mean; null where no run has two blocks. */
export const pooledDeviation = (runs: readonly BlockValues[]): number | null => deviationOf(runs, 'ratio');

/** Around each run's own mean, so that a run whose variants really differ (a pilot) serves as well. */
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
