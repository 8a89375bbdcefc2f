/**
 * The confidence interval that belongs to a test: all shifts (or ratios) that the test does not reject.
 *
 * Serves: p, estimate and interval that never contradict each other (Bauer 1972; Hodges and Lehmann 1963). Between two
 * neighbouring order statistics of the pairwise effects nothing changes its rank, so p is constant in each such gap and the
 * bounds are effects that were really seen:
 *
 *        rejected    | not rejected (p > alpha)            | rejected
 *     ---o-----o-----[-----o------o---x---o------o---------]------o-----o---
 *                   low            estimate               high
 *
 * Where even the outermost gap is not rejected, that side is unbounded, and said to be (null).
 * Non-monotone p: with few blocks p may rise again by a hair beyond the first rejected gap; `SCANNED` gaps further out are
 * looked at, so that the interval is never shorter than the test allows.
 */
import { hodgesLehmann, noChange, orderStatistic, type Pairwise, type Scale } from './pairwise.ts';

export interface Bounds {
  readonly low: number | null;
  readonly high: number | null;
}

/** Whether the test lets a shift stand that lies just right of `effect` (all effects up to it count as negative). */
export type Stands = (effect: number) => boolean;

/** Gaps looked at beyond the first rejected one. */
const SCANNED = 3;

/** `reach`: a guess of how many order statistics lie between estimate and bound; wrong guesses only cost time. */
export function invert(pairs: Pairwise, stands: Stands, reach: number): Bounds {
  const count = pairs.before.length * pairs.after.length;
  const effectAt = (k: number) => (k < 1 ? Number.NEGATIVE_INFINITY : orderStatistic(pairs, k));
  const standsAt = (k: number) => stands(effectAt(k));
  const middle = Math.floor(count / 2);
  if (!standsAt(middle)) {
    const estimate = hodgesLehmann(pairs);
    return { low: estimate, high: estimate };
  }
  const first = standsAt(0) ? 0 : edge(middle, 0, reach, standsAt);
  const last = standsAt(count) ? count : edge(middle, count, reach, standsAt);
  return { low: first === 0 ? null : effectAt(first), high: last === count ? null : effectAt(last + 1) };
}

/** The last index that stands on the way from `inside` (stands) to `outside` (does not). */
function edge(inside: number, outside: number, reach: number, standsAt: (k: number) => boolean): number {
  const direction = outside > inside ? 1 : -1;
  let stood = 0;
  let fell = Math.abs(outside - inside);
  let step = Math.max(1, Math.round(reach / 16));
  let next = Math.min(fell - 1, Math.max(1, Math.round(reach)));
  let galloping = true;
  while (fell - stood > 1) {
    if (standsAt(inside + direction * next)) stood = next;
    else fell = next;
    // Out from the guess in doubling steps until both sides are known, then halves.
    if (galloping) {
      const out = stood === next ? next + step : next - step;
      galloping = out > stood && out < fell;
      step *= 2;
      next = out;
    }
    if (!galloping) next = Math.floor((stood + fell) / 2);
  }
  for (let k = stood + 2; k <= stood + 1 + SCANNED && k < Math.abs(outside - inside); k++)
    if (standsAt(inside + direction * k)) stood = k;
  return inside + direction * stood;
}

/**
 * Bounds and estimate made to say what p says at "no change", where ties sit on the very value and a bound may touch it:
 * rejected means outside (an open end is written as the next number of 12 digits), not rejected means inside.
 * `direction` is the sign of the test statistic.
 */
export function agree(
  scale: Scale,
  bounds: Bounds,
  estimate: number,
  rejected: boolean,
  direction: number,
): { low: number | null; high: number | null; estimate: number } {
  const none = noChange(scale);
  const { low, high } = bounds;
  if (!rejected) {
    return {
      low: low === null ? null : Math.min(low, none),
      high: high === null ? null : Math.max(high, none),
      estimate,
    };
  }
  const above = none + OPEN_END[scale];
  const below = none - OPEN_END[scale];
  return direction > 0
    ? {
        low: Math.max(low ?? above, above),
        high: high === null ? null : Math.max(high, above),
        estimate: Math.max(estimate, above),
      }
    : {
        low: low === null ? null : Math.min(low, below),
        high: Math.min(high ?? below, below),
        estimate: Math.min(estimate, below),
      };
}

/** One unit of the 12th digit of a ratio; a picosecond of a difference in microseconds. */
const OPEN_END: Readonly<Record<Scale, number>> = { ratio: 1e-11, difference: 1e-6 };
