/**
 * One metric of one candidate against the baseline: p, estimates and intervals, before the correction for families.
 *
 * The design of the run chooses the method, never the resulting p. With blocks: flips within blocks (`block-flip.ts`). Without:
 * permutation of midranks (`rank-sum.ts`).
 */
import { medianAbsoluteDeviation } from 'simple-statistics';
import type { Interval, TimeInterval } from '../../model/comparison.ts';
import { usOrNull } from '../../model/units.ts';
import type { Scale } from '../intervals/pairwise.ts';
import { rounded, roundedOrNull } from '../numbers/rounding.ts';
import type { Arrangement } from '../observations.ts';
import { EXACT_BLOCKS, flipP, smallestFlipP } from './block-flip.ts';
import { type BlockValues, blockedEstimates, type Estimated, rankDifferences } from './blocked.ts';
import {
  brunnerMunzelEstimates,
  brunnerMunzelTest,
  callsForBrunnerMunzel,
  DRAWS,
  type StudentisedNulls,
  studentisedNulls,
} from './brunner-munzel.ts';
import { type RankSumNulls, rankSumEstimates, rankSumNulls, rankSumTest, SEEDED, type TwoSamples } from './rank-sum.ts';

/** Levels of the two kinds of claim: a difference (two-sided) and equivalence (one-sided). */
export interface Levels {
  readonly alpha: number;
  readonly equivalenceAlpha: number;
}

export interface MetricTest {
  /** Blocks, or boots of the smaller side. */
  readonly size: number;
  readonly p: number | null;
  /** 1 slower, -1 faster, 0 neither: the sign of the test statistic. */
  readonly direction: number;
  readonly smallestP: number;
  readonly ratio: Interval | null;
  readonly differenceUs: TimeInterval;
  readonly equivalence: Interval | null;
  /** The equivalence interval in time, where there is no ratio. */
  readonly equivalenceUs: Interval | null;
  /** Rank differences per block, for joint distributions; blocked only. */
  readonly differences?: Int32Array;
  readonly method: string;
}

/** A picosecond: a smaller value is no time, and its ratios would leave the range of a double. */
const LEAST_US = 1e-6;

/** Distributions that depend only on the sizes of two samples; computed on first use. */
export interface Nulls {
  readonly rankSum: RankSumNulls;
  readonly studentised: StudentisedNulls;
}

export const nullDistributions = (seed: number): Nulls => ({
  rankSum: rankSumNulls(seed),
  studentised: studentisedNulls(seed),
});

export function testMetric(arrangement: Arrangement, levels: Levels, nulls: Nulls): MetricTest {
  const { before, after } = arrangement;
  if (before.length === 0 || after.length === 0) return untested(levels);
  const positive = before.every((value) => value >= LEAST_US) && after.every((value) => value >= LEAST_US);
  return arrangement.kind === 'blocked'
    ? testBlocked(arrangement, positive, levels)
    : testUnblocked(arrangement, positive, levels, nulls);
}

function testBlocked(values: BlockValues, positive: boolean, levels: Levels): MetricTest {
  const differences = rankDifferences(values);
  const size = differences.length;
  const estimated = (scale: Scale, alphas: readonly number[]) => blockedEstimates(values, scale, alphas);
  return {
    size,
    p: rounded(flipP(differences)),
    direction: Math.sign(differences.reduce((total, d) => total + d, 0)),
    smallestP: smallestFlipP(size),
    differences,
    ...intervals(estimated, positive, levels),
    method: `within-block flips of pooled midranks, ${size <= EXACT_BLOCKS ? 'exact' : 'saddlepoint'}`,
  };
}

function testUnblocked(values: TwoSamples, positive: boolean, levels: Levels, nulls: Nulls): MetricTest {
  const spread = (side: Float64Array) => medianAbsoluteDeviation(Array.from(side));
  const studentised = callsForBrunnerMunzel(values, spread);
  const test = studentised ? brunnerMunzelTest(values, nulls.studentised) : rankSumTest(values, nulls.rankSum);
  const estimated = (scale: Scale, alphas: readonly number[]) =>
    studentised
      ? brunnerMunzelEstimates(values, scale, alphas, test, nulls.studentised)
      : rankSumEstimates(values, scale, alphas, test, nulls.rankSum);
  return {
    size: Math.min(values.before.length, values.after.length),
    p: rounded(test.p),
    direction: test.direction,
    smallestP: smallestRankSumP(values.before.length, values.after.length),
    ...intervals(estimated, positive, levels),
    method: studentised
      ? `Brunner-Munzel, studentised permutation, ${test.exact ? 'exact' : `${DRAWS} seeded draws`}`
      : `permutation of pooled midranks, ${test.exact ? 'exact' : `${SEEDED} seeded draws`}`,
  };
}

type Estimator = (scale: Scale, alphas: readonly number[]) => Estimated[];

/** In ratios if every value is above 0; the equivalence interval exists only on the scale that decides equivalence. */
function intervals(estimates: Estimator, positive: boolean, { alpha, equivalenceAlpha }: Levels) {
  const made = (scale: Scale, alphas: readonly number[]): (Interval | null)[] =>
    estimates(scale, alphas).map((estimated, i) => interval(estimated, 1 - (alphas[i] ?? alpha)));
  const both = [alpha, 2 * equivalenceAlpha];
  const [ratio = null, equivalence = null] = positive ? made('ratio', both) : [];
  const [differenceUs, equivalenceUs = null] = made('difference', positive ? [alpha] : both);
  return { ratio, differenceUs: inTime(differenceUs ?? unknown(alpha)), equivalence, equivalenceUs };
}

const inTime = ({ estimate, low, high, confidence }: Interval): TimeInterval => ({
  estimate: usOrNull(estimate),
  low: usOrNull(low),
  high: usOrNull(high),
  confidence,
});

const unknown = (alpha: number): Interval => ({
  estimate: null,
  low: null,
  high: null,
  confidence: rounded(1 - alpha),
});

function interval({ estimate, low, high }: Estimated, confidence: number): Interval {
  return {
    estimate: rounded(estimate),
    low: roundedOrNull(low),
    high: roundedOrNull(high),
    confidence: rounded(confidence),
  };
}

function untested({ alpha, equivalenceAlpha }: Levels): MetricTest {
  return {
    size: 0,
    p: null,
    direction: 0,
    smallestP: 1,
    ratio: null,
    differenceUs: inTime(unknown(alpha)),
    equivalence: null,
    equivalenceUs: unknown(2 * equivalenceAlpha),
    method: 'none: nothing to compare',
  };
}

/** 2 / C(n + m, n), at most 1, and no less than a seeded test can reach. */
function smallestRankSumP(n: number, m: number): number {
  let choices = 1;
  for (let i = 1; i <= Math.min(n, m) && choices < 1e9; i++) choices = (choices * (n + m - i + 1)) / i;
  return Math.min(1, 2 / choices);
}
