/**
 * One metric of two variants booted in blocks: p, estimate and interval from one test. `block-flip.ts` lists its assumptions and its
 * smallest p. Only the interval assumes more: that the change shifts every boot by the same time or share.
 *
 * Estimate: Hodges-Lehmann over all pairs of boots, the shift at which the pooled rank statistic is at its centre.
 */

import { agree, invert } from '../intervals/inversion.ts';
import { effect, effectOrder, hodgesLehmann, noChange, type Scale } from '../intervals/pairwise.ts';
import { ascending, doubledMidranks } from '../numbers/ranks.ts';
import { rounded } from '../numbers/rounding.ts';
import { flipP } from './block-flip.ts';

/** Values of one metric, one per block and side, in the same block order. */
export interface BlockValues {
  readonly before: Float64Array;
  readonly after: Float64Array;
}

export interface Estimated {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Doubled differences of the pooled midranks, candidate - baseline, per block. */
export function rankDifferences({ before, after }: BlockValues): Int32Array {
  const blocks = before.length;
  const pooled = new Float64Array(2 * blocks);
  pooled.set(before, 0);
  pooled.set(after, blocks);
  const ranks = doubledMidranks(pooled);
  const differences = new Int32Array(blocks);
  for (let b = 0; b < blocks; b++) differences[b] = (ranks[blocks + b] as number) - (ranks[b] as number);
  return differences;
}

/** Estimate and intervals at confidence 1 - alpha for each alpha, on one scale; they agree with p at "no change". */
export function blockedEstimates(values: BlockValues, scale: Scale, alphas: readonly number[]): Estimated[] {
  const ranks = rankDifferences(values);
  // Round p as reports do, so interval and p agree to the last digit.
  const p = rounded(flipP(ranks));
  const direction = sum(ranks);
  const before = values.before.slice().sort();
  const after = values.after.slice().sort();
  const order = effectOrder({ before, after, scale });
  const estimate = hodgesLehmann(order, scale);
  const differencesAt = shiftedDifferences(values, before, after, scale);
  // The statistic moves by 4 doubled ranks when one effect changes its sign.
  const spread = Math.sqrt(sumOfSquares(differencesAt(noChange(scale)))) / 4;
  return alphas.map((alpha) => {
    const bounds = invert(order, (bound) => flipP(differencesAt(bound)), alpha, spread);
    return agree(scale, bounds, estimate, p <= alpha, direction);
  });
}

/**
 * Rank differences after a shift of the candidate just above `bound`. A shift does not change ranks within a side, only the number of
 * lower boots of the other side. One walk along the sorted sides counts these.
 */
function shiftedDifferences(values: BlockValues, before: Float64Array, after: Float64Array, scale: Scale) {
  const blocks = before.length;
  const beforeOrder = ascending(values.before);
  const afterOrder = ascending(values.after);
  const beforeRanks = doubledMidranks(values.before);
  const own = doubledMidranks(values.after).map((rank, b) => rank - (beforeRanks[b] as number));
  const differences = new Int32Array(blocks);
  const add = (block: number, ranks: number) => {
    differences[block] = (differences[block] as number) + ranks;
  };
  return (bound: number): Int32Array => {
    differences.set(own);
    let j = 0;
    for (let i = 0; i < blocks; i++) {
      const x = before[i] as number;
      // The i baseline boots walked so far are below this candidate boot; the j candidate boots are below this baseline boot.
      for (; j < blocks && effect(scale, x, after[j] as number) <= bound; j++) add(afterOrder[j] as number, 2 * i);
      add(beforeOrder[i] as number, -2 * j);
    }
    for (; j < blocks; j++) add(afterOrder[j] as number, 2 * blocks);
    return differences;
  };
}

function sumOfSquares(values: Int32Array): number {
  let total = 0;
  for (const value of values) total += value * value;
  return total;
}

function sum(values: Int32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
