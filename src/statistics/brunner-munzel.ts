/**
 * Two samples without blocks whose sizes or spreads differ: Brunner-Munzel's statistic, studentised, under random relabelling
 * (Brunner and Munzel 2000; Neubert and Brunner 2007).
 *
 * Serves: imports where the rank-sum test would mistake a difference of spread for one of place. Null: P(X < Y) + P(X = Y)/2 = 1/2,
 * with spreads free; asymptotically of the right size there, and exact where both sides are exchangeable.
 *
 * Formula: R the pooled midranks, r the midranks within a side; s_x^2 the variance of R - r among the baseline's, s_y^2 among the
 * candidate's; t = n m (mean R_y - mean R_x) / ((n + m) sqrt(n s_x^2 + m s_y^2)); p = (hits + 1) / (DRAWS + 1) over random relabellings
 * of the pooled ranks. Complete separation has spread 0: its statistic is infinite, no other is larger, and p is finite all the same.
 * Smallest reachable p: 1 / (DRAWS + 1), or 2 / C(n + m, n) if that is larger.
 */
import { seededRandom } from '../model/random.ts';
import type { Estimated } from './blocked.ts';
import { agree, invert } from './inversion.ts';
import { effect, effectOrder, hodgesLehmann, type Pairwise, type Scale } from './pairwise.ts';
import type { RankSum, TwoSamples } from './rank-sum.ts';
import { doubledMidranks } from './ranks.ts';

/** Relabellings: p within .005 of its limit (95 %) around .05. */
export const DRAWS = 1_999;

/** Below this many boots on a side their spread is too poorly known to divide by. */
const FEWEST = 5;

/** Sizes more unlike than this, or spreads (median absolute deviations), call for this test. */
const SIZES_DIFFER = 1.5;
const SPREADS_DIFFER = 3;
/** A ratio of spreads from fewer boots than this is noise. */
const SPREAD_FROM = 10;

/** Decided by sizes and spreads, never by p. */
export function callsForBrunnerMunzel(
  { before, after }: TwoSamples,
  spread: (values: Float64Array) => number,
): boolean {
  const fewer = Math.min(before.length, after.length);
  if (fewer < FEWEST) return false;
  if (Math.max(before.length, after.length) >= SIZES_DIFFER * fewer) return true;
  if (fewer < SPREAD_FROM) return false;
  const spreads = [spread(before), spread(after)].sort((a, b) => a - b);
  return (spreads[0] ?? 0) > 0 && (spreads[1] ?? 0) >= SPREADS_DIFFER * (spreads[0] ?? 0);
}

/** The statistic: positive when the candidate is slower; infinite on complete separation, 0 when nothing differs. */
export function brunnerMunzel(before: ArrayLike<number>, after: ArrayLike<number>): number {
  const pooled = new Float64Array(before.length + after.length);
  pooled.set(Array.from(before), 0);
  pooled.set(Array.from(after), before.length);
  return statistic(doubledMidranks(pooled), before.length);
}

export function brunnerMunzelTest(samples: TwoSamples, seed: number): RankSum {
  const pooled = new Float64Array(samples.before.length + samples.after.length);
  pooled.set(samples.before, 0);
  pooled.set(samples.after, samples.before.length);
  const ranks = doubledMidranks(pooled);
  return {
    p: relabelledP(ranks, samples.before.length, seed),
    direction: Math.sign(statistic(ranks, samples.before.length)),
    exact: false,
  };
}

/** Estimate and intervals by inversion, for each alpha: the same relabellings at every shift. */
export function brunnerMunzelEstimates(
  samples: TwoSamples,
  scale: Scale,
  alphas: readonly number[],
  test: RankSum,
  seed: number,
): Estimated[] {
  const pairs: Pairwise = { before: samples.before.slice().sort(), after: samples.after.slice().sort(), scale };
  const order = effectOrder(pairs);
  const estimate = hodgesLehmann(order, scale);
  const n = pairs.before.length;
  const m = pairs.after.length;
  return alphas.map((alpha) => {
    const pAt = (bound: number) => relabelledP(shiftedRanks(pairs, bound), n, seed);
    const bounds = invert(order, pAt, alpha, Math.sqrt((n * m * (n + m + 1)) / 12));
    return agree(scale, bounds, estimate, test.p <= alpha, test.direction);
  });
}

function relabelledP(ranks: Int32Array, n: number, seed: number): number {
  const random = seededRandom(seed);
  const seen = Math.abs(statistic(ranks, n));
  const drawn = ranks.slice();
  let hits = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    for (let i = 0; i < n; i++) {
      const j = i + random.below(drawn.length - i);
      const held = drawn[i] as number;
      drawn[i] = drawn[j] as number;
      drawn[j] = held;
    }
    // Sums of squares in another order differ in the last bits.
    if (Math.abs(statistic(drawn, n)) >= seen * (1 - 1e-12)) hits++;
  }
  return (hits + 1) / (DRAWS + 1);
}

/** From doubled pooled ranks, the first n of them the baseline's. */
function statistic(ranks: Int32Array, n: number): number {
  const m = ranks.length - n;
  const x = ranks.slice(0, n).sort();
  const y = ranks.slice(n).sort();
  const means = [mean(x), mean(y)] as const;
  const spreadX = placementSpread(x, means[0]);
  const spreadY = placementSpread(y, means[1]);
  const difference = (means[1] - means[0]) / 2;
  if (difference === 0) return 0;
  const variance = n * spreadX + m * spreadY;
  return variance <= 0
    ? Math.sign(difference) * Number.POSITIVE_INFINITY
    : (n * m * difference) / ((n + m) * Math.sqrt(variance));
}

/** Variance of pooled rank minus own rank: how far a boot's place depends on the other side. `side` is sorted and doubled. */
function placementSpread(side: Int32Array, sideMean: number): number {
  const size = side.length;
  let sum = 0;
  for (let start = 0; start < size; ) {
    let end = start + 1;
    while (end < size && side[end] === side[start]) end++;
    const own = start + 1 + end;
    const deviation = ((side[start] as number) - own - sideMean + size + 1) / 2;
    sum += (end - start) * deviation * deviation;
    start = end;
  }
  return sum / (size - 1);
}

/** Doubled pooled midranks when the candidate is shifted by just more than `bound`; both sides sorted. */
function shiftedRanks({ before, after, scale }: Pairwise, bound: number): Int32Array {
  const n = before.length;
  const ranks = new Int32Array(n + after.length);
  ranks.set(doubledMidranks(before), 0);
  ranks.set(doubledMidranks(after), n);
  let j = 0;
  for (let i = 0; i < n; i++) {
    for (; j < after.length && effect(scale, before[i] as number, after[j] as number) <= bound; j++)
      ranks[n + j] = (ranks[n + j] as number) + 2 * i;
    ranks[i] = (ranks[i] as number) + 2 * j;
  }
  for (; j < after.length; j++) ranks[n + j] = (ranks[n + j] as number) + 2 * n;
  return ranks;
}

function mean(values: Int32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}
