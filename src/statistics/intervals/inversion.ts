/**
 * The confidence interval that belongs to a test: all shifts (or ratios) that the test does not reject.
 *
 * Serves: p, estimate and interval that never contradict each other (Bauer 1972; Hodges and Lehmann 1963). Between two
 * neighbouring order statistics of the pairwise effects no rank changes. So p is constant in each such gap, and the
 * bounds are observed effects:
 *
 *        rejected    | not rejected (p > alpha)            | rejected
 *     ---o-----o-----[-----o------o---x---o------o---------]------o-----o---
 *                   low            estimate               high
 *
 * If the test does not reject even the outermost gap, that side is unbounded (null).
 * Non-monotone p: with few blocks p may rise again slightly beyond the first rejected gap. The search checks `SCANNED` more gaps
 * further out, so the interval is never shorter than the test allows.
 */
import { firstEnough } from '../numbers/bisection.ts';
import { normalQuantile } from '../numbers/normal.ts';
import { type EffectOrder, noChange, type Scale } from './pairwise.ts';

export interface Bounds {
  readonly low: number | null;
  readonly high: number | null;
}

/** p of a shift just above `effect` (all effects up to it count as negative). */
export type PAt = (effect: number) => number;

/** Gaps to check beyond the first rejected one. */
const SCANNED = 3;

/**
 * `spread` guesses how many order statistics one standard error of the test spans; a wrong guess only costs time. If many ties in
 * the middle leave a gap on only one side of the tied value, or none, the interval is that value.
 */
export function invert(order: EffectOrder, pAt: PAt, alpha: number, spread: number): Bounds {
  const { count } = order;
  const effectAt = (k: number) => (k < 1 ? Number.NEGATIVE_INFINITY : order.at(k));
  const p = (k: number) => pAt(effectAt(k));
  const half = Math.floor(count / 2);
  const middle = p(half) > alpha ? half : lastBelow(order, effectAt(half), half);
  if (p(middle) <= alpha) return { low: order.at(Math.max(1, half)), high: order.at(Math.max(1, half)) };
  const first = p(0) > alpha ? 0 : edge(middle, 0, p, alpha, spread);
  const last = p(count) > alpha ? count : edge(middle, count, p, alpha, spread);
  return { low: first === 0 ? null : effectAt(first), high: last === count ? null : effectAt(last + 1) };
}

/** Number of effects below `value`, the effect at index `from`. */
const lastBelow = (order: EffectOrder, value: number, from: number): number =>
  firstEnough((k) => order.at(k) >= value, 1, from) - 1;

/** The last index that is not rejected on the way from `inside` (not rejected) to `outside` (rejected). */
function edge(inside: number, outside: number, pOf: (k: number) => number, alpha: number, spread: number): number {
  const direction = outside > inside ? 1 : -1;
  const p = (steps: number) => pOf(inside + direction * steps);
  let stood = 0;
  let fell = Math.abs(outside - inside);
  const try_ = (steps: number): number => {
    const reached = p(steps);
    if (reached > alpha) stood = Math.max(stood, steps);
    else fell = Math.min(fell, steps);
    return reached;
  };
  const critical = normalQuantile(1 - alpha / 2);
  const between = (steps: number) => Math.round(Math.min(fell - 1, Math.max(stood + 1, steps)));
  // The test statistic is nearly linear in the index: two extrapolations bring the guess close to the edge.
  for (let round = 0; round < 2 && fell - stood > 1; round++) {
    const steps = between(critical * spread);
    spread = steps / Math.max(0.1, normalQuantile(1 - try_(steps) / 2));
  }
  let width = Math.max(1, Math.round(Math.abs(fell - stood) > 64 ? spread / 64 : 1));
  let next = between(critical * spread);
  // Doubling steps away from the guess bracket the edge; bisection then finds it.
  for (let galloping = true; fell - stood > 1; ) {
    const stands = try_(next) > alpha;
    if (galloping) {
      next += stands ? width : -width;
      width *= 2;
      galloping = next > stood && next < fell;
    }
    if (!galloping) next = Math.floor((stood + fell) / 2);
  }
  for (let k = stood + 2; k <= stood + 1 + SCANNED && k < Math.abs(outside - inside); k++) if (p(k) > alpha) stood = k;
  return inside + direction * stood;
}

/**
 * Makes bounds and estimate agree with p at "no change", which ties may put exactly on a bound. If the test rejects, "no change" lies
 * outside (an open end becomes the next number of 12 digits). If it does not, "no change" lies inside.
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
