/** The tables of a variant measured alone, as plain text cells: one source for the terminal and for Markdown. */
import type { MetricDescription, PathDescription } from '../../model/description.ts';
import { us } from '../../model/units.ts';
import { count, percent, share, time } from '../format.ts';
import { itemTitle } from '../items.ts';
import type { ReportView } from '../view.ts';
import { intervalWords } from './claims.ts';

/** Median, p90, p95 with their intervals, spread and slow boots of one metric. */
export interface TimesRow {
  readonly metric: string;
  readonly n: string;
  readonly quantiles: readonly { readonly value: string; readonly interval: string }[];
  readonly spread: string;
  readonly slow: string;
}

export function timesRow(view: ReportView, described: MetricDescription): TimesRow {
  const scale = view.scale(described.metric);
  return {
    metric: described.metric,
    n: String(described.n),
    quantiles: described.quantiles.map((each) => ({
      value: time(each.estimateUs, scale),
      interval: intervalWords(each, scale),
    })),
    spread: spreadWords(described.spread),
    slow: slowWords(view, described),
  };
}

export const spreadWords = (spread: number | null): string =>
  spread === null ? '–' : percent(spread, spread < 0.1 ? 1 : 0);

/** `1 of 24 over 51.2 s (0.1 to 21 %)` */
export function slowWords(view: ReportView, { metric, n, slow }: MetricDescription): string {
  if (slow === undefined) return '–';
  const bounds = `${percent(slow.share.low, 1).replace(' %', '')} to ${percent(slow.share.high, 0)}`;
  return `${slow.over} of ${n} over ${time(slow.thresholdUs, view.scale(metric))} (${bounds})`;
}

/** Metrics with a description: gates first, then the longest. */
export const describedInOrder = (view: ReportView): readonly MetricDescription[] =>
  [...(view.comparison.descriptions ?? [])].sort(
    (a, b) => Number(b.gate) - Number(a.gate) || medianOf(b) - medianOf(a) || (a.metric < b.metric ? -1 : 1),
  );

/**
 * Metrics of the first table: the gates, or the headline metric if there are none. If none of them has a value, the longest
 * metrics that do.
 */
export function firstMetrics(view: ReportView): readonly string[] {
  const wanted = view.gateMetrics.length > 0 ? view.gateMetrics : view.headline === undefined ? [] : [view.headline];
  if (wanted.some((metric) => isTimed(view.describedAs(metric)))) return wanted;
  return describedInOrder(view)
    .filter(isTimed)
    .slice(0, 5)
    .map(({ metric }) => metric);
}

export const isTimed = (described: MetricDescription | undefined): boolean => (described?.n ?? 0) > 0;

const medianOf = ({ quantiles: [median] }: MetricDescription): number => median?.estimateUs ?? -1;

/** The path to the headline metric, or else the first path. */
export const pathAlone = (view: ReportView): PathDescription | undefined => {
  const paths = view.comparison.paths ?? [];
  return paths.find(({ metric }) => metric === view.headline) ?? paths[0];
};

export interface PathRow {
  readonly item: string;
  readonly isRest: boolean;
  readonly mean: string;
  readonly share: string;
  /** Quartiles of the share over the boots. */
  readonly spread: string;
  readonly boots: string;
}

/** The largest items, and one row for the rest, so that the sum stays true. */
export function pathRows(view: ReportView, path: PathDescription, limit: number): PathRow[] {
  const scale = view.scale(path.metric);
  const shown = path.rows.slice(0, path.rows.length <= limit + 1 ? path.rows.length : limit);
  const rest = path.rows.slice(shown.length);
  const rows = shown.map((row) => ({
    item: row.item,
    isRest: false,
    mean: time(row.meanUs, scale),
    share: percent(row.share, 1),
    spread: `${percent(row.lowShare, 1).replace(' %', '')} to ${percent(row.highShare, 1)}`,
    boots: `${row.boots} of ${path.boots}`,
  }));
  if (rest.length === 0) return rows;
  const restUs = us(rest.reduce((sum, row) => sum + row.meanUs, 0));
  const restShare = rest.reduce((sum, row) => sum + row.share, 0);
  return [
    ...rows,
    {
      item: `${rest.length} other items`,
      isRest: true,
      mean: time(restUs, scale),
      share: percent(restShare, 1),
      spread: '',
      boots: '',
    },
  ];
}

export const pathTitle = (row: PathRow, limit = 60): string => (row.isRest ? row.item : itemTitle(row.item, limit));

/** `means over 12 boots; the spread is from the first to the third quarter of the boots` */
export const pathBasis = (path: PathDescription): string =>
  `means over ${count(path.boots, 'boot')}; the spread of a share covers the middle half of the boots`;

/** The assumption behind the intervals. */
export const assumption = (view: ReportView): string =>
  `Intervals are distribution-free, at ${share(1 - view.comparison.alpha)} each. They assume independent ${view.isBlocked ? 'blocks' : 'boots'}. Boots that share a host or an hour vary less than future ones will, so the result may not hold at another time or place.`;
