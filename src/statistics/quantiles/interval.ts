/**
 * Confidence intervals of quantiles from order statistics, for any distribution: they hold even if one boot in ten waits for a lock.
 *
 * Serves: "how long does this image take": median, p90 and p95 of one variant, and the budgets for these.
 *
 * Formula: the number of boots at or below the p-quantile is binomial (n, p). The l-th smallest value lies above the quantile with
 * chance P(Bin(n, p) <= l - 1), and the u-th smallest below it with P(Bin(n, p) >= u). Each bound takes the nearest rank whose chance
 * is at most its level (David and Nagaraja 2003, 7.1). Ties only make the bounds safer.
 *
 *     x(1)   x(2)   x(3)   x(4)   x(5)   x(6)   x(7)   x(8)   x(9)
 *             |--------------- median, 95 % ------------|
 *
 * Assumption: values are independent and of one distribution. Boots that share a host or an hour are not; the interval is then too
 * narrow. `observations.ts` averages the reboots of one machine to one value before.
 * A bound at level .05 needs 5 boots for the median, 29 for p90, 59 for p95. With fewer there is no bound; `quantileNeeds` gives the need.
 */
import { quantileSorted } from 'simple-statistics';
import { binomialAtLeast, binomialAtMost } from '../numbers/binomial.ts';

/** Upper limits of the chance that a bound lies on the wrong side of the quantile. */
export interface BoundLevels {
  readonly low: number;
  readonly high: number;
}

export interface QuantileBounds {
  /** Null if n is too small for a bound at that level. */
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Bounds of a quantile of `sorted` (ascending). `lost` counts boots without a value. A bound holds for any values of these: the
 * lower bound takes them as the fastest boots, the upper bound as the slowest.
 */
export function quantileBounds(
  sorted: ArrayLike<number>,
  quantile: number,
  levels: BoundLevels,
  lost = 0,
): QuantileBounds {
  const n = sorted.length + lost;
  const low = lowerRank(n, quantile, levels.low) - lost;
  const high = upperRank(n, quantile, levels.high);
  return { low: sorted[low - 1] ?? null, high: sorted[high - 1] ?? null };
}

/** The point estimate: type 7, the default of R and NumPy. `sorted` holds at least one value. */
export const quantileEstimate = (sorted: number[], quantile: number): number => quantileSorted(sorted, quantile);

/** Fewest boots for both bounds to exist. */
export function quantileNeeds(quantile: number, levels: BoundLevels): number {
  const all = Math.log(levels.high) / Math.log(quantile);
  const none = Math.log(levels.low) / Math.log(1 - quantile);
  return Math.ceil(Math.max(all, none) - 1e-9);
}

/** The largest rank l with P(Bin(n, p) <= l - 1) <= level; 0 if there is none. */
function lowerRank(n: number, quantile: number, level: number): number {
  let rank = 0;
  while (rank < n && binomialAtMost(rank, n, quantile) <= level) rank++;
  return rank;
}

/** The smallest rank u with P(Bin(n, p) >= u) <= level; n + 1 if there is none. */
function upperRank(n: number, quantile: number, level: number): number {
  let rank = n + 1;
  while (rank > 1 && binomialAtLeast(rank - 1, n, quantile) <= level) rank--;
  return rank;
}
