/**
 * Counts slow boots: how many of each side lie beyond a threshold, and whether the counts differ.
 *
 * Serves: rare slow boots (a lock, a retry). A median does not show them, and a p95 gate would need 59 boots to bound them.
 * Formula: McNemar's exact test where boots come in blocks, Fisher's otherwise. Smallest reachable p: 2 / 2^(blocks that disagree).
 *
 * The threshold is blind to the variant. It is a given value, else the start of the upper mode if the pooled boots are bimodal. Else it
 * is Tukey's outer fence of the pooled boots (upper quartile plus three times the interquartile range).
 */

import { quantileSorted } from 'simple-statistics';
import type { TailCounts } from '../../model/comparison.ts';
import { elementAt } from '../../model/element.ts';
import { type Us, us } from '../../model/units.ts';
import type { Arrangement } from '../observations.ts';
import { mcnemarP } from '../tests/counts.ts';
import { fisherP } from '../tests/fisher.ts';

/** Counts beyond the threshold; null if there is nothing to count. */
export function compareTails(arrangement: Arrangement, bimodal: boolean, givenUs?: Us): TailCounts | null {
  const { before, after } = arrangement;
  if (before.length === 0 || after.length === 0) return null;
  const pooled = [...before, ...after].sort((a, b) => a - b);
  const { limit, threshold } = slowFrom(pooled, bimodal, givenUs);
  const beyond = (values: Float64Array) => values.reduce((count, value) => count + (value > thresholdUs ? 1 : 0), 0);
  const thresholdUs = us(limit);
  const counts = { thresholdUs, threshold, before: beyond(before), after: beyond(after) };
  if (arrangement.kind === 'unblocked')
    return {
      ...counts,
      p: fisherP(counts.before, before.length, counts.after, after.length),
      method: "Fisher's exact test",
    };
  const only = (one: Float64Array, other: Float64Array) =>
    one.reduce((count, value, b) => count + (value > thresholdUs && (other[b] as number) <= thresholdUs ? 1 : 0), 0);
  return { ...counts, p: mcnemarP(only(before, after), only(after, before)), method: "McNemar's exact test" };
}

/** The threshold of slow boots, blind to the variant. `pooled` is in ascending order and holds at least one value. */
export function slowFrom(
  pooled: readonly number[],
  bimodal: boolean,
  givenUs?: Us,
): { readonly limit: number; readonly threshold: TailCounts['threshold'] } {
  if (givenUs !== undefined) return { limit: givenUs, threshold: 'given' };
  return bimodal
    ? { limit: upperModeFrom(pooled), threshold: 'upper mode' }
    : { limit: outerFence(pooled), threshold: 'outer fence' };
}

const outerFence = (sorted: readonly number[]): number => {
  const upper = quantileSorted([...sorted], 0.75);
  return upper + 3 * (upper - quantileSorted([...sorted], 0.25));
};

/** The middle of the gap between the two groups with the least spread within (Fisher 1958; for two groups the same as Otsu's). */
export function upperModeFrom(sorted: readonly number[]): number {
  const total = sorted.reduce((sum, value) => sum + value, 0);
  let below = 0;
  let best = { gain: -1, cut: sorted.at(-1) ?? 0 };
  for (let i = 1; i < sorted.length; i++) {
    const left = elementAt(sorted, i - 1);
    const right = elementAt(sorted, i);
    below += left;
    if (left === right) continue;
    const distance = below / i - (total - below) / (sorted.length - i);
    const gain = distance * distance * i * (sorted.length - i);
    if (gain > best.gain) best = { gain, cut: (left + right) / 2 };
  }
  return best.cut;
}
