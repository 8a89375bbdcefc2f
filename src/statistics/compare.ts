/**
 * Turns `samples.json` into `comparison.json`, with every claim that the samples support. This file only calls the methods; start
 * reading here.
 *
 * Pure: the same samples, seed and levels give the same bytes on any machine. Each method has its own random source, so adding or
 * removing a metric does not change the results of the others.
 */
import type { Attribution, Comparison, MetricComparison } from '../model/comparison.ts';
import { seededRandom } from '../model/random.ts';
import type { Samples } from '../model/samples.ts';
import type { ComparisonWarning, Verdict } from '../model/verdict.ts';
import { attribute, costShifts } from './attribute.ts';
import { budgetsOf } from './budgets/of-run.ts';
import { describeAlone } from './description/alone.ts';
import { countedOnce, designWarnings } from './design.ts';
import {
  brokenBecause,
  countBoots,
  gravestWarnings,
  lossWarnings,
  lossWarningsAlone,
  repeatWarnings,
  throttleWarnings,
} from './failed-boots.ts';
import { correct, EXPLORATORY_RATE, movedControls } from './families/correct.ts';
import { withMargins } from './margins.ts';
import { dataWarnings, type MetricRow, rowsOf } from './metric-row.ts';
import { rounded, roundedOrNull, roundedUs } from './numbers/rounding.ts';
import { bootsOf, type VariantBoots } from './observations.ts';
import { gateResultOf, nothingBooted, outcomeAlone, outcomeOf, overallOutcome } from './outcome.ts';
import { needsBlocks, powerOfSizes } from './planning/blocks-needed.ts';
import { dipTest } from './shape/dip.ts';
import { shiftFunction } from './shape/shift-function.ts';
import { compareTails } from './shape/tails.ts';
import { nullDistributions } from './tests/metric-test.ts';
import { judge, marginsOf } from './verdict.ts';

export interface CompareOptions {
  /** Seed of everything random; by default the seed of the samples. */
  readonly seed?: number | undefined;
  /** Chance of any false claim in the gate family; by default that of the samples. */
  readonly alpha?: number | undefined;
  /** One-sided level of the equivalence tests; by default alpha. Its own only at a look of a sequential run. */
  readonly equivalenceAlpha?: number | undefined;
}

export function compareSamples(given: Samples, options: CompareOptions = {}): Comparison {
  const { samples, warnings: repeated } = countedOnce(given);
  const seed = options.seed ?? samples.seed;
  const alpha = options.alpha ?? samples.alpha;
  const levels = { alpha, equivalenceAlpha: options.equivalenceAlpha ?? alpha };
  const baseline = bootsOf(samples, samples.baseline);
  const candidates = samples.candidates.map((variant) => bootsOf(samples, variant));
  const context = { levels, nulls: nullDistributions(seed), dip: dipTest(seededRandom(seed)) };
  const declared = withMargins(samples.metrics);
  const rows = candidates.flatMap((candidate) => rowsOf(declared, baseline, candidate, context));
  const { adjusted, families, effectiveTests } = correct(rows, alpha, seed);
  const broken = brokenCandidates(baseline, candidates, alpha);
  const moved = movedControls(rows, alpha);
  const attribution = attributions(rows, alpha, seed);
  const judging = { alpha, seed, effectiveTests, unproven: moved.length > 0, attribution };
  const metrics = rows.map((row, i) =>
    compareMetric(row, adjusted[i] ?? null, { ...judging, broken: broken.has(row.candidate.variant) }),
  );
  const nothing = nothingBooted(baseline, candidates);
  const budgets = budgetsOf(samples, baseline, candidates, levels.equivalenceAlpha);
  const outcomes = samples.candidates.map((candidate) =>
    outcomeOf(candidate, metrics, budgets.results, { broken: broken.has(candidate), nothing }),
  );
  const alone = candidates.length > 0 ? undefined : describeAlone(declared, baseline, { alpha, dip: context.dip });
  const { verdict, result } = alone ? outcomeAlone(baseline, budgets.results) : overallOutcome(outcomes);
  return {
    schema: 'bench/comparison@1',
    scenario: samples.scenario,
    ...(samples.scenarioSha256 === undefined ? {} : { scenarioSha256: samples.scenarioSha256 }),
    verdict,
    result,
    outcomes,
    unproven: moved.length > 0,
    movedControls: moved.map(({ declared, candidate }) => ({ metric: declared.id, candidate: candidate.variant })),
    alpha,
    seed,
    baseline: samples.baseline,
    candidates: samples.candidates,
    blocks: blocksOf(baseline, candidates),
    counts: [baseline, ...candidates].map((boots) => countBoots(boots, baseline)),
    metrics,
    attribution,
    families: [...families],
    ...(samples.budgets && { budgets: [...budgets.results] }),
    ...alone,
    warnings: [
      ...gravestWarnings(baseline, candidates),
      ...samples.warnings.map((text) => ({ code: 'samples' as const, text })),
      ...[...broken.values()].map((text) => ({ code: 'broken' as const, text })),
      ...budgets.warnings,
      ...controlWarnings(rows, moved),
      ...lossesOf(baseline, candidates, alpha),
      ...repeatWarnings([baseline, ...candidates]),
      ...throttleWarnings([baseline, ...candidates]),
      ...repeated,
      ...designWarnings(samples, baseline, candidates),
    ],
  };
}

/** Failed boots of each variant; a single variant has no other to compare with. */
const lossesOf = (baseline: VariantBoots, candidates: readonly VariantBoots[], alpha: number): ComparisonWarning[] =>
  candidates.length === 0
    ? lossWarningsAlone(baseline)
    : [baseline, ...candidates].flatMap((boots) => lossWarnings(boots, baseline, alpha));

/** Why each broken candidate is broken, by its name. */
function brokenCandidates(
  baseline: VariantBoots,
  candidates: readonly VariantBoots[],
  alpha: number,
): ReadonlyMap<string, string> {
  return new Map(
    candidates.flatMap((candidate) => {
      const reason = brokenBecause(candidate, baseline, alpha);
      return reason === undefined ? [] : [[candidate.variant, reason] as const];
    }),
  );
}

function controlWarnings(rows: readonly MetricRow[], moved: readonly MetricRow[]): ComparisonWarning[] {
  const untested = rows.filter((row) => row.declared.control && row.test.p === null);
  return [
    ...moved.map(({ declared, candidate }) => ({
      code: 'control-moved' as const,
      text: `Unproven: negative control ${declared.id} changed in ${candidate.variant}; the change under test cannot affect it.`,
    })),
    ...untested.map(({ declared, candidate }) => ({
      code: 'control-untested' as const,
      text: `The control ${declared.id} could not be compared (${candidate.variant}), so it has no effect.`,
    })),
  ];
}

interface MetricContext {
  readonly alpha: number;
  readonly seed: number;
  /** Number of independent tests that the gates are worth: fewer than the gates if these move together. */
  readonly effectiveTests: number;
  readonly broken: boolean;
  readonly unproven: boolean;
  readonly attribution: readonly Attribution[];
}

function compareMetric(row: MetricRow, pAdjusted: number | null, context: MetricContext): MetricComparison {
  const { declared, candidate, test, before, after } = row;
  const { alpha } = context;
  const level = declared.gate ? alpha : EXPLORATORY_RATE;
  const judgement = judge({ declared, test, pAdjusted, alpha, level, baselineUs: before.medianUs });
  const isBroken = context.broken && declared.gate;
  const verdict = isBroken ? 'broken' : judgement.verdict;
  const failsGate = isBroken || judgement.failsGate;
  const { minimumEffect, floorUs, equivalenceMargin } = declared;
  return {
    metric: declared.id,
    candidate: candidate.variant,
    gate: declared.gate,
    verdict,
    failsGate,
    ...(declared.gate && { gateResult: gateResultOf({ verdict, failsGate }, context.unproven) }),
    margins: { minimumEffect, floorUs, equivalenceMargin },
    before,
    after,
    size: test.size,
    ratio: test.ratio,
    differenceUs: test.differenceUs,
    p: test.p,
    pAdjusted: roundedOrNull(pAdjusted),
    equivalence: test.equivalence,
    ...planOf(row, verdict, context),
    method: test.method,
    ...(declared.gate ? picturesOf(row, context) : {}),
    warnings: [
      ...judgement.warnings,
      ...familyWarnings(test.p, pAdjusted, alpha, level),
      ...dataWarnings(row, alpha),
      ...context.attribution
        .filter((each) => each.metric === declared.id && each.candidate === candidate.variant)
        .flatMap((each) => costShifts(each, alpha)),
    ],
  };
}

/** How many blocks would settle the metric, and the power of runs of other sizes, both for the test that gave the verdict. */
function planOf({ declared, arrangement, test, before }: MetricRow, verdict: Verdict, context: MetricContext) {
  const { alpha, effectiveTests } = context;
  const question = {
    arrangement,
    test,
    margins: marginsOf(declared, before.medianUs),
    alpha,
    tests: declared.gate ? effectiveTests : 1,
  };
  const power = declared.gate ? powerOfSizes(question) : null;
  return {
    ...(verdict === 'inconclusive' && { needs: declared.moved === undefined ? needsBlocks(question) : null }),
    ...(power && { power }),
  };
}

/** The count of slow boots, and the difference by deciles. */
function picturesOf({ declared, arrangement, bimodal }: MetricRow, { alpha, seed }: MetricContext) {
  const tail = compareTails(arrangement, bimodal, declared.slowUs);
  const shift = shiftFunction(arrangement, alpha, seededRandom(seed));
  return {
    ...(tail && tail.before + tail.after > 0
      ? { tail: { ...tail, thresholdUs: roundedUs(tail.thresholdUs), p: rounded(tail.p) } }
      : {}),
    ...(shift.length > 0 ? { shift } : {}),
  };
}

function familyWarnings(p: number | null, pAdjusted: number | null, alpha: number, level: number): ComparisonWarning[] {
  if (p === null || pAdjusted === null || p > alpha || pAdjusted <= level) return [];
  return [{ code: 'significant-alone', text: 'Significant alone, but not after correction for multiple tests.' }];
}

/** One attribution for every metric whose boots carry a critical path. */
function attributions(rows: readonly MetricRow[], alpha: number, seed: number): Attribution[] {
  return rows.flatMap(({ declared, baseline, candidate }) => {
    const input = {
      metric: declared.id,
      candidate: candidate.variant,
      before: baseline.usable,
      after: candidate.usable,
      alpha,
    };
    const found = attribute(input, seededRandom(seed));
    return found ? [found] : [];
  });
}

/** Number of blocks that booted both the baseline and a candidate; with one variant, its own blocks. */
function blocksOf(baseline: VariantBoots, candidates: readonly VariantBoots[]): number {
  const own = new Set(baseline.all.flatMap(({ block }) => block ?? []));
  if (candidates.length === 0) return own.size;
  const shared = candidates.flatMap((candidate) =>
    candidate.all.flatMap(({ block }) => (block !== null && own.has(block) ? [block] : [])),
  );
  return new Set(shared).size;
}
