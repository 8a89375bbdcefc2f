/**
 * Where a quantile lies, from order statistics: no distribution is assumed, and a lock that one boot in ten waits for changes nothing.
 *
 * Serves: "how long does this image take": median, p90 and p95 of one variant, and budgets that are checked against them.
 *
 * Formula: the number of boots at or below the p-quantile is binomial (n, p), so the l-th smallest value lies above it with a chance
 * of P(Bin(n, p) <= l - 1) and the u-th smallest below it with P(Bin(n, p) >= u). Each bound takes the nearest rank whose chance
 * is at most its level (David and Nagaraja 2003, 7.1). Ties only make the bounds safer.
 *
 *     x(1)   x(2)   x(3)   x(4)   x(5)   x(6)   x(7)   x(8)   x(9)
 *             |--------------- median, 95 % ------------|
 *
 * Assumed: values are independent and of one distribution. Boots that share a host or an hour are not; then the interval is too
 * narrow. Reboots of one machine are averaged to one value before (`observations.ts`).
 * A bound at level .05 needs 5 boots for the median, 29 for p90, 59 for p95: with fewer there is none, and `quantileNeeds` reports it.
 */
import { quantileSorted } from 'simple-statistics';
import { binomialAtLeast, binomialAtMost } from '../numbers/binomial.ts';

/** Chance that a bound lies on the wrong side of the quantile, at most. */
export interface BoundLevels {
  readonly low: number;
  readonly high: number;
}

export interface QuantileBounds {
  /** Null where n is too small for a bound at that level. */
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Bounds of a quantile of `sorted` (ascending). `lost` boots were made and have no value: a bound holds whatever they would have
 * shown, so the lower one takes them for the fastest and the upper one for the slowest.
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

/** The point estimate: type 7, as R and NumPy have it. `sorted` holds a value at least. */
export const quantileEstimate = (sorted: number[], quantile: number): number => quantileSorted(sorted, quantile);

/** Fewest boots with which both bounds exist. */
export function quantileNeeds(quantile: number, levels: BoundLevels): number {
  const all = Math.log(levels.high) / Math.log(quantile);
  const none = Math.log(levels.low) / Math.log(1 - quantile);
  return Math.ceil(Math.max(all, none) - 1e-9);
}

/** The largest rank l with P(Bin(n, p) <= l - 1) <= level; 0 where there is none. */
function lowerRank(n: number, quantile: number, level: number): number {
  let rank = 0;
  while (rank < n && binomialAtMost(rank, n, quantile) <= level) rank++;
  return rank;
}

/** The smallest rank u with P(Bin(n, p) >= u) <= level; n + 1 where there is none. */
function upperRank(n: number, quantile: number, level: number): number {
  let rank = n + 1;
  while (rank > 1 && binomialAtLeast(rank - 1, n, quantile) <= level) rank--;
  return rank;
}
