/**
 * `samples.json` to `comparison.json`: what may be claimed. The table of contents of this room; the methods are next door.
 *
 * Pure: the same samples, seed and levels give the same bytes on any machine. Each method draws from a source of its own, so that
 * a metric more or less does not change what is said of the others.
 */
import type { Attribution, Comparison, MetricComparison, Verdict } from '../model/comparison.ts';
import { seededRandom } from '../model/random.ts';
import type { Samples } from '../model/samples.ts';
import { attribute, costShifts } from './attribute.ts';
import { brokenBecause, countLosses, lossWarnings, repeatWarnings } from './failed-boots.ts';
import { correct, EXPLORATORY_RATE, movedControls } from './families/correct.ts';
import { dataWarnings, type MetricRow, rowsOf } from './metric-row.ts';
import { rounded, roundedOrNull, roundedUs } from './numbers/rounding.ts';
import { bootsOf, comparedKind, type VariantBoots } from './observations.ts';
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

export function compareSamples(samples: Samples, options: CompareOptions = {}): Comparison {
  const seed = options.seed ?? samples.seed;
  const alpha = options.alpha ?? samples.alpha;
  const levels = { alpha, equivalenceAlpha: options.equivalenceAlpha ?? alpha };
  const baseline = bootsOf(samples, samples.baseline);
  const candidates = samples.candidates.map((variant) => bootsOf(samples, variant));
  const context = { levels, nulls: nullDistributions(seed), dip: dipTest(seededRandom(seed)) };
  const rows = candidates.flatMap((candidate) => rowsOf(samples, baseline, candidate, context));
  const { adjusted, families } = correct(rows, seed);
  const broken = candidates.flatMap((candidate) => {
    const reason = brokenBecause(candidate, baseline, alpha);
    return reason === undefined ? [] : [{ variant: candidate.variant, reason }];
  });
  const attribution = attributions(rows, alpha, seed);
  const tests = rows.filter((row) => row.declared.gate).length;
  const metrics = rows.map((row, i) =>
    metricOf(row, adjusted[i] ?? null, {
      alpha,
      seed,
      tests,
      broken: broken.some(({ variant }) => variant === row.candidate.variant),
      shifts: attribution.filter(
        ({ metric, candidate }) => metric === row.declared.id && candidate === row.candidate.variant,
      ),
    }),
  );
  const moved = movedControls(rows, alpha);
  return {
    schema: 'bench/comparison@1',
    scenario: samples.scenario,
    ...(samples.scenarioSha256 === undefined ? {} : { scenarioSha256: samples.scenarioSha256 }),
    verdict: broken.length > 0 ? 'broken' : overall(metrics),
    unproven: moved.length > 0,
    alpha,
    seed,
    baseline: samples.baseline,
    candidates: samples.candidates,
    blocks: blocksOf(baseline, candidates),
    counts: [baseline, ...candidates].map((boots) => countLosses(boots, baseline)),
    metrics,
    attribution,
    families: [...families],
    warnings: [
      ...samples.warnings,
      ...broken.map(({ reason }) => reason),
      ...moved.map(
        (row) =>
          `Unproven: the control ${row.declared.id} moved (${row.candidate.variant}), which the change cannot do.`,
      ),
      ...untestedControls(rows),
      ...[baseline, ...candidates].flatMap((boots) => lossWarnings(boots, baseline, alpha)),
      ...repeatWarnings([baseline, ...candidates]),
      ...designWarnings(samples, baseline, candidates),
    ],
  };
}

const untestedControls = (rows: readonly MetricRow[]): string[] =>
  rows
    .filter((row) => row.declared.control && row.test.p === null)
    .map(
      (row) => `The control ${row.declared.id} could not be compared (${row.candidate.variant}): it guards nothing.`,
    );

interface MetricContext {
  readonly alpha: number;
  readonly seed: number;
  /** Gates that share alpha. */
  readonly tests: number;
  readonly broken: boolean;
  readonly shifts: readonly Attribution[];
}

function metricOf(row: MetricRow, pAdjusted: number | null, context: MetricContext): MetricComparison {
  const { declared, candidate, arrangement, test, before, after } = row;
  const { alpha, seed } = context;
  const level = declared.gate ? alpha : EXPLORATORY_RATE;
  const judgement = judge({ declared, test, pAdjusted, alpha, level, baselineUs: before.medianUs });
  const isBroken = context.broken && declared.gate;
  const verdict = isBroken ? 'broken' : judgement.verdict;
  const tests = declared.gate ? context.tests : 1;
  const question = { arrangement, test, margins: marginsOf(declared, before.medianUs), alpha, tests };
  const needs = verdict === 'inconclusive' && declared.moved === undefined ? needsBlocks(question) : null;
  const power = declared.gate ? powerOfSizes(question) : null;
  const tail = declared.gate ? compareTails(arrangement, row.bimodal, declared.slowUs) : null;
  const shift = declared.gate ? shiftFunction(arrangement, alpha, seededRandom(seed)) : [];
  return {
    metric: declared.id,
    candidate: candidate.variant,
    gate: declared.gate,
    verdict,
    failsGate: isBroken || judgement.failsGate,
    before,
    after,
    ratio: test.ratio,
    differenceUs: test.differenceUs,
    p: test.p,
    pAdjusted: roundedOrNull(pAdjusted),
    equivalence: test.equivalence,
    ...(verdict === 'inconclusive' ? { needs } : {}),
    method: test.method,
    ...(tail && tail.before + tail.after > 0
      ? { tail: { ...tail, thresholdUs: roundedUs(tail.thresholdUs), p: rounded(tail.p) } }
      : {}),
    ...(shift.length > 0 ? { shift } : {}),
    ...(power ? { power } : {}),
    warnings: [
      ...judgement.warnings,
      ...familyWarnings(test.p, pAdjusted, alpha, level),
      ...dataWarnings(row, alpha),
      ...context.shifts.flatMap((attribution) => costShifts(attribution, alpha)),
    ],
  };
}

function familyWarnings(p: number | null, pAdjusted: number | null, alpha: number, level: number): string[] {
  if (p === null || pAdjusted === null || p > alpha || pAdjusted <= level) return [];
  return ['Significant on its own, but not among all that were tested.'];
}

/** Of every metric whose boots carry a critical path. */
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

/** Blocks in which any two variants that are compared were both booted. */
function blocksOf(baseline: VariantBoots, candidates: readonly VariantBoots[]): number {
  const own = new Set(baseline.all.map((boot) => boot.block));
  const shared = candidates.flatMap((candidate) =>
    candidate.all.flatMap(({ block }) => (block !== null && own.has(block) ? [block] : [])),
  );
  return new Set(shared).size;
}

function designWarnings(samples: Samples, baseline: VariantBoots, candidates: readonly VariantBoots[]): string[] {
  const warnings: string[] = [];
  const kind = comparedKind(samples);
  const otherKind = samples.boots.filter((boot) => boot.bootKind !== kind).length;
  if (otherKind > 0)
    warnings.push(
      `Left out, boots of another kind than "${kind}": ${otherKind}; first boots and reboots are never mixed.`,
    );
  const seen = new Set<string>();
  const again = samples.boots.find(({ id }) => seen.has(id) || !seen.add(id));
  if (again) warnings.push(`Two boots have the id ${again.id}: if they are one boot, it counts twice.`);
  const compared = new Set([samples.baseline, ...samples.candidates]);
  const strange = samples.boots.filter((boot) => !compared.has(boot.variant)).length;
  if (strange > 0) warnings.push(`Left out, boots of variants that are not compared: ${strange}.`);
  for (const candidate of candidates) {
    const both = [...baseline.all, ...candidate.all];
    const outside = both.filter((boot) => boot.block === null).length;
    if (outside > 0 && outside < both.length)
      warnings.push(
        `Left out, boots of ${baseline.variant} and ${candidate.variant} that belong to no block: ${outside}.`,
      );
    if (candidate.all.length === 0) warnings.push(`No boot of ${candidate.variant}.`);
  }
  if (baseline.all.length === 0) warnings.push(`No boot of the baseline, ${baseline.variant}.`);
  if (!samples.metrics.some((metric) => metric.gate))
    warnings.push('No gate metric is declared: nothing can fail, and nothing is proven.');
  return warnings;
}

/** The run's verdict, from its gates: the worst news first, then what is not known. */
function overall(metrics: readonly MetricComparison[]): Verdict {
  const verdicts = new Set(metrics.filter((metric) => metric.gate).map((metric) => metric.verdict));
  const order: readonly Verdict[] = ['broken', 'slower', 'inconclusive', 'faster', 'equivalent'];
  return order.find((verdict) => verdicts.has(verdict)) ?? 'inconclusive';
}
