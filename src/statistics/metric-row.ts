/** One metric of one candidate with everything known of it before families and verdicts, and what the reader must know of its data. */

import type { SideSummary } from '../model/comparison.ts';
import type { MetricDeclaration, Samples } from '../model/samples.ts';
import { type Us, us } from '../model/units.ts';
import { type Arrangement, arrange, type Observation, observationsOf, type VariantBoots } from './observations.ts';
import { describe } from './shape/describe.ts';
import type { DipTest } from './shape/dip.ts';
import { blocksToReach } from './tests/block-flip.ts';
import { fisherP } from './tests/fisher.ts';
import { type Levels, type MetricTest, type Nulls, testMetric } from './tests/metric-test.ts';

export interface MetricRow {
  readonly declared: MetricDeclaration;
  readonly baseline: VariantBoots;
  readonly candidate: VariantBoots;
  readonly arrangement: Arrangement;
  readonly before: SideSummary;
  readonly after: SideSummary;
  readonly test: MetricTest;
  readonly bimodal: boolean;
  /** Blocks in which a boot of either side was started; 0 where unblocked. */
  readonly startedBlocks: number;
  /** Largest error bound of any value used. */
  readonly errorUs: Us;
}

export interface RowContext {
  readonly levels: Levels;
  readonly nulls: Nulls;
  readonly dip: DipTest;
}

/** At this level one metric in a hundred is flagged by chance at most. */
const BIMODAL_P = 0.01;

/** A boot this many times the median is named, as it is kept. */
const OUTLIER = 10;

export function rowsOf(
  samples: Samples,
  baseline: VariantBoots,
  candidate: VariantBoots,
  context: RowContext,
): MetricRow[] {
  const startedBlocks = new Set([...baseline.all, ...candidate.all].flatMap(({ block }) => block ?? [])).size;
  return samples.metrics.map((declared) => {
    const before = observationsOf(baseline, declared.id);
    const after = observationsOf(candidate, declared.id);
    const arrangement = arrange(before, after, startedBlocks > 0);
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

export function dataWarnings(row: MetricRow, alpha: number): string[] {
  return [...coverageWarnings(row, alpha), ...shapeWarnings(row)];
}

/** What is not there. */
function coverageWarnings(
  { arrangement, test, before, after, baseline, candidate, startedBlocks }: MetricRow,
  alpha: number,
): string[] {
  const warnings: string[] = [];
  if (before.n === 0 || after.n === 0)
    warnings.push(
      `Measured in ${before.n} boots of ${baseline.variant} and ${after.n} of ${candidate.variant}: nothing to compare.`,
    );
  else if (test.size === 0)
    warnings.push(
      `No block has a sound boot of both ${baseline.variant} and ${candidate.variant}: nothing to compare.`,
    );
  if (before.missing + after.missing > 0 && before.missing !== after.missing) {
    const p = fisherP(before.missing, before.n + before.missing, after.missing, after.n + after.missing);
    const verdict = p <= alpha ? 'the sides differ' : 'may be chance';
    warnings.push(
      `Missing in ${before.missing} sound boots of ${baseline.variant} and ${after.missing} of ${candidate.variant} (Fisher p ${p.toPrecision(2)}: ${verdict}).`,
    );
  }
  if (test.size > 0 && test.size < startedBlocks)
    warnings.push(`${test.size} of ${startedBlocks} blocks have a sound value on both sides; the others do not count.`);
  if (arrangement.kind === 'unblocked' && test.size > 0)
    warnings.push('Nothing was interleaved: a drift between the two runs looks the same as a change.');
  if (test.size > 0 && test.smallestP > alpha)
    warnings.push(
      arrangement.kind === 'blocked'
        ? `Needs at least ${blocksToReach(alpha)} blocks for any verdict at ${alpha}; has ${test.size}.`
        : `Needs more boots for any verdict at ${alpha}; has ${before.n} and ${after.n}.`,
    );
  return warnings;
}

/** What is odd about what is there. */
function shapeWarnings({ arrangement, test, bimodal, errorUs }: MetricRow): string[] {
  if (test.size === 0) return [];
  const warnings: string[] = [];
  const pooled = [...arrangement.before, ...arrangement.after].sort((a, b) => a - b);
  const middle = pooled[Math.floor(pooled.length / 2)] ?? 0;
  const slowest = pooled.at(-1) ?? 0;
  if (allSame(arrangement)) warnings.push('Both sides are identical, boot by boot.');
  if (test.ratio === null) warnings.push('Some values are not above 0: compared as a shift in time, without a ratio.');
  if (middle > 0 && slowest > OUTLIER * middle)
    warnings.push(`The slowest boot is ${Math.round(slowest / middle)} times the median; no outlier is dropped.`);
  if (bimodal)
    warnings.push('The boots are of more than one kind (dip test): look at the distribution before the median.');
  const difference = Math.abs(test.differenceUs.estimate ?? 0);
  if (difference > 0 && difference < errorUs)
    warnings.push(`The difference is smaller than the clock error of a value (${Math.round(errorUs)} us).`);
  return warnings;
}

function allSame({ kind, before, after }: Arrangement): boolean {
  if (kind === 'blocked') return before.every((value, b) => value === after[b]);
  return [...before, ...after].every((value) => value === before[0]);
}

const largestError = (...sides: readonly (readonly Observation[])[]): Us =>
  us(sides.reduce((largest, side) => side.reduce((most, { errorUs }) => Math.max(most, errorUs), largest), 0));
