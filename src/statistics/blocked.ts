/**
 * One metric of two variants booted in blocks: p, estimate and interval from one test (`block-flip.ts`).
 *
 * Estimate: Hodges-Lehmann over all pairs of boots, the shift at which the pooled rank statistic is at its centre.
 */
import { flipP } from './block-flip.ts';
import { agree, invert } from './inversion.ts';
import { normalQuantile } from './normal.ts';
import { hodgesLehmann, noChange, type Pairwise, type Scale } from './pairwise.ts';
import { ascending, doubledMidranks } from './ranks.ts';

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

/** Interval and estimate of the effect on one scale, at confidence 1 - alpha; in accord with p at "no change". */
export function blockedEstimate(values: BlockValues, scale: Scale, alpha: number): Estimated {
  const shifted = shiftable(values, scale);
  const differences = shifted.differencesAt(noChangeStart(scale));
  const reach = (normalQuantile(1 - alpha / 2) * Math.sqrt(sumOfSquares(differences))) / 4;
  const bounds = invert(shifted.pairs, (effect) => flipP(shifted.differencesAt(effect)) > alpha, reach);
  const ranks = rankDifferences(values);
  const rejected = flipP(ranks) <= alpha;
  return agree(scale, bounds, hodgesLehmann(shifted.pairs), rejected, sum(ranks));
}

const noChangeStart = noChange;

/**
 * Rank differences when the candidate is shifted by just more than `effect`. Own ranks do not change with a shift; only the
 * count of boots of the other side below does, which one walk along the sorted sides gives.
 */
function shiftable({ before, after }: BlockValues, scale: Scale) {
  const blocks = before.length;
  const beforeOrder = ascending(before);
  const afterOrder = ascending(after);
  const pairs: Pairwise = { before: before.slice().sort(), after: after.slice().sort(), scale };
  const own = new Int32Array(blocks);
  const beforeRanks = doubledMidranks(before);
  const afterRanks = doubledMidranks(after);
  for (let b = 0; b < blocks; b++) own[b] = (afterRanks[b] as number) - (beforeRanks[b] as number);
  const differences = new Int32Array(blocks);
  const differencesAt = (effectBound: number): Int32Array => {
    differences.set(own);
    let j = 0;
    for (let i = 0; i < blocks; i++) {
      const x = pairs.before[i] as number;
      while (j < blocks && reaches(scale, x, pairs.after[j] as number, effectBound)) {
        // Baseline boots 0..i-1 are below this candidate boot: i of them.
        const block = afterOrder[j] as number;
        differences[block] = (differences[block] as number) + 2 * i;
        j++;
      }
      const block = beforeOrder[i] as number;
      differences[block] = (differences[block] as number) - 2 * j;
    }
    for (; j < blocks; j++) {
      const block = afterOrder[j] as number;
      differences[block] = (differences[block] as number) + 2 * blocks;
    }
    return differences;
  };
  return { pairs, differencesAt };
}

/** The candidate boot, shifted, is below the baseline boot. */
const reaches = (scale: Scale, x: number, y: number, effectBound: number): boolean =>
  (scale === 'ratio' ? y / x : y - x) <= effectBound;

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
