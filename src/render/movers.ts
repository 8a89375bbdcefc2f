/** What moved: the path items that account for a difference, and the exploratory metrics that a test found. */

import type { Attribution, MetricComparison } from '../model/comparison.ts';
import { type Us, us } from '../model/units.ts';
import type { ReportView } from './view.ts';

export type AttributionRow = Attribution['rows'][number];

/**
 * Rows by the size of their difference, and the sum of the rest, so that the total stays correct. Rows whose difference rounds
 * to zero (`leastUs`) count as part of the rest.
 */
export function topRows(
  attribution: Attribution,
  limit: number,
  leastUs: Us,
): { top: AttributionRow[]; rest: AttributionRow | undefined } {
  const sorted = [...attribution.rows].sort(
    (a, b) => Math.abs(b.differenceUs) - Math.abs(a.differenceUs) || (a.item < b.item ? -1 : 1),
  );
  const worth = sorted.filter((row) => Math.abs(row.differenceUs) >= leastUs).length;
  const shown = Math.max(1, Math.min(limit, worth));
  if (sorted.length <= shown + 1) return { top: sorted, rest: undefined };
  const others = sorted.slice(shown);
  const sum = (pick: (row: AttributionRow) => Us) => us(others.reduce((total, row) => total + pick(row), 0));
  return {
    top: sorted.slice(0, shown),
    rest: {
      item: `${others.length} other items`,
      beforeUs: sum((row) => row.beforeUs),
      afterUs: sum((row) => row.afterUs),
      differenceUs: sum((row) => row.differenceUs),
      lowUs: null,
      highUs: null,
      pAdjusted: null,
    },
  };
}

/** Rows that are neither gates nor controls: hints on where to look. */
export const exploratoryRows = (view: ReportView): MetricComparison[] =>
  view.comparison.metrics.filter((row) => !row.gate && view.declared(row.metric)?.control !== true);

/** Exploratory metrics with a verdict of faster or slower, the largest change in time first. */
export function exploratoryMovers(view: ReportView): MetricComparison[] {
  return exploratoryRows(view)
    .filter((row) => row.verdict === 'slower' || row.verdict === 'faster')
    .sort((a, b) => Math.abs(b.differenceUs.estimate ?? 0) - Math.abs(a.differenceUs.estimate ?? 0));
}
