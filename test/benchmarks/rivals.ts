/**
 * Correct implementations of other tools' methods, for comparison with the design, and our general-purpose forms. Not part of the
 * program. Tests check all of them against the reference values of test/fixtures/statistics.
 */
import type { Random } from '../../src/model/random.ts';
import { studentTail } from '../../src/statistics/numbers/gamma.ts';
import { normalTail } from '../../src/statistics/numbers/normal.ts';
import { doubledMidranks } from '../../src/statistics/numbers/ranks.ts';
import { studentQuantile } from '../../src/statistics/numbers/student.ts';

type Values = ArrayLike<number>;

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};
const mean = (values: Values): number => sum(Array.from(values)) / values.length;
const variance = (values: Values): number => {
  const m = mean(values);
  return sum(Array.from(values, (value) => (value - m) ** 2)) / (values.length - 1);
};

/** Mann-Whitney as benchstat and SciPy use it: normal, tie-corrected variance, continuity correction; no blocks. */
export function mannWhitney(x: Values, y: Values): { u: number; p: number; less: number; greater: number } {
  const n = x.length;
  const m = y.length;
  const ranks = doubledMidranks([...Array.from(x), ...Array.from(y)]);
  const rankSum = sum(ranks.subarray(0, n)) / 2;
  const u = rankSum - (n * (n + 1)) / 2;
  const ties = new Map<number, number>();
  for (const rank of ranks) ties.set(rank, (ties.get(rank) ?? 0) + 1);
  const total = n + m;
  const tied = sum(Array.from(ties.values(), (t) => t ** 3 - t));
  const spread = Math.sqrt(((n * m) / 12) * (total + 1 - tied / (total * (total - 1))));
  if (spread === 0) return { u, p: 1, less: 1, greater: 1 };
  const tail = (value: number) => normalTail((value - (n * m) / 2 - 0.5) / spread);
  return { u, p: Math.min(1, 2 * tail(Math.max(u, n * m - u))), less: tail(n * m - u), greater: tail(u) };
}

export function welch(x: Values, y: Values) {
  const [a, b] = [variance(x) / x.length, variance(y) / y.length];
  const t = (mean(x) - mean(y)) / Math.sqrt(a + b);
  const degrees = (a + b) ** 2 / (a ** 2 / (x.length - 1) + b ** 2 / (y.length - 1));
  const half = studentQuantile(0.025, degrees) * Math.sqrt(a + b);
  const difference = mean(x) - mean(y);
  return {
    t,
    degrees,
    p: 2 * studentTail(Math.abs(t), degrees),
    interval: [difference - half, difference + half] as const,
  };
}

/** Wilcoxon's signed ranks of pairs: exact without ties or zeros, else normal with the tie correction. */
export function signedRank(x: Values, y: Values, exact: boolean): { statistic: number; p: number } {
  const differences = Array.from(x, (value, i) => (y[i] as number) - value).filter((d) => d !== 0);
  const ranks = doubledMidranks(differences.map(Math.abs)).map((rank) => rank);
  const positive = sum(ranks.filter((_, i) => (differences[i] as number) > 0)) / 2;
  const all = sum(ranks) / 2;
  const statistic = Math.min(positive, all - positive);
  if (!exact) {
    const spread = Math.sqrt(sum(ranks.map((rank) => rank ** 2)) / 16);
    return { statistic, p: 2 * normalTail((all / 2 - statistic) / spread) };
  }
  let counts = [1];
  for (const rank of ranks.map((r) => r / 2))
    counts = Array.from({ length: counts.length + rank }, (_, w) => (counts[w] ?? 0) + (counts[w - rank] ?? 0));
  return { statistic, p: Math.min(1, (2 * sum(counts.slice(0, statistic + 1))) / 2 ** ranks.length) };
}

/** Median of the Walsh averages of the pairs' differences. */
export function pseudomedian(x: Values, y: Values): number {
  const d = Array.from(x, (value, i) => (y[i] as number) - value);
  const walsh = d.flatMap((a, i) => d.slice(i).map((b) => (a + b) / 2)).sort((a, b) => a - b);
  return medianOfSorted(walsh);
}

/** Asymptotic Brunner-Munzel p (t distribution), given its statistic; SciPy calls this `distribution="t"`. */
export function brunnerMunzelDegrees(x: Values, y: Values): number {
  const pooled = doubledMidranks([...Array.from(x), ...Array.from(y)]);
  const spread = (ranks: Int32Array, own: Int32Array) =>
    variance(Array.from(ranks, (rank, i) => (rank - (own[i] as number)) / 2));
  const a = x.length * spread(pooled.subarray(0, x.length), doubledMidranks(x));
  const b = y.length * spread(pooled.subarray(x.length), doubledMidranks(y));
  return (a + b) ** 2 / (a ** 2 / (x.length - 1) + b ** 2 / (y.length - 1));
}

/** Two-sample Kolmogorov-Smirnov: distance, and its exact p by counting lattice paths (ties of the data ignored, as SciPy does). */
export function kolmogorovSmirnov(x: Values, y: Values): { distance: number; p: number } {
  const [n, m] = [x.length, y.length];
  const [a, b] = [Array.from(x).sort((p, q) => p - q), Array.from(y).sort((p, q) => p - q)];
  const upTo = (sorted: number[], value: number) => sorted.filter((v) => v <= value).length;
  const steps = Math.max(...[...a, ...b].map((value) => Math.abs(upTo(a, value) * m - upTo(b, value) * n)));
  // Share of paths from (0, 0) to (n, m) that never deviate as far as the observed one.
  let row: number[] = Array.from({ length: m + 1 }, (_, j) => (j * n < steps ? 1 : 0));
  for (let j = 1; j <= m; j++) if (row[j - 1] === 0) row[j] = 0;
  for (let i = 1; i <= n; i++) {
    const next: number[] = [];
    for (let j = 0; j <= m; j++)
      next[j] =
        Math.abs(i * m - j * n) < steps
          ? ((row[j] as number) * i) / (i + j) + (j > 0 ? ((next[j - 1] as number) * j) / (i + j) : 0)
          : 0;
    row = next;
  }
  return { distance: steps / (n * m), p: steps === 0 ? 1 : 1 - (row[m] as number) };
}

/** Difference of medians under all choices, twice the smaller side, as SciPy's `permutation_test` computes it when it enumerates. */
export function medianPermutation(x: Values, y: Values): { statistic: number; p: number } {
  const pooled = [...Array.from(x), ...Array.from(y)].sort((a, b) => a - b);
  const ascending = (values: Values) => Array.from(values).sort((a, b) => a - b);
  const seen = medianOfSorted(ascending(y)) - medianOfSorted(ascending(x));
  let [up, down, all] = [0, 0, 0];
  const slack = 1e-12 * Math.max(1, Math.abs(seen));
  for (const chosen of choices(pooled.length, x.length)) {
    // Choices are ascending positions of ascending values, so both sides come out sorted.
    const taken = new Set(chosen);
    const side = chosen.map((i) => pooled[i] as number);
    const rest = pooled.filter((_, i) => !taken.has(i));
    const value = medianOfSorted(rest) - medianOfSorted(side);
    all++;
    if (value >= seen - slack) up++;
    if (value <= seen + slack) down++;
  }
  return { statistic: seen, p: Math.min(1, (2 * Math.min(up, down)) / all) };
}

function* choices(n: number, k: number): Generator<number[]> {
  const chosen = Array.from({ length: k }, (_, i) => i);
  for (;;) {
    yield chosen;
    let i = k - 1;
    while (i >= 0 && chosen[i] === n - k + i) i--;
    if (i < 0) return;
    chosen[i] = (chosen[i] as number) + 1;
    for (let j = i + 1; j < k; j++) chosen[j] = (chosen[j - 1] as number) + 1;
  }
}

/** Sign flips of differences by plain enumeration: the definition with which the shift algorithm must agree. */
export function enumeratedFlips(differences: Values): number {
  const d = Array.from(differences);
  const seen = Math.abs(sum(d)) * (1 - 1e-12);
  let hits = 0;
  for (let flips = 0; flips < 2 ** d.length; flips++)
    if (Math.abs(sum(d.map((value, b) => ((flips >> b) & 1 ? -value : value)))) >= seen) hits++;
  return hits / 2 ** d.length;
}

/** The same by a general-purpose permutation loop, as a script would do it: `draws` random flips, p = (hits + 1) / (draws + 1). */
export function sampledFlips(differences: Values, draws: number, random: Random): number {
  const seen = Math.abs(sum(Array.from(differences)));
  let hits = 0;
  for (let draw = 0; draw < draws; draw++) {
    let total = 0;
    for (let b = 0; b < differences.length; b++)
      total += random.next() < 0.5 ? (differences[b] as number) : -(differences[b] as number);
    if (Math.abs(total) >= seen) hits++;
  }
  return (hits + 1) / (draws + 1);
}

/** Percentile and bias-corrected accelerated bootstrap intervals (Efron 1987) of a statistic of two samples. */
export function bootstrap(
  x: Values,
  y: Values,
  statistic: (x: number[], y: number[]) => number,
  draws: number,
  random: Random,
  z: Z,
) {
  const [a, b] = [Array.from(x), Array.from(y)];
  const again = (values: number[]) => values.map(() => values[random.below(values.length)] as number);
  const drawn = Array.from({ length: draws }, () => statistic(again(a), again(b))).sort((p, q) => p - q);
  const seen = statistic(a, b);
  const below = (drawn.filter((value) => value < seen).length + drawn.filter((value) => value <= seen).length) / 2;
  const bias = z.quantile(below / draws);
  const without = (values: number[], i: number) => values.filter((_, j) => j !== i);
  const left = [a.map((_, i) => statistic(without(a, i), b)), b.map((_, i) => statistic(a, without(b, i)))];
  let [cubes, squares] = [0, 0];
  for (const side of left) {
    const centre = mean(side);
    for (const value of side) {
      const influence = ((side.length - 1) * (centre - value)) / side.length;
      cubes += influence ** 3;
      squares += influence ** 2;
    }
  }
  const acceleration = cubes / (6 * squares ** 1.5);
  const corrected = (level: number) => {
    const shifted = bias + z.quantile(level);
    return z.below(bias + shifted / (1 - acceleration * shifted));
  };
  const at = (share: number) => drawn[Math.min(draws - 1, Math.floor(share * draws))] as number;
  return { percentile: [at(0.025), at(0.975)] as const, bca: [at(corrected(0.025)), at(corrected(0.975))] as const };
}

interface Z {
  quantile(probability: number): number;
  below(z: number): number;
}

/** Benjamini-Yekutieli and Bonferroni, for the reference values. */
export const benjaminiYekutieliFactor = (tests: number): number =>
  sum(Array.from({ length: tests }, (_, i) => 1 / (i + 1)));
export const bonferroni = (p: readonly number[]): number[] => p.map((value) => Math.min(1, value * p.length));

export function medianOfSorted(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
