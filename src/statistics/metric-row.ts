/** One metric of one candidate before the correction for families and the verdict, with the warnings about its data. */

import type { SideSummary } from '../model/comparison.ts';
import { type Us, us } from '../model/units.ts';
import type { ComparisonWarning } from '../model/verdict.ts';
import type { Declared } from './margins.ts';
import { type Arrangement, arrange, type Observation, observationsOf, type VariantBoots } from './observations.ts';
import { describe } from './shape/describe.ts';
import type { DipTest } from './shape/dip.ts';
import { blocksToReach } from './tests/block-flip.ts';
import { fisherP } from './tests/fisher.ts';
import { type Levels, type MetricTest, type Nulls, testMetric } from './tests/metric-test.ts';

export interface MetricRow {
  readonly declared: Declared;
  readonly baseline: VariantBoots;
  readonly candidate: VariantBoots;
  readonly arrangement: Arrangement;
  readonly before: SideSummary;
  readonly after: SideSummary;
  readonly test: MetricTest;
  readonly bimodal: boolean;
  /** Blocks that started a boot of either side; 0 if unblocked. */
  readonly startedBlocks: number;
  /** Largest error bound of any value used. */
  readonly errorUs: Us;
}

export interface RowContext {
  readonly levels: Levels;
  readonly nulls: Nulls;
  readonly dip: DipTest;
}

/** At this level at most one metric in a hundred gets a false warning. */
const BIMODAL_P = 0.01;

/** A boot this many times the median gets a warning; the analysis keeps it. */
const OUTLIER = 10;

export function rowsOf(
  metrics: readonly Declared[],
  baseline: VariantBoots,
  candidate: VariantBoots,
  context: RowContext,
): MetricRow[] {
  const startedBlocks = new Set([...baseline.all, ...candidate.all].flatMap(({ block }) => block ?? [])).size;
  const inBlocks = [...baseline.usable, ...candidate.usable].some(({ block }) => block !== null);
  return metrics.map((declared) => {
    const before = observationsOf(baseline, declared.id);
    const after = observationsOf(candidate, declared.id);
    const arrangement = arrange(before, after, inBlocks);
    const beforeUs = before.map((observation) => observation.us);
    const afterUs = after.map((observation) => observation.us);
    return {
      declared,
      baseline,
      candidate,
      arrangement,
      before: describe(baseline, beforeUs),
      after: describe(candidate, afterUs),
      test: testMetric(arrangement, context.levels, context.nulls),
      bimodal: [beforeUs, afterUs].some((values) => (context.dip(values) ?? 1) <= BIMODAL_P),
      startedBlocks,
      errorUs: largestError(before, after),
    };
  });
}

export function dataWarnings(row: MetricRow, alpha: number): ComparisonWarning[] {
  return [...coverageWarnings(row, alpha), ...shapeWarnings(row)];
}

type Warnings = (ComparisonWarning | false)[];

const present = (warnings: Warnings): ComparisonWarning[] => warnings.filter((warning) => warning !== false);

/** Warnings about missing values. */
function coverageWarnings(row: MetricRow, alpha: number): ComparisonWarning[] {
  const { arrangement, test, before, after, baseline, candidate, startedBlocks } = row;
  const isEmpty = before.n === 0 || after.n === 0;
  return present([
    isEmpty && {
      code: 'nothing-to-compare',
      text: `Measured in ${before.n} boots of ${baseline.variant} and ${after.n} of ${candidate.variant}: nothing to compare.`,
    },
    !isEmpty &&
      test.size === 0 && {
        code: 'nothing-to-compare',
        text: `No block has a sound boot of both ${baseline.variant} and ${candidate.variant}: nothing to compare.`,
      },
    before.missing !== after.missing && { code: 'missing-values', text: missingText(row, alpha) },
    test.size > 0 &&
      test.size < startedBlocks && {
        code: 'incomplete-blocks',
        text: `${test.size} of ${startedBlocks} blocks have a sound value on both sides; the others are excluded.`,
      },
    arrangement.kind === 'unblocked' &&
      test.size > 0 && {
        code: 'not-interleaved',
        text: 'The boots were not interleaved: drift between the two runs looks like a change.',
      },
    test.size > 0 && test.smallestP > alpha && { code: 'too-few', text: tooFewText(row, alpha) },
  ]);
}

function missingText({ before, after, baseline, candidate }: MetricRow, alpha: number): string {
  const p = fisherP(before.missing, before.n + before.missing, after.missing, after.n + after.missing);
  const verdict = p <= alpha ? 'the sides differ' : 'may be chance';
  return `Missing in ${before.missing} sound boots of ${baseline.variant} and ${after.missing} of ${candidate.variant} (Fisher p ${p.toPrecision(2)}: ${verdict}).`;
}

const tooFewText = ({ arrangement, test, before, after }: MetricRow, alpha: number): string =>
  arrangement.kind === 'blocked'
    ? `Needs at least ${blocksToReach(alpha)} blocks for any verdict at ${alpha}; has ${test.size}.`
    : `Needs more boots for any verdict at ${alpha}; has ${before.n} and ${after.n}.`;

/** Warnings about the values. */
function shapeWarnings({ arrangement, test, bimodal, errorUs }: MetricRow): ComparisonWarning[] {
  if (test.size === 0) return [];
  const pooled = [...arrangement.before, ...arrangement.after].sort((a, b) => a - b);
  const middle = pooled[Math.floor(pooled.length / 2)] ?? 0;
  const slowest = pooled.at(-1) ?? 0;
  const difference = Math.abs(test.differenceUs.estimate ?? 0);
  return present([
    allSame(arrangement) && { code: 'identical', text: 'Both sides are identical, boot by boot.' },
    test.ratio === null && {
      code: 'no-ratio',
      text: 'Some values are not above 0, so they are compared as a difference in time, without a ratio.',
    },
    middle > 0 &&
      slowest > OUTLIER * middle && {
        code: 'outlier',
        text: `The slowest boot is ${Math.round(slowest / middle)} times the median; no outlier is dropped.`,
      },
    bimodal && {
      code: 'several-modes',
      text: 'The distribution is multimodal (dip test): inspect it before trusting the median.',
    },
    difference > 0 &&
      difference < errorUs && {
        code: 'below-clock-error',
        text: `The difference is smaller than the clock error of a value (${Math.round(errorUs)} us).`,
      },
  ]);
}

function allSame({ kind, before, after }: Arrangement): boolean {
  if (kind === 'blocked') return before.every((value, b) => value === after[b]);
  return [...before, ...after].every((value) => value === before[0]);
}

const largestError = (...sides: readonly (readonly Observation[])[]): Us =>
  us(sides.reduce((largest, side) => side.reduce((most, { errorUs }) => Math.max(most, errorUs), largest), 0));
