/**
 * The run as the renderers look at it, made once per output: what they all ask for, found once. Everything here is looked up
 * or picked out; nothing is claimed that does not stand in `comparison.json`.
 */
import type { MetricComparison } from '../model/comparison.ts';
import type { MetricDeclaration } from '../model/samples.ts';
import { type FactSpread, factSpreads } from './facts.ts';
import type { Scale } from './format.ts';
import type { ReportInput } from './input.ts';
import { metricScale, valueScale } from './scales.ts';

export interface ReportView extends ReportInput {
  /** The baseline, then the candidates. */
  readonly variants: readonly string[];
  /** Rows of the gate metrics in the scenario's order, the candidates of a metric together. */
  readonly gates: readonly MetricComparison[];
  readonly gateMetrics: readonly string[];
  /** The metric the scenario waits for, if it is a gate; else the first gate; else the first metric there is. */
  readonly headline: string | undefined;
  /** Every boot belongs to a block: the variants were interleaved. */
  readonly isBlocked: boolean;
  readonly facts: readonly FactSpread[];
  gatesOf(candidate: string): readonly MetricComparison[];
  declared(metric: string): MetricDeclaration | undefined;
  /** Whether the table of all metrics has a row of it. */
  hasRow(metric: string): boolean;
  /** The scale of the metric's figures, the same wherever they are shown. */
  scale(metric: string): Scale;
  /** The scale of single boots' values. */
  valueScale(metric: string): Scale;
}

export function viewOf(input: ReportInput): ReportView {
  const { comparison, samples } = input;
  const gateMetrics = [...new Set(comparison.metrics.filter((row) => row.gate).map((row) => row.metric))];
  const gates = gateMetrics.flatMap((metric) => comparison.metrics.filter((row) => row.gate && row.metric === metric));
  const declarations = new Map(samples.metrics.map((declared) => [declared.id, declared]));
  const rows = new Set(comparison.metrics.map((row) => row.metric));
  const variants = [comparison.baseline, ...comparison.candidates];
  const scale = remembered((metric) => metricScale(input, metric));
  const facts = remembered(() => factSpreads(input.records ?? [], variants));
  return {
    ...input,
    variants,
    gates,
    gateMetrics,
    headline: headlineOf(input, gateMetrics),
    isBlocked: samples.boots.length > 0 && samples.boots.every((boot) => boot.block !== null),
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

function headlineOf({ run, comparison }: ReportInput, gateMetrics: readonly string[]): string | undefined {
  const ready = run?.scenario.ready;
  const wanted = typeof ready === 'object' && ready !== null && 'metric' in ready ? ready.metric : undefined;
  if (typeof wanted === 'string' && gateMetrics.includes(wanted)) return wanted;
  return gateMetrics[0] ?? comparison.metrics[0]?.metric;
}

/** Found when first asked for, then known: some figures take a walk over all boots. */
function remembered<T>(find: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const found = known.has(name) ? (known.get(name) as T) : find(name);
    known.set(name, found);
    return found;
  };
}
