/**
 * Two samples without blocks: permutation of pooled midranks, ties included (Wilcoxon 1945, Mann and Whitney 1947).
 *
 * Serves: imports and old runs without blocks, whose boots of both sides are all exchangeable under "no change".
 * It cannot detect drift between the two runs; the comparison warns of that.
 *
 * Formula: R = sum of the candidate's midranks; p = P(|R - E R| >= |R_seen - E R|) over all C(n+m, n) choices. Up to EXACT_PRODUCT
 * the shift algorithm over (boots chosen, doubled rank sum) counts the null distribution conditional on the ties. Beyond it SEEDED
 * random choices give p = (hits + 1) / (SEEDED + 1).
 *
 * Interval: the order statistics D_(k), D_(nm-k+1) of all pairwise effects, k from the null without ties (Hodges and Lehmann
 * 1963; Bauer 1972). Without ties this inverts the test; with ties it is conservative.
 *
 * Smallest reachable p: 2 / C(n+m, n): 4 against 4 for .05, 5 against 5 for .01; never below 1e-4 when seeded.
 */
import { type Random, seededRandom } from '../../model/random.ts';
import { agree } from '../intervals/inversion.ts';
import { effectOrder, hodgesLehmann, type Scale } from '../intervals/pairwise.ts';
import { bySizes } from '../numbers/memo.ts';
import { normalQuantile } from '../numbers/normal.ts';
import { commonDivisor, doubledMidranks } from '../numbers/ranks.ts';
import { rounded } from '../numbers/rounding.ts';
import type { Estimated } from './blocked.ts';

export interface TwoSamples {
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/** n m up to which p is exact: 50 against 50 takes 20 ms, with ties. */
const EXACT_PRODUCT = 2500;

/** Random choices beyond EXACT_PRODUCT; p is within .004 of the exact one (95 %) around .05. */
export const SEEDED = 9_999;

export interface RankSum {
  readonly p: number;
  /** Sign of the candidate's rank sum against its expectation: 1 slower, -1 faster. */
  readonly direction: number;
  readonly exact: boolean;
}

/** Null distributions without ties depend on the sizes alone; share one instance per comparison. */
export interface RankSumNulls {
  readonly seed: number;
  /** Ways to each rank sum of the smaller side, up to EXACT_PRODUCT. */
  readonly counts: (n: number, m: number) => Float64Array;
  /** Ascending distances of SEEDED random choices, beyond. */
  readonly distances: (n: number, m: number) => Float64Array;
}

export function rankSumNulls(seed: number): RankSumNulls {
  const untied = (n: number, m: number) => Int32Array.from({ length: n + m }, (_, i) => i + 1);
  return {
    seed,
    counts: bySizes((n, m) => rankSumCounts(untied(n, m), Math.min(n, m))),
    distances: bySizes((n, m) => seededDistances(untied(n, m), m, seededRandom(seed)).sort()),
  };
}

export function rankSumTest({ before, after }: TwoSamples, nulls: RankSumNulls): RankSum {
  const doubled = pooledRanks(before, after);
  const unit = commonDivisor(doubled);
  const ranks = doubled.map((rank) => rank / unit);
  const untied = new Set(ranks).size === ranks.length;
  const distance = distanceOf(ranks, sum(ranks.subarray(before.length)), after.length);
  const exact = before.length * after.length <= EXACT_PRODUCT;
  const p = exact
    ? exactP(ranks, before.length, distance, untied, nulls)
    : seededP(ranks, before.length, distance, untied, nulls);
  return { p: rounded(distance === 0 ? 1 : p), direction: Math.sign(distance), exact };
}

/** Estimate and intervals at confidence 1 - alpha for each alpha; they agree with `test` at "no change". */
export function rankSumEstimates(
  samples: TwoSamples,
  scale: Scale,
  alphas: readonly number[],
  test: RankSum,
  nulls: RankSumNulls,
): Estimated[] {
  const order = effectOrder({ before: samples.before.slice().sort(), after: samples.after.slice().sort(), scale });
  const estimate = hodgesLehmann(order, scale);
  return alphas.map((alpha) => {
    const k = boundRank(samples.before.length, samples.after.length, alpha, nulls);
    const bounds = k === 0 ? { low: null, high: null } : { low: order.at(k), high: order.at(order.count - k + 1) };
    return agree(scale, bounds, estimate, test.p <= alpha, test.direction);
  });
}

/** Largest k with P(U <= k - 1) <= alpha / 2 under the null without ties; 0 if there is none. */
export function boundRank(n: number, m: number, alpha: number, nulls: RankSumNulls): number {
  if (n * m > EXACT_PRODUCT) {
    const spread = Math.sqrt((n * m * (n + m + 1)) / 12);
    return Math.max(0, Math.floor((n * m + 1) / 2 - normalQuantile(1 - alpha / 2) * spread));
  }
  const counts = nulls.counts(n, m);
  const chosen = Math.min(n, m);
  const smallest = (chosen * (chosen + 1)) / 2;
  const total = sum(counts);
  let below = 0;
  for (let u = 0; u <= n * m; u++) {
    below += counts[smallest + u] as number;
    if (below / total > alpha / 2) return u;
  }
  return 0;
}

/** N times (rank sum of `chosen` boots minus its expectation): whole, and 0 at the expectation. */
const distanceOf = (ranks: Int32Array, rankSum: number, chosen: number): number =>
  ranks.length * rankSum - chosen * sum(ranks);

function exactP(ranks: Int32Array, n: number, distance: number, untied: boolean, nulls: RankSumNulls): number {
  const m = ranks.length - n;
  // The complement of a choice is as far from its own expectation, so count the smaller side.
  const size = Math.min(n, m);
  const counts = untied ? nulls.counts(n, m) : rankSumCounts(ranks, size);
  const centre = size * sum(ranks);
  let far = 0;
  let total = 0;
  for (let rankSum = 0; rankSum < counts.length; rankSum++) {
    const count = counts[rankSum] as number;
    total += count;
    if (Math.abs(ranks.length * rankSum - centre) >= Math.abs(distance)) far += count;
  }
  return Math.min(1, far / total);
}

function seededP(ranks: Int32Array, n: number, distance: number, untied: boolean, nulls: RankSumNulls): number {
  const m = ranks.length - n;
  const distances = untied ? nulls.distances(n, m) : seededDistances(ranks, m, seededRandom(nulls.seed));
  const hits = distances.reduce((count, drawn) => count + (drawn >= Math.abs(distance) ? 1 : 0), 0);
  return (hits + 1) / (SEEDED + 1);
}

/** How far the rank sums of random choices of `chosen` boots are from their expectation. */
function seededDistances(ranks: Int32Array, chosen: number, random: Random): Float64Array {
  const drawn = ranks.slice();
  const centre = chosen * sum(ranks);
  return Float64Array.from({ length: SEEDED }, () => {
    let total = 0;
    for (let i = 0; i < chosen; i++) {
      const j = i + random.below(drawn.length - i);
      const held = drawn[i] as number;
      drawn[i] = drawn[j] as number;
      drawn[j] = held;
      total += drawn[i] as number;
    }
    return Math.abs(ranks.length * total - centre);
  });
}

/** Number of ways to choose `size` of the ranks with each sum. */
function rankSumCounts(ranks: Int32Array, size: number): Float64Array {
  const descending = ranks.slice().sort().reverse();
  const largest = sum(descending.subarray(0, size));
  const counts = Array.from({ length: size + 1 }, () => new Float64Array(largest + 1));
  (counts[0] as Float64Array)[0] = 1;
  const reached = new Int32Array(size + 1);
  let used = 0;
  for (const rank of descending.reverse()) {
    used++;
    for (let c = Math.min(size, used); c >= 1; c--) {
      const from = counts[c - 1] as Float64Array;
      const into = counts[c] as Float64Array;
      const top = Math.min(largest, (reached[c - 1] as number) + rank);
      for (let s = top; s >= rank; s--) into[s] = (into[s] as number) + (from[s - rank] as number);
      reached[c] = Math.max(reached[c] as number, top);
    }
  }
  return counts[size] as Float64Array;
}

function pooledRanks(before: Float64Array, after: Float64Array): Int32Array {
  const pooled = new Float64Array(before.length + after.length);
  pooled.set(before, 0);
  pooled.set(after, before.length);
  return doubledMidranks(pooled);
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
