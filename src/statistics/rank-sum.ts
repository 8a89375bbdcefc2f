/**
 * Two samples without blocks: permutation of pooled midranks (Wilcoxon 1945, Mann and Whitney 1947), ties and all.
 *
 * Serves: imports and old runs, where nothing was interleaved and all boots of both sides are exchangeable under "no change".
 * It says nothing about drift between the two runs; the comparison warns of that.
 *
 * Formula: R = sum of the candidate's midranks; p = P(|R - E R| >= |R_seen - E R|) over all C(n+m, n) choices. The null
 * distribution conditional on the ties is counted by the shift algorithm over (boots chosen, doubled rank sum) up to
 * EXACT_PRODUCT; beyond it SEEDED random choices give p = (hits + 1) / (SEEDED + 1).
 *
 * Interval: the order statistics D_(k), D_(nm-k+1) of all pairwise effects, k from the null without ties (Hodges and Lehmann
 * 1963; Bauer 1972), which is the inversion of this test where there are no ties and on the safe side of it where there are.
 *
 * Smallest reachable p: 2 / C(n+m, n): 4 against 4 for .05, 5 against 5 for .01; never below 1e-4 when seeded.
 */
import { type Random, seededRandom } from '../model/random.ts';
import type { Estimated } from './blocked.ts';
import { agree } from './inversion.ts';
import { normalQuantile } from './normal.ts';
import { effectOrder, hodgesLehmann, type Scale } from './pairwise.ts';
import { commonDivisor, doubledMidranks } from './ranks.ts';

export interface TwoSamples {
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/** n m up to which p is exact: 50 against 50 takes 20 ms, with ties. */
export const EXACT_PRODUCT = 2500;

/** Random choices beyond; p is within .004 of the exact one (95 %) around .05. */
export const SEEDED = 9_999;

export interface RankSum {
  readonly p: number;
  /** Sign of the candidate's rank sum against its expectation: 1 slower, -1 faster. */
  readonly direction: number;
  readonly exact: boolean;
}

export function rankSumTest({ before, after }: TwoSamples, seed: number): RankSum {
  const ranks = pooledRanks(before, after);
  const candidate = ranks.subarray(before.length);
  const seen = sum(candidate);
  const all = sum(ranks);
  // N R - m (sum of ranks): zero at the expectation, and whole.
  const distance = Math.abs(ranks.length * seen - after.length * all);
  const direction = Math.sign(ranks.length * seen - after.length * all);
  const exact = before.length * after.length <= EXACT_PRODUCT;
  const p =
    distance === 0
      ? 1
      : exact
        ? exactP(ranks, after.length, distance)
        : seededP(ranks, after.length, distance, seededRandom(seed));
  return { p, direction, exact };
}

/** Estimate and intervals at confidence 1 - alpha for each alpha; in accord with `test` at "no change". */
export function rankSumEstimates(
  samples: TwoSamples,
  scale: Scale,
  alphas: readonly number[],
  test: RankSum,
): Estimated[] {
  const order = effectOrder({ before: samples.before.slice().sort(), after: samples.after.slice().sort(), scale });
  const estimate = hodgesLehmann(order, scale);
  return alphas.map((alpha) => {
    const k = boundRank(samples.before.length, samples.after.length, alpha);
    const bounds = k === 0 ? { low: null, high: null } : { low: order.at(k), high: order.at(order.count - k + 1) };
    return agree(scale, bounds, estimate, test.p <= alpha, test.direction);
  });
}

/** Largest k with P(U <= k - 1) <= alpha / 2 under the null without ties; 0 where there is none. */
export function boundRank(n: number, m: number, alpha: number): number {
  if (n * m > EXACT_PRODUCT) {
    const spread = Math.sqrt((n * m * (n + m + 1)) / 12);
    return Math.max(0, Math.floor((n * m + 1) / 2 - normalQuantile(1 - alpha / 2) * spread));
  }
  const chosen = Math.min(n, m);
  const ranks = Int32Array.from({ length: n + m }, (_, i) => i + 1);
  const counts = rankSumCounts(ranks, chosen);
  const smallest = (chosen * (chosen + 1)) / 2;
  const total = counts.reduce((s, c) => s + c, 0);
  let below = 0;
  for (let u = 0; u <= n * m; u++) {
    below += counts[smallest + u] as number;
    if (below / total > alpha / 2) return u;
  }
  return 0;
}

function exactP(ranks: Int32Array, chosen: number, distance: number): number {
  // The complement of a choice is as far from its own expectation: count the smaller side.
  const size = Math.min(chosen, ranks.length - chosen);
  const unit = commonDivisor(ranks);
  const reduced = ranks.map((rank) => rank / unit);
  const counts = rankSumCounts(reduced, size);
  const centre = size * sum(reduced);
  let far = 0;
  let total = 0;
  counts.forEach((count, total_) => {
    total += count;
    if (Math.abs(ranks.length * total_ - centre) * unit >= distance) far += count;
  });
  return Math.min(1, far / total);
}

function seededP(ranks: Int32Array, chosen: number, distance: number, random: Random): number {
  const drawn = ranks.slice();
  const centre = chosen * sum(ranks);
  let hits = 0;
  for (let draw = 0; draw < SEEDED; draw++) {
    let total = 0;
    for (let i = 0; i < chosen; i++) {
      const j = i + random.below(drawn.length - i);
      const held = drawn[i] as number;
      drawn[i] = drawn[j] as number;
      drawn[j] = held;
      total += drawn[i] as number;
    }
    if (Math.abs(ranks.length * total - centre) >= distance) hits++;
  }
  return (hits + 1) / (SEEDED + 1);
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
