/**
 * Order statistics of all differences candidate - baseline, or all ratios candidate / baseline, without a list of them. The
 * Hodges-Lehmann estimate is their median. The bounds of its interval are other order statistics.
 *
 * A ratio is a quotient, not a difference of logarithms. Division is correctly rounded, so every machine finds the same
 * bytes, and y / x is 1 exactly when y is x. The algorithm only needs that both forms grow with y and fall with x.
 */
import { elementAt } from '../../model/element.ts';

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
const between = (scale: Scale, a: number, b: number): number =>
  scale === 'ratio' ? Math.sqrt(a) * Math.sqrt(b) : a + (b - a) / 2;

/** Order statistics of all effects, k from 1 to `count`. It caches its counts, so nearby k cost little. */
export interface EffectOrder {
  readonly count: number;
  at(k: number): number;
}

/** Hodges-Lehmann: the median of all effects. A shift by it puts the rank statistic at its centre. */
export function hodgesLehmann(order: EffectOrder, scale: Scale): number {
  const { count } = order;
  const upper = order.at(Math.floor(count / 2) + 1);
  if (count % 2 === 1) return upper;
  const lower = order.at(count / 2);
  return lower === upper ? lower : between(scale, lower, upper);
}

/**
 * Bisects on the value until few enough effects remain to sort; each step is one walk along the staircase of effects. If ties keep
 * too many, the halves meet at the tied value.
 */
export function effectOrder(pairs: Pairwise): EffectOrder {
  const { before, after, scale } = pairs;
  const few = before.length + after.length;
  const smallest = effect(scale, before.at(-1) as number, after[0] as number);
  const largest = effect(scale, before[0] as number, after.at(-1) as number);
  const count = before.length * after.length;
  // Ascending values with the number of effects up to each.
  const known: Counted[] = [
    { value: smallest, upTo: countUpTo(pairs, smallest) },
    { value: largest, upTo: count },
  ];
  let listed: { from: number; values: Float64Array } = { from: 0, values: new Float64Array(0) };
  const at = (k: number): number => {
    if (k > listed.from && k <= listed.from + listed.values.length) return listed.values[k - listed.from - 1] as number;
    let above = known.findIndex(({ upTo }) => upTo >= k);
    if (above <= 0) return smallest;
    for (;;) {
      const low = elementAt(known, above - 1);
      const high = elementAt(known, above);
      if (high.upTo - low.upTo <= few) {
        listed = { from: low.upTo, values: effectsIn(pairs, low.value, high.value).sort() };
        return listed.values[k - low.upTo - 1] as number;
      }
      const middle = low.value + (high.value - low.value) / 2;
      if (middle <= low.value || middle >= high.value) return high.value;
      const upTo = countUpTo(pairs, middle);
      known.splice(above, 0, { value: middle, upTo });
      if (upTo < k) above++;
    }
  };
  return { count, at };
}

interface Counted {
  readonly value: number;
  readonly upTo: number;
}

/** Number of effects at most `bound`. */
function countUpTo({ before, after, scale }: Pairwise, bound: number): number {
  let count = 0;
  let j = 0;
  // As the baseline value grows the effect falls: each x admits at least as many y as the x before it.
  for (let i = 0; i < before.length; i++) {
    const x = before[i] as number;
    while (j < after.length && effect(scale, x, after[j] as number) <= bound) j++;
    count += j;
  }
  return count;
}

/** All effects in (low, high], at most a few walks' worth. */
function effectsIn({ before, after, scale }: Pairwise, low: number, high: number): Float64Array {
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
