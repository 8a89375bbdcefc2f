/**
 * One metric of one candidate against the baseline: p, estimates and intervals, before any family is known.
 *
 * Chooses the method by how the boots were made, never by what p comes out: blocks given - flips within blocks
 * (`block-flip.ts`); none - permutation of midranks (`rank-sum.ts`).
 */
import type { Interval } from '../model/comparison.ts';
import type { Random } from '../model/random.ts';
import { EXACT_BLOCKS, flipP, smallestFlipP } from './block-flip.ts';
import { type BlockValues, blockedEstimate, type Estimated, rankDifferences } from './blocked.ts';
import type { Arrangement } from './observations.ts';
import type { Scale } from './pairwise.ts';
import { rankSumEstimate, rankSumTest, SEEDED } from './rank-sum.ts';
import { rounded, roundedOrNull } from './rounding.ts';

export interface MetricTest {
  /** Blocks, or boots of the smaller side. */
  readonly size: number;
  readonly p: number | null;
  /** 1 slower, -1 faster, 0 neither: the sign of the test statistic. */
  readonly direction: number;
  readonly smallestP: number;
  readonly ratio: Interval | null;
  readonly differenceUs: Interval;
  readonly equivalence: Interval | null;
  /** The equivalence interval in time; what counts where there is no ratio. */
  readonly equivalenceUs: Interval;
  readonly method: string;
}

export function testMetric(arrangement: Arrangement, alpha: number, random: Random): MetricTest {
  const { before, after } = arrangement;
  if (before.length === 0 || after.length === 0) return untested(alpha);
  const positive = before.every((value) => value > 0) && after.every((value) => value > 0);
  return arrangement.kind === 'blocked'
    ? blocked(arrangement, positive, alpha)
    : unblocked(arrangement, positive, alpha, random);
}

function blocked(values: BlockValues, positive: boolean, alpha: number): MetricTest {
  const differences = rankDifferences(values);
  const size = differences.length;
  const estimated = (scale: Scale, level: number) => interval(blockedEstimate(values, scale, level), 1 - level);
  return {
    size,
    p: rounded(flipP(differences)),
    direction: Math.sign(differences.reduce((total, d) => total + d, 0)),
    smallestP: smallestFlipP(size),
    ...intervals(estimated, positive, alpha),
    method: `within-block flips of pooled midranks, ${size <= EXACT_BLOCKS ? 'exact' : 'saddlepoint'}`,
  };
}

function unblocked(
  values: { before: Float64Array; after: Float64Array },
  positive: boolean,
  alpha: number,
  random: Random,
): MetricTest {
  const test = rankSumTest(values, random);
  const estimated = (scale: Scale, level: number) => interval(rankSumEstimate(values, scale, level, test), 1 - level);
  return {
    size: Math.min(values.before.length, values.after.length),
    p: rounded(test.p),
    direction: test.direction,
    smallestP: smallestRankSumP(values.before.length, values.after.length),
    ...intervals(estimated, positive, alpha),
    method: `permutation of pooled midranks, ${test.exact ? 'exact' : `${SEEDED} seeded draws`}`,
  };
}

function intervals(estimated: (scale: Scale, level: number) => Interval, positive: boolean, alpha: number) {
  return {
    ratio: positive ? estimated('ratio', alpha) : null,
    differenceUs: estimated('difference', alpha),
    equivalence: positive ? estimated('ratio', 2 * alpha) : null,
    equivalenceUs: estimated('difference', 2 * alpha),
  };
}

function interval({ estimate, low, high }: Estimated, confidence: number): Interval {
  return {
    estimate: rounded(estimate),
    low: roundedOrNull(low),
    high: roundedOrNull(high),
    confidence: rounded(confidence),
  };
}

function untested(alpha: number): MetricTest {
  const unknown = (confidence: number): Interval => ({
    estimate: null,
    low: null,
    high: null,
    confidence: rounded(confidence),
  });
  return {
    size: 0,
    p: null,
    direction: 0,
    smallestP: 1,
    ratio: null,
    differenceUs: unknown(1 - alpha),
    equivalence: null,
    equivalenceUs: unknown(1 - 2 * alpha),
    method: 'none: nothing to compare',
  };
}

/** 2 / C(n + m, n), at most 1, and no less than a seeded test can reach. */
function smallestRankSumP(n: number, m: number): number {
  let choices = 1;
  for (let i = 1; i <= Math.min(n, m) && choices < 1e9; i++) choices = (choices * (n + m - i + 1)) / i;
  return Math.min(1, 2 / choices);
}
