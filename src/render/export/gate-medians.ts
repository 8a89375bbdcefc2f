/** The gate metrics of every variant, for formats that keep one number per benchmark and night. */
import type { MetricDescription } from '../../model/description.ts';
import type { Us } from '../../model/units.ts';
import { plain } from '../escape.ts';
import type { ReportInput } from '../input.ts';
import { viewOf } from '../view.ts';

export interface GateMedian {
  /** `<scenario>/<metric>/<variant>`: the same every night. */
  readonly name: string;
  readonly medianUs: Us;
  readonly madUs: Us | null;
  readonly n: number;
}

/** Skips metrics without a median. */
export function gateMedians(input: ReportInput): GateMedian[] {
  const { comparison, gateMetrics, variants, isAlone, describedAs } = viewOf(input);
  return gateMetrics.flatMap((metric) => {
    if (isAlone) return aloneMedian(comparison.scenario, describedAs(metric));
    const rows = comparison.metrics.filter((row) => row.metric === metric);
    return variants.flatMap((variant) => {
      const side =
        variant === comparison.baseline ? rows[0]?.before : rows.find((row) => row.candidate === variant)?.after;
      if (side === undefined || side.medianUs === null) return [];
      const name = nameOf(comparison.scenario, metric, variant);
      return [{ name, medianUs: side.medianUs, madUs: side.madUs, n: side.n }];
    });
  });
}

const nameOf = (...parts: readonly string[]): string => parts.map((part) => plain(part, 120)).join('/');

function aloneMedian(scenario: string, described: MetricDescription | undefined): GateMedian[] {
  const medianUs = described?.quantiles[0]?.estimateUs;
  if (described === undefined || medianUs === undefined || medianUs === null) return [];
  const { metric, variant, madUs, n } = described;
  return [{ name: nameOf(scenario, metric, variant), medianUs, madUs, n }];
}
