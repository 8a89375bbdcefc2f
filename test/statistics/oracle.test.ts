/** Checks every number of the reference file against the method that claims to compute it, ours or a rival's. */
import { medianAbsoluteDeviation, quantileSorted } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/model/random.ts';
import { benjaminiHochberg, holm } from '../../src/statistics/families/adjust.ts';
import { effectOrder, hodgesLehmann, type Scale } from '../../src/statistics/intervals/pairwise.ts';
import { studentTail } from '../../src/statistics/numbers/gamma.ts';
import { normalQuantile, normalTail } from '../../src/statistics/numbers/normal.ts';
import { boundaries, type Spending } from '../../src/statistics/planning/sequential.ts';
import { flipP } from '../../src/statistics/tests/block-flip.ts';
import { rankDifferences } from '../../src/statistics/tests/blocked.ts';
import { brunnerMunzel } from '../../src/statistics/tests/brunner-munzel.ts';
import { boundRank, rankSumNulls, rankSumTest } from '../../src/statistics/tests/rank-sum.ts';
import {
  benjaminiYekutieliFactor,
  bonferroni,
  bootstrap,
  brunnerMunzelDegrees,
  enumeratedFlips,
  kolmogorovSmirnov,
  mannWhitney,
  medianOfSorted,
  medianPermutation,
  pseudomedian,
  signedRank,
  welch,
} from '../benchmarks/rivals.ts';
import { oracle } from './oracle.ts';

const nulls = rankSumNulls(1);

const EXACT = 1e-9;
const ASYMPTOTIC = 1e-7;

const close = (actual: number, expected: number, relative = EXACT) =>
  expect(Math.abs(actual - expected), `${actual} is not ${expected}`).toBeLessThanOrEqual(
    relative * Math.max(1, Math.abs(expected)),
  );

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);

const orderOf = (x: readonly number[], y: readonly number[], scale: Scale) =>
  effectOrder({ before: Float64Array.from(x).sort(), after: Float64Array.from(y).sort(), scale });

describe.each(oracle.cases)('reference pair $name', (reference) => {
  const { x, y, n, m } = reference;
  const sides = { before: Float64Array.from(x), after: Float64Array.from(y) };

  it('has the reference description', () => {
    for (const [values, side] of [
      [x, 'x'],
      [y, 'y'],
    ] as const) {
      close(medianOfSorted(ascending(values)), reference.medians[side]);
      close(medianAbsoluteDeviation([...values]), reference.mad[side]);
      reference.quantiles_type7.probs.forEach((probability, i) => {
        close(quantileSorted(ascending(values), probability), reference.quantiles_type7[side][i] ?? Number.NaN);
      });
    }
    close(reference.medians.y - reference.medians.x, reference.medians.difference);
  });

  it('has the reference permutation p, and the asymptotic one', () => {
    const ours = rankSumTest(sides, nulls);
    if (reference.mwu.p_exact_conditional !== null) close(ours.p, reference.mwu.p_exact_conditional);
    else if (!reference.has_ties) close(ours.p, reference.mwu.p_exact_scipy);
    const normal = mannWhitney(x, y);
    close(normal.u, reference.mwu.U_x);
    close(1 - normal.u / (n * m), reference.mwu.prob_superiority_y_gt_x);
    close(normal.p, reference.mwu.p_asymptotic, ASYMPTOTIC);
    if (reference.mwu.p_less !== 1 || reference.mwu.p_greater !== 1) {
      close(normal.less, reference.mwu.p_less, ASYMPTOTIC);
      close(normal.greater, reference.mwu.p_greater, ASYMPTOTIC);
    }
    if (reference.R_wilcox_y_x?.method === 'exact') close(ours.p, reference.R_wilcox_y_x.p);
  });

  it('has the reference estimate and order-statistic intervals', () => {
    const order = orderOf(x, y, 'difference');
    close(hodgesLehmann(order, 'difference'), reference.hl.shift);
    for (const [alpha, expected] of [
      [0.05, reference.hl.ci95],
      [0.1, reference.hl.ci90],
      [0.01, reference.hl.ci99],
    ] as const) {
      const k = boundRank(n, m, alpha, nulls);
      // 3 against 3 give exactly .1; the reference's sum is one bit above. Ours agrees with p <= alpha.
      expect(k).toBe(n === 3 && m === 3 && alpha === 0.1 ? 1 : expected.k);
      if (expected.lower === null || expected.upper === null) continue;
      close(order.at(k), expected.lower);
      close(order.at(n * m - k + 1), expected.upper);
    }
    if (!reference.hl_ratio) return;
    const ratios = orderOf(x, y, 'ratio');
    close(hodgesLehmann(ratios, 'ratio'), reference.hl_ratio.ratio);
    const k = boundRank(n, m, 0.05, nulls);
    if (reference.hl_ratio.lower !== null) close(ratios.at(k), reference.hl_ratio.lower);
    if (reference.hl_ratio.upper !== null) close(ratios.at(n * m - k + 1), reference.hl_ratio.upper);
  });

  // Not every pair has one.
  const { block_flip: flips, perm_median_exact: medians } = reference;
  if (flips)
    it('has the reference flips within blocks', () => {
      const differences = rankDifferences(sides);
      close(differences.reduce((total, d) => total + d, 0) / 2, flips.pooled_midrank_stat);
      close(flipP(differences), flips.p_pooled_midrank);
      close(enumeratedFlips(x.map((value, i) => (y[i] ?? 0) - value)), flips.p_mean_difference);
    });

  it('has the reference Brunner-Munzel statistic, infinite on separation and 0 if nothing varies', () => {
    const { statistic, p } = reference.brunnermunzel;
    if (statistic === 'Infinity') expect(brunnerMunzel(x, y)).toBe(Number.POSITIVE_INFINITY);
    if (typeof statistic !== 'number' || typeof p !== 'number') return;
    close(brunnerMunzel(x, y), statistic);
    close(statistic === 0 ? 1 : 2 * studentTail(Math.abs(statistic), brunnerMunzelDegrees(x, y)), p, ASYMPTOTIC);
  });

  it('has the reference values of the rival methods', () => {
    const { t, p } = reference.welch;
    if (typeof t === 'number' && typeof p === 'number') {
      const ours = welch(x, y);
      close(ours.t, t);
      close(ours.degrees, reference.welch.df);
      close(ours.p, p, ASYMPTOTIC);
      reference.welch.ci95_x_minus_y.forEach((bound, i) => {
        close(ours.interval[i] ?? Number.NaN, Number(bound), ASYMPTOTIC);
      });
    }
    const distances = kolmogorovSmirnov(x, y);
    close(distances.distance, reference.ks.D);
    close(distances.p, reference.ks.p_exact);
    if (reference.paired_wilcoxon) {
      const pairs = signedRank(x, y, reference.paired_wilcoxon.method === 'exact');
      close(pairs.statistic, reference.paired_wilcoxon.statistic);
      close(pairs.p, reference.paired_wilcoxon.p, reference.paired_wilcoxon.method === 'exact' ? EXACT : ASYMPTOTIC);
      close(pseudomedian(x, y), reference.paired_wilcoxon.pseudomedian_walsh);
    }
  });

  if (medians)
    it('has the reference permutation of medians', () => {
      const ours = medianPermutation(x, y);
      close(ours.statistic, medians.statistic ?? Number.NaN);
      close(ours.p, medians.p ?? Number.NaN);
    });
});

it.each(oracle.p_adjust)('adjusts p like the reference: $name', (reference) => {
  const expectAll = (actual: readonly number[], expected: readonly number[]) =>
    expected.forEach((value, i) => {
      close(actual[i] ?? Number.NaN, value);
    });
  expectAll(holm(reference.p), reference.holm);
  expectAll(benjaminiHochberg(reference.p), reference.bh);
  expectAll(bonferroni(reference.p), reference.bonferroni);
  // Benjamini-Yekutieli is Benjamini-Hochberg of p times a constant.
  const factor = benjaminiYekutieliFactor(reference.p.length);
  expectAll(benjaminiHochberg(reference.p.map((p) => p * factor)), reference.by);
});

it.each(Object.entries(oracle.group_sequential_bounds.bounds))('has the reference boundaries: %s', (name, expected) => {
  const alpha = Number(/alpha=([\d.]+)/.exec(name)?.[1]);
  const shares = expected.map((_, i) => (i + 1) / expected.length);
  const pocock: Spending = (share, side) => side * Math.log(1 + (Math.E - 1) * share);
  const obrienFleming: Spending = (share, side) =>
    share >= 1 ? side : 2 * normalTail(normalQuantile(1 - side / 2) / Math.sqrt(share));
  const onTotal: Spending = (share, side) => obrienFleming(share, 2 * side) / 2;
  const spending = name.startsWith('LD-OBF') ? obrienFleming : name.startsWith('LD-Pocock') ? pocock : onTotal;
  boundaries(shares, alpha, spending).forEach((z, i) => {
    // The reference has four decimals.
    expect(Math.abs(z - (expected[i] ?? Number.NaN))).toBeLessThan(1.01e-4);
  });
});

it.each(oracle.bootstrap)('has the reference bootstrap intervals: $case', (reference) => {
  const pair = oracle.cases.find(({ name }) => name === reference.case);
  const z = { quantile: normalQuantile, below: (x: number) => normalTail(-x) };
  const medians = (x: number[], y: number[]) => medianOfSorted(ascending(y)) - medianOfSorted(ascending(x));
  const means = (x: number[], y: number[]) =>
    y.reduce((s, v) => s + v, 0) / y.length - x.reduce((s, v) => s + v, 0) / x.length;
  const ofMedians = bootstrap(pair?.x ?? [], pair?.y ?? [], medians, 20_000, seededRandom(1), z);
  const ofMeans = bootstrap(pair?.x ?? [], pair?.y ?? [], means, 20_000, seededRandom(1), z);
  const within = (actual: readonly [number, number], expected: readonly [number, number]) =>
    expected.forEach((bound, i) => {
      expect(Math.abs((actual[i] ?? Number.NaN) - bound)).toBeLessThan(0.05 * (expected[1] - expected[0]));
    });
  within(ofMedians.percentile, reference.median_diff.percentile95);
  within(ofMedians.bca, reference.median_diff.bca95);
  within(ofMeans.bca, reference.mean_diff_bca95);
});
