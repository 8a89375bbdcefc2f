/**
 * All differences candidate - baseline, or all ratios candidate / baseline, without ever listing them: the Hodges-Lehmann
 * estimate is their median, and the bounds of its interval are others of their order statistics.
 *
 * Ratios are divided, not subtracted as logarithms: division is correctly rounded, so that every machine finds the same
 * bytes, and y / x is 1 exactly when y is x. Both forms grow with y and fall with x, which is all that is used here.
 */

export interface Pairwise {
  /** Ascending. */
  readonly before: Float64Array;
  /** Ascending. */
  readonly after: Float64Array;
  readonly scale: Scale;
}

/** `ratio` needs values above 0. `null` of a scale is "no change": 0 or 1. */
export type Scale = 'difference' | 'ratio';

export const noChange = (scale: Scale): number => (scale === 'ratio' ? 1 : 0);

export const effect = (scale: Scale, before: number, after: number): number =>
  scale === 'ratio' ? after / before : after - before;

/** The middle of two effects, on the scale's own terms: the geometric mean of ratios. */
export const between = (scale: Scale, a: number, b: number): number =>
  scale === 'ratio' ? Math.sqrt(a) * Math.sqrt(b) : a + (b - a) / 2;

/** Hodges-Lehmann: the median of all effects; where a shift by it leaves the rank statistic at its centre. */
export function hodgesLehmann(pairs: Pairwise): number {
  const count = pairs.before.length * pairs.after.length;
  const upper = orderStatistic(pairs, Math.floor(count / 2) + 1);
  if (count % 2 === 1) return upper;
  const lower = orderStatistic(pairs, count / 2);
  return lower === upper ? lower : between(pairs.scale, lower, upper);
}

/** Number of effects at most `bound`. One walk along the staircase. */
export function countUpTo(pairs: Pairwise, bound: number): number {
  const { before, after, scale } = pairs;
  let count = 0;
  let j = 0;
  // As the baseline value grows the effect falls: each x lets at least as many y pass as the one before.
  for (let i = 0; i < before.length; i++) {
    const x = before[i] as number;
    while (j < after.length && effect(scale, x, after[j] as number) <= bound) j++;
    count += j;
  }
  return count;
}

/**
 * The k-th smallest effect, k from 1. Bisects on the value until few enough are left to sort; every step is one walk, and
 * where ties never leave few, the halves meet at the tied value itself.
 */
export function orderStatistic(pairs: Pairwise, k: number): number {
  const { before, after, scale } = pairs;
  const few = before.length + after.length;
  let high = effect(scale, before[0] as number, after[after.length - 1] as number);
  let low = effect(scale, before[before.length - 1] as number, after[0] as number);
  let upToLow = countUpTo(pairs, low);
  if (k <= upToLow) return low;
  let upToHigh = before.length * after.length;
  while (upToHigh - upToLow > few) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    const count = countUpTo(pairs, middle);
    if (count >= k) {
      high = middle;
      upToHigh = count;
    } else {
      low = middle;
      upToLow = count;
    }
  }
  return collect(pairs, low, high).sort()[k - upToLow - 1] as number;
}

/** All effects in (low, high]. */
function collect(pairs: Pairwise, low: number, high: number): Float64Array {
  const { before, after, scale } = pairs;
  const found: number[] = [];
  let from = 0;
  for (let i = 0; i < before.length; i++) {
    const x = before[i] as number;
    while (from < after.length && effect(scale, x, after[from] as number) <= low) from++;
    for (let j = from; j < after.length; j++) {
      const value = effect(scale, x, after[j] as number);
      if (value > high) break;
      found.push(value);
    }
  }
  return Float64Array.from(found);
}
