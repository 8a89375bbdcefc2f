/**
 * Two samples without blocks whose sizes or spreads differ: Brunner-Munzel's statistic, studentised, under random relabelling
 * (Brunner and Munzel 2000; Neubert and Brunner 2007).
 *
 * Serves: imports where the rank-sum test would mistake a difference in spread for a difference in location. Null: P(X < Y) + P(X = Y)/2
 * = 1/2, with any spreads. Under it the size of the test is asymptotically right, and exact if both sides are exchangeable.
 *
 * Formula: R the pooled midranks, r the midranks within a side; s_x^2 the variance of R - r among the baseline's, s_y^2 among the
 * candidate's; t = n m (mean R_y - mean R_x) / ((n + m) sqrt(n s_x^2 + m s_y^2)). Up to ENUMERATED relabellings of the pooled ranks,
 * p = hits / C(n + m, n) over all of them; else p = (hits + 1) / (DRAWS + 1) over random ones. Complete separation has spread 0, so
 * its statistic is infinite. No other is larger, and p is still valid.
 * Smallest reachable p: 2 / C(n + m, n), or 1 / (DRAWS + 1) where that is larger.
 */
import { type Random, seededRandom } from '../../model/random.ts';
import { agree, invert } from '../intervals/inversion.ts';
import { effect, effectOrder, hodgesLehmann, type Pairwise, type Scale } from '../intervals/pairwise.ts';
import { bySizes } from '../numbers/memo.ts';
import { ascending, doubledMidranks } from '../numbers/ranks.ts';
import { rounded } from '../numbers/rounding.ts';
import type { Estimated } from './blocked.ts';
import type { RankSum, TwoSamples } from './rank-sum.ts';

/** All relabellings of 7 boots against 10 take 10 ms. */
const ENUMERATED = 20_000;

/** Random relabellings: p within .005 of its limit (95 %) around .05. */
export const DRAWS = 1_999;

/** Fewer boots on a side give too poor an estimate of the spread to divide by. */
const FEWEST = 5;

/** A larger ratio of sizes, or of spreads (median absolute deviations), calls for this test. */
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
  return statisticOf(arrangedBy(pooledRanks(before, after), before.length));
}

/** Ascending absolute statistics under other labels: all of them, or random ones. */
interface Relabelled {
  readonly statistics: Float64Array;
  readonly exact: boolean;
}

/** Without ties the distribution depends on the sizes alone. */
export interface StudentisedNulls {
  readonly seed: number;
  readonly of: (n: number, m: number) => Relabelled;
}

export function studentisedNulls(seed: number): StudentisedNulls {
  const untied = (n: number, m: number) => Int32Array.from({ length: n + m }, (_, i) => i + 1);
  return { seed, of: bySizes((n, m) => relabelled(arrangedBy(untied(n, m), n), seed)) };
}

export function brunnerMunzelTest({ before, after }: TwoSamples, nulls: StudentisedNulls): RankSum {
  const arranged = arrangedBy(pooledRanks(before, after), before.length);
  const untied = new Set(arranged.ranks).size === arranged.ranks.length;
  const drawn = untied ? nulls.of(before.length, after.length) : relabelled(arranged, nulls.seed);
  const statistic = statisticOf(arranged);
  return {
    p: rounded(shareBeyond(drawn, Math.abs(statistic))),
    direction: Math.sign(statistic),
    exact: drawn.exact,
  };
}

/**
 * Estimate and intervals by inversion, for each alpha. A shift between two pairwise effects ties no boots of different sides, so the
 * null distribution without ties is right for all of these shifts.
 */
export function brunnerMunzelEstimates(
  samples: TwoSamples,
  scale: Scale,
  alphas: readonly number[],
  test: RankSum,
  nulls: StudentisedNulls,
): Estimated[] {
  const pairs: Pairwise = { before: samples.before.slice().sort(), after: samples.after.slice().sort(), scale };
  const order = effectOrder(pairs);
  const estimate = hodgesLehmann(order, scale);
  const n = pairs.before.length;
  const m = pairs.after.length;
  const drawn = nulls.of(n, m);
  const pAt = (bound: number) => shareBeyond(drawn, Math.abs(statisticOf(arrangedBy(shiftedRanks(pairs, bound), n))));
  return alphas.map((alpha) => {
    const bounds = invert(order, pAt, alpha, Math.sqrt((n * m * (n + m + 1)) / 12));
    return agree(scale, bounds, estimate, test.p <= alpha, test.direction);
  });
}

/** Share of statistics at least as large; random draws add one hit. A statistic that differs only in its last bits is a hit. */
function shareBeyond({ statistics, exact }: Relabelled, seen: number): number {
  const limit = seen * (1 - 1e-12);
  let low = 0;
  let high = statistics.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((statistics[middle] as number) >= limit) high = middle;
    else low = middle + 1;
  }
  const hits = statistics.length - low;
  return exact ? hits / statistics.length : (hits + 1) / (statistics.length + 1);
}

function pooledRanks(before: ArrayLike<number>, after: ArrayLike<number>): Int32Array {
  const pooled = new Float64Array(before.length + after.length);
  pooled.set(before, 0);
  pooled.set(after, before.length);
  return doubledMidranks(pooled);
}

/** Boots in ascending order, with the midrank of each place and the places of the candidate's boots. */
interface Arranged {
  /** Doubled midrank of each place. */
  readonly ranks: Int32Array;
  /** 1 where the boot at that place is the candidate's. */
  readonly labels: Uint8Array;
}

function arrangedBy(ranks: Int32Array, n: number): Arranged {
  const order = ascending(ranks);
  return {
    ranks: Int32Array.from(order, (i) => ranks[i] as number),
    labels: Uint8Array.from(order, (i) => (i < n ? 0 : 1)),
  };
}

/** Statistics under other labels, with one walk per relabelling. */
function relabelled({ ranks, labels }: Arranged, seed: number): Relabelled {
  const statistic = (changed: Uint8Array) => Math.abs(statisticOf({ ranks, labels: changed }));
  const count = choices(
    labels.length,
    labels.reduce((sum, label) => sum + label, 0),
  );
  if (count > ENUMERATED) {
    const random = seededRandom(seed);
    const shuffled = labels.slice();
    const drawn = Float64Array.from({ length: DRAWS }, () => statistic(shuffle(shuffled, random)));
    return { statistics: drawn.sort(), exact: false };
  }
  const each = labels.slice().sort();
  const all = Float64Array.from({ length: count }, (_, i) => statistic(i === 0 ? each : nextOrder(each)));
  return { statistics: all.sort(), exact: true };
}

function shuffle(labels: Uint8Array, random: Random): Uint8Array {
  for (let i = labels.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = labels[i] as number;
    labels[i] = labels[j] as number;
    labels[j] = held;
  }
  return labels;
}

/** The next arrangement of zeros and ones in lexicographic order: the last 01 becomes 10, and the ones behind it go to the end. */
function nextOrder(labels: Uint8Array): Uint8Array {
  let ones = 0;
  for (let i = labels.length - 2; i >= 0; i--) {
    ones += labels[i + 1] as number;
    if (labels[i] === 1 || labels[i + 1] === 0) continue;
    labels[i] = 1;
    labels.fill(0, i + 1);
    labels.fill(1, labels.length - (ones - 1));
    break;
  }
  return labels;
}

/** Number of ways to choose m of n; counting stops once there are too many. */
function choices(n: number, m: number): number {
  let count = 1;
  for (let i = 1; i <= Math.min(m, n - m) && count <= ENUMERATED; i++) count = (count * (n - i + 1)) / i;
  return count;
}

/**
 * Pooled rank minus own rank is the boot's placement (midrank) among the other side. The statistic only needs the means and variances
 * of these placements; one walk gives both. Doubled placements are whole numbers, so the sums are exact.
 */
function statisticOf({ ranks, labels }: Arranged): number {
  const size = ranks.length;
  let [n, m, sumX, sumY, squaresX, squaresY] = [0, 0, 0, 0, 0, 0];
  for (let start = 0; start < size; ) {
    let end = start;
    let candidates = 0;
    for (; end < size && ranks[end] === ranks[start]; end++) candidates += labels[end] as number;
    const baselines = end - start - candidates;
    // Doubled placement of each tied boot among the other side: the boots before count in full, the tied ones half.
    const placeX = 2 * m + candidates;
    const placeY = 2 * n + baselines;
    sumX += baselines * placeX;
    sumY += candidates * placeY;
    squaresX += baselines * placeX * placeX;
    squaresY += candidates * placeY * placeY;
    n += baselines;
    m += candidates;
    start = end;
  }
  // mean R_y - mean R_x = (N / 2) (share of pairs the candidate is slower in - share it is faster in).
  const difference = ((n + m) * (sumY - sumX)) / (4 * n * m);
  if (difference === 0) return 0;
  const variance = (n * spread(squaresX, sumX, n) + m * spread(squaresY, sumY, m)) / 4;
  if (variance <= 0) return Math.sign(difference) * Number.POSITIVE_INFINITY;
  return (n * m * difference) / ((n + m) * Math.sqrt(variance));
}

/** Sample variance from whole sums: n times the sum of squares minus the square of the sum is exact far beyond any run's size. */
const spread = (squares: number, sum: number, n: number): number => (n * squares - sum * sum) / (n * (n - 1));

/** Doubled pooled midranks after a shift of the candidate just above `bound`; both sides in ascending order. */
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
