/**
 * `samples.json` to `comparison.json`: what may be claimed. A table of contents of this room; the methods are next door.
 *
 * Pure: the same samples, seed and alpha give the same bytes on any machine.
 */
import type { Comparison, MetricComparison, Verdict } from '../model/comparison.ts';
import { seededRandom } from '../model/random.ts';
import type { MetricDeclaration, Samples } from '../model/samples.ts';
import { benjaminiHochberg, holm } from './adjust.ts';
import { blocksToReach } from './block-flip.ts';
import { describe } from './describe.ts';
import { brokenBecause, countLosses, lossWarnings } from './losses.ts';
import { type MetricTest, testMetric } from './metric-test.ts';
import { type Arrangement, arrange, bootsOf, comparedKind, observationsOf, type VariantBoots } from './observations.ts';
import { roundedOrNull } from './rounding.ts';
import { judge } from './verdict.ts';

export interface CompareOptions {
  /** Seed of everything random; by default the seed of the samples. */
  readonly seed?: number;
  /** False-alarm rate of the gate family; by default that of the samples. */
  readonly alpha?: number;
}

/** Share of false claims allowed among the claims on exploratory metrics. */
const EXPLORATORY_RATE = 0.1;

interface Row {
  readonly declared: MetricDeclaration;
  readonly candidate: VariantBoots;
  readonly arrangement: Arrangement;
  readonly before: MetricComparison['before'];
  readonly after: MetricComparison['after'];
  readonly test: MetricTest;
}

export function compareSamples(samples: Samples, options: CompareOptions = {}): Comparison {
  const seed = options.seed ?? samples.seed;
  const alpha = options.alpha ?? samples.alpha;
  const baseline = bootsOf(samples, samples.baseline);
  const candidates = samples.candidates.map((variant) => bootsOf(samples, variant));
  const rows = candidates.flatMap((candidate) => rowsOf(samples, baseline, candidate, alpha, seed));
  const adjusted = adjust(rows, alpha);
  const reasons = new Map(
    candidates.map((candidate) => [candidate.variant, brokenBecause(candidate, baseline, alpha)]),
  );
  const metrics = rows.map((row, i) =>
    metricOf(row, adjusted[i] ?? null, alpha, reasons.get(row.candidate.variant) !== undefined),
  );
  const broken = [...reasons.values()].filter((reason) => reason !== undefined);
  return {
    schema: 'bench/comparison@1',
    scenario: samples.scenario,
    ...(samples.scenarioSha256 === undefined ? {} : { scenarioSha256: samples.scenarioSha256 }),
    verdict: broken.length > 0 ? 'broken' : overall(metrics),
    unproven: false,
    alpha,
    seed,
    baseline: samples.baseline,
    candidates: samples.candidates,
    blocks: new Set(samples.boots.flatMap((boot) => (boot.block === null ? [] : [boot.block]))).size,
    counts: [baseline, ...candidates].map((boots) => countLosses(boots, baseline)),
    metrics,
    attribution: [],
    warnings: [
      ...broken,
      ...[baseline, ...candidates].flatMap((boots) => lossWarnings(boots, baseline, alpha)),
      ...kindWarnings(samples),
    ],
  };
}

function rowsOf(samples: Samples, baseline: VariantBoots, candidate: VariantBoots, alpha: number, seed: number): Row[] {
  const blocked = [...baseline.all, ...candidate.all].some((boot) => boot.block !== null);
  return samples.metrics.map((declared) => {
    const before = observationsOf(baseline, declared.id);
    const after = observationsOf(candidate, declared.id);
    const arrangement = arrange(before, after, blocked);
    return {
      declared,
      candidate,
      arrangement,
      before: describe(
        baseline,
        before.map((observation) => observation.us),
      ),
      after: describe(
        candidate,
        after.map((observation) => observation.us),
      ),
      test: testMetric(arrangement, alpha, seededRandom(seed)),
    };
  });
}

/** Adjusted p in the order of the rows: the gates are one family, all other metrics another. */
function adjust(rows: readonly Row[], _alpha: number): (number | null)[] {
  const adjusted: (number | null)[] = rows.map(() => null);
  const within = (gate: boolean, correct: (p: readonly number[]) => number[]) => {
    const members = rows.flatMap((row, index) =>
      row.declared.gate === gate && row.test.p !== null ? [{ index, p: row.test.p }] : [],
    );
    correct(members.map((member) => member.p)).forEach((p, i) => {
      const member = members[i];
      if (member) adjusted[member.index] = p;
    });
  };
  within(true, holm);
  within(false, benjaminiHochberg);
  return adjusted;
}

function metricOf(row: Row, pAdjusted: number | null, alpha: number, broken: boolean): MetricComparison {
  const { declared, candidate, test, before, after } = row;
  const level = declared.gate ? alpha : EXPLORATORY_RATE;
  const judgement = judge(declared, test, pAdjusted, level, before.medianUs);
  const isBroken = broken && declared.gate;
  return {
    metric: declared.id,
    candidate: candidate.variant,
    gate: declared.gate,
    verdict: isBroken ? 'broken' : judgement.verdict,
    failsGate: isBroken || judgement.failsGate,
    before,
    after,
    ratio: test.ratio,
    differenceUs: test.differenceUs,
    p: test.p,
    pAdjusted: roundedOrNull(pAdjusted),
    equivalence: test.equivalence,
    method: test.method,
    warnings: [...judgement.warnings, ...dataWarnings(row, alpha)],
  };
}

/** What the reader must know of the data behind one row. */
function dataWarnings({ arrangement, test, before, after }: Row, alpha: number): string[] {
  const warnings: string[] = [];
  if (before.n === 0 || after.n === 0)
    warnings.push(`Measured in ${before.n} boots of the baseline and ${after.n} of the candidate: nothing to compare.`);
  else if (test.size === 0) warnings.push('No block has a sound boot of both sides: nothing to compare.');
  if (arrangement.kind === 'unblocked' && test.size > 0)
    warnings.push('Nothing was interleaved: a drift between the two runs looks the same as a change.');
  if (test.size > 0 && test.smallestP > alpha)
    warnings.push(
      arrangement.kind === 'blocked'
        ? `Needs at least ${blocksToReach(alpha)} blocks for any verdict at ${alpha}; has ${test.size}.`
        : `Needs more boots for any verdict at ${alpha}; the smaller side has ${test.size}.`,
    );
  if (test.size > 0 && allSame(arrangement)) warnings.push('Both sides are identical, boot by boot.');
  return warnings;
}

const allSame = ({ kind, before, after }: Arrangement): boolean =>
  kind === 'blocked' && before.every((value, b) => value === after[b]);

function kindWarnings(samples: Samples): string[] {
  const kind = comparedKind(samples);
  const others = samples.boots.filter((boot) => boot.bootKind !== kind).length;
  return others === 0
    ? []
    : [`${others} boots of another kind than "${kind}" are left out: first boots and reboots are never mixed.`];
}

/** The run's verdict, from its gates: the worst news first, then what is not known. */
function overall(metrics: readonly MetricComparison[]): Verdict {
  const gates = metrics.filter((metric) => metric.gate);
  const has = (verdict: Verdict) => gates.some((metric) => metric.verdict === verdict);
  if (gates.length === 0) return 'inconclusive';
  if (has('broken')) return 'broken';
  if (has('slower')) return 'slower';
  if (has('inconclusive')) return 'inconclusive';
  return has('faster') ? 'faster' : 'equivalent';
}
