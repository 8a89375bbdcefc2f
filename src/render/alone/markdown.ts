/** A variant measured alone, in GitHub Markdown: its times, and the parts they consist of. */
import { markdown, markdownCode } from '../escape.ts';
import { count } from '../format.ts';
import { folded, table } from '../markdown-parts.ts';
import type { ReportView } from '../view.ts';
import {
  describedInOrder,
  firstMetrics,
  isTimed,
  pathAlone,
  pathBasis,
  pathRows,
  pathTitle,
  timesRow,
} from './rows.ts';

const HEAD = ['metric', 'median', 'interval', 'p90', 'p95', 'spread', 'n'] as const;
const ALIGN = ['left', 'right', 'right', 'right', 'right', 'right', 'right'] as const;

function timesTable(view: ReportView, metrics: readonly string[]): string {
  const rows = metrics.flatMap((metric) => view.describedAs(metric) ?? []).map((each) => timesRow(view, each));
  return table(
    HEAD,
    ALIGN,
    rows.map(({ metric, quantiles: [median, p90, p95], spread, n }) => [
      markdownCode(metric),
      median?.value ?? '–',
      median?.interval ?? '–',
      p90 === undefined ? '–' : `${p90.value} (${p90.interval})`,
      p95 === undefined ? '–' : `${p95.value} (${p95.interval})`,
      spread,
      n,
    ]),
  );
}

export function timesPart(view: ReportView): string {
  const metrics = firstMetrics(view);
  return metrics.length === 0 ? 'Nothing was measured.' : timesTable(view, metrics);
}

export function pathPart(view: ReportView, limit: number): string | undefined {
  const path = pathAlone(view);
  if (path === undefined) return undefined;
  const rows = pathRows(view, path, limit).map((row) => [
    row.isRest ? markdown(row.item) : markdownCode(pathTitle(row)),
    row.mean,
    row.share,
    row.spread,
    row.boots,
  ]);
  const body = table(
    ['on the critical path', 'mean', 'share', 'spread of the share', 'boots'],
    ['left', 'right', 'right', 'right', 'right'],
    rows,
  );
  return `**Where the time goes** (${markdownCode(path.metric)}, ${pathBasis(path)})\n\n${body}`;
}

/** All other metrics, the longest first. */
export function othersPart(view: ReportView, limit: number): string | undefined {
  const first = firstMetrics(view);
  const others = describedInOrder(view).filter((each) => isTimed(each) && !each.gate && !first.includes(each.metric));
  if (others.length === 0) return undefined;
  const shown = others.slice(0, limit).map(({ metric }) => metric);
  const more = others.length > shown.length ? `\n\n${count(others.length - shown.length, 'more metric')}.` : '';
  return folded(`${count(others.length, 'other metric')}, longest first`, `${timesTable(view, shown)}${more}`);
}
