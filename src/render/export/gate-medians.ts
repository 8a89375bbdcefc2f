/** The gate metrics of every variant, described: what formats hold that keep one number per benchmark and night. */
import type { SideSummary } from '../../model/comparison.ts';
import type { Us } from '../../model/units.ts';
import { plain } from '../escape.ts';
import type { ReportInput } from '../input.ts';
import { viewOf } from '../view.ts';

export interface GateMedian {
  /** `<scenario>/<metric>/<variant>`: the same every night. */
  readonly name: string;
  readonly medianUs: Us;
  readonly madUs: Us | null;
  readonly side: SideSummary;
}

/** Left out: what has no median. */
export function gateMedians(input: ReportInput): GateMedian[] {
  const { comparison, gateMetrics, variants } = viewOf(input);
  return gateMetrics.flatMap((metric) => {
    const rows = comparison.metrics.filter((row) => row.metric === metric);
    return variants.flatMap((variant) => {
      const side =
        variant === comparison.baseline ? rows[0]?.before : rows.find((row) => row.candidate === variant)?.after;
      if (side === undefined || side.medianUs === null) return [];
      const name = [comparison.scenario, metric, variant].map((part) => plain(part, 120)).join('/');
      return [{ name, medianUs: side.medianUs, madUs: side.madUs, side }];
    });
  });
}
