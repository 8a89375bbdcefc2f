/**
 * What the renderers are given, and how they look things up in it. `run` and `records` may be absent: a comparison needs no
 * more than a `samples.json`. Nothing statistical is computed in this room: what is claimed stands in `comparison.json`.
 */
import type { BootRecord } from '../model/boot.ts';
import type { Comparison, MetricComparison } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import type { MetricDeclaration, SampleBoot, Samples } from '../model/samples.ts';

export interface ReportInput {
  readonly run?: Run | undefined;
  readonly comparison: Comparison;
  readonly samples: Samples;
  readonly records?: readonly BootRecord[] | undefined;
}

/** One value of one boot, as it is drawn. `position` counts the variant's boots in the order they were run. */
export interface Point {
  readonly boot: string;
  readonly variant: string;
  readonly block: number | null;
  readonly position: number;
  readonly us: number;
  readonly errorUs: number;
}

export const variantsOf = (input: ReportInput): string[] => [input.comparison.baseline, ...input.comparison.candidates];

export const declarationOf = (input: ReportInput, metric: string): MetricDeclaration | undefined =>
  input.samples.metrics.find((declared) => declared.id === metric);

export const gateMetrics = (input: ReportInput): string[] => [
  ...new Set(input.comparison.metrics.filter((row) => row.gate).map((row) => row.metric)),
];

/** Comparisons of the gate metrics (of one candidate) in the scenario's order, the candidates of a metric together. */
export const gatesOf = (input: ReportInput, candidate?: string): MetricComparison[] =>
  gateMetrics(input).flatMap((metric) =>
    input.comparison.metrics.filter(
      (row) => row.gate && row.metric === metric && (candidate === undefined || row.candidate === candidate),
    ),
  );

/** The metric the scenario waits for, if it is a gate; else the first gate; else the first metric there is. */
export function headlineMetric(input: ReportInput): string | undefined {
  const gates = gateMetrics(input);
  const ready = input.run?.scenario.ready;
  const wanted = typeof ready === 'object' && ready !== null && 'metric' in ready ? ready.metric : undefined;
  if (typeof wanted === 'string' && gates.includes(wanted)) return wanted;
  return gates[0] ?? input.comparison.metrics[0]?.metric;
}

/** A boot that counts: it booted and broke no expectation. */
export const isGood = (boot: SampleBoot): boolean => boot.outcome === 'booted' && boot.broken.length === 0;

/** Measured values of a metric over the good boots, in the order the boots were run. */
export function pointsOf(input: ReportInput, metric: string): Point[] {
  const position = new Map<string, number>();
  const points: Point[] = [];
  for (const boot of input.samples.boots) {
    const at = (position.get(boot.variant) ?? 0) + 1;
    position.set(boot.variant, at);
    const value = boot.values[metric];
    if (!isGood(boot) || value === undefined || !('us' in value)) continue;
    points.push({
      boot: boot.id,
      variant: boot.variant,
      block: boot.block,
      position: at,
      us: value.us,
      errorUs: value.errorUs,
    });
  }
  return points;
}

/** True where every boot belongs to a block: the variants were interleaved. */
export const isBlocked = (input: ReportInput): boolean =>
  input.samples.boots.length > 0 && input.samples.boots.every((boot) => boot.block !== null);

/** The lower middle of the values: always one of them, so that a real boot can be shown for it. */
function lowerMedian<T>(items: readonly T[], value: (item: T) => number): T | undefined {
  const sorted = [...items].sort((a, b) => value(a) - value(b));
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** The record of the variant's median boot by the metric: the one whose timeline is shown. */
export function medianRecord(input: ReportInput, variant: string, metric: string): BootRecord | undefined {
  const records = new Map((input.records ?? []).map((record) => [record.boot.id, record]));
  const drawable = pointsOf(input, metric).filter((point) => point.variant === variant && records.has(point.boot));
  const middle = lowerMedian(drawable, (point) => point.us);
  return middle === undefined ? undefined : records.get(middle.boot);
}
