/**
 * The run as the renderers see it, built once per output: it holds what all of them need. Code here only looks up and selects;
 * `comparison.json` makes every claim.
 */
import type { BudgetResult } from '../model/budget-result.ts';
import type { Comparison, MetricComparison } from '../model/comparison.ts';
import type { MetricDescription } from '../model/description.ts';
import { isObject } from '../model/json.ts';
import type { MetricDeclaration, SampleBoot } from '../model/samples.ts';
import type { ComparisonWarning } from '../model/verdict.ts';
import { type FactSpread, factSpreads } from './facts.ts';
import type { Scale } from './format.ts';
import { isGood, type ReportInput } from './input.ts';
import { metricScale, valueScale } from './scales.ts';

export interface ReportView extends ReportInput {
  /** The baseline, then the candidates. */
  readonly variants: readonly string[];
  /** Rows of the gate metrics in the scenario's order, the candidates of a metric together. */
  readonly gates: readonly MetricComparison[];
  readonly gateMetrics: readonly string[];
  /** The run has one variant: the output describes it and compares nothing. */
  readonly isAlone: boolean;
  /** Budgets of the candidates, or of the variant measured alone. */
  readonly budgets: readonly BudgetResult[];
  /** The metric's description for the variant measured alone. */
  describedAs(metric: string): MetricDescription | undefined;
  /** The metric the scenario waits for, if it is a gate; else the first gate; else the first metric. */
  readonly headline: string | undefined;
  /** The variants were interleaved: sound boots form blocks, and the comparison pairs them within blocks. */
  readonly isBlocked: boolean;
  /** Boots in the comparison, over all variants. */
  readonly counts: { readonly boots: number; readonly failed: number; readonly broken: number };
  /** The first thing to read: no boot came up on a side, or most boots failed. */
  readonly alarm: string | undefined;
  /** The run's other warnings, as texts. */
  readonly warnings: readonly string[];
  readonly facts: readonly FactSpread[];
  gatesOf(candidate: string): readonly MetricComparison[];
  declared(metric: string): MetricDeclaration | undefined;
  /** Whether the table of all metrics has a row for it. */
  hasRow(metric: string): boolean;
  /** The scale of the metric's figures, the same in every place. */
  scale(metric: string): Scale;
  /** The scale of single boots' values. */
  valueScale(metric: string): Scale;
}

export function viewOf(input: ReportInput): ReportView {
  const { comparison, samples } = input;
  const descriptions = new Map((comparison.descriptions ?? []).map((each) => [each.metric, each]));
  const isAlone = comparison.candidates.length === 0;
  const gateMetrics = isAlone
    ? [...descriptions.values()].filter(({ gate }) => gate).map(({ metric }) => metric)
    : [...new Set(comparison.metrics.filter((row) => row.gate).map((row) => row.metric))];
  const gates = gateMetrics.flatMap((metric) => comparison.metrics.filter((row) => row.gate && row.metric === metric));
  const declarations = new Map(samples.metrics.map((declared) => [declared.id, declared]));
  const rows = new Set([...comparison.metrics.map((row) => row.metric), ...descriptions.keys()]);
  const variants = [comparison.baseline, ...comparison.candidates];
  const scale = remembered((metric) => metricScale(input, metric));
  const facts = remembered(() => factSpreads(input.records ?? [], variants));
  return {
    ...input,
    variants,
    gates,
    gateMetrics,
    isAlone,
    budgets: (comparison.budgets ?? []).filter(({ gateResult }) => gateResult !== undefined),
    describedAs: (metric) => descriptions.get(metric),
    headline: headlineOf(input, gateMetrics),
    isBlocked: isInterleaved(samples.boots),
    counts: countsOf(comparison),
    alarm: comparison.warnings.find(isAlarm)?.text,
    warnings: comparison.warnings.filter((warning) => !isAlarm(warning)).map(({ text }) => text),
    get facts() {
      return facts('');
    },
    gatesOf: (candidate) => gates.filter((row) => row.candidate === candidate),
    declared: (metric) => declarations.get(metric),
    hasRow: (metric) => rows.has(metric),
    scale,
    valueScale: remembered((metric) => valueScale(input, metric, scale(metric))),
  };
}

const isInterleaved = (boots: readonly SampleBoot[]): boolean =>
  boots.length > 0 &&
  (boots.every((boot) => boot.block !== null) || boots.some((boot) => boot.block !== null && isGood(boot)));

const countsOf = ({ counts }: Comparison): ReportView['counts'] => ({
  boots: counts.reduce((sum, side) => sum + side.boots, 0),
  failed: counts.reduce((sum, side) => sum + side.failed, 0),
  broken: counts.reduce((sum, side) => sum + side.broken, 0),
});

const isAlarm = ({ code }: ComparisonWarning): boolean => code === 'nothing-booted' || code === 'most-failed';

function headlineOf({ run, comparison }: ReportInput, gateMetrics: readonly string[]): string | undefined {
  const ready = run?.scenario.ready;
  const wanted = isObject(ready) ? ready.metric : undefined;
  if (typeof wanted === 'string' && gateMetrics.includes(wanted)) return wanted;
  return gateMetrics[0] ?? comparison.metrics[0]?.metric ?? comparison.descriptions?.[0]?.metric;
}

/** Computes on first use and remembers the result: some figures need a walk over all boots. */
function remembered<T>(find: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const found = known.has(name) ? (known.get(name) as T) : find(name);
    known.set(name, found);
    return found;
  };
}
