/** A variant measured alone, in a terminal: its times, and the parts they consist of. */
import { terminal } from '../escape.ts';
import type { Column } from '../terminal.ts';
import type { ReportView } from '../view.ts';
import { firstMetrics, pathAlone, pathRows, pathTitle, timesRow } from './rows.ts';

export function timesColumns(view: ReportView, width: number): Column[] {
  const rows = firstMetrics(view)
    .flatMap((metric) => view.describedAs(metric) ?? [])
    .map((each) => timesRow(view, each));
  if (rows.length === 0) return [];
  const column = (head: string, pick: (row: (typeof rows)[number]) => string, right = true): Column => ({
    head,
    right,
    cells: rows.map((row) => ({ text: pick(row) })),
  });
  const isWide = width >= 100;
  return [
    column('metric', (row) => terminal(row.metric, 34), false),
    column('median', (row) => row.quantiles[0]?.value ?? '–'),
    ...(isWide ? [column('interval', (row) => row.quantiles[0]?.interval ?? '–')] : []),
    column('p90', (row) => row.quantiles[1]?.value ?? '–'),
    column('p95', (row) => row.quantiles[2]?.value ?? '–'),
    column('spread', (row) => row.spread),
    column('n', (row) => row.n),
    ...(isWide ? [column('slow', (row) => row.slow)] : []),
  ];
}

export function pathColumns(view: ReportView, width: number): Column[] {
  const path = pathAlone(view);
  if (path === undefined) return [];
  const rows = pathRows(view, path, 8);
  const name = Math.max(16, width - 44);
  const column = (head: string, pick: (row: (typeof rows)[number]) => string): Column => ({
    head,
    right: true,
    cells: rows.map((row) => ({ text: pick(row) })),
  });
  return [
    {
      head: `on the path to ${terminal(path.metric, 24)}`,
      cells: rows.map((row) => ({ text: terminal(pathTitle(row), name) })),
    },
    column('mean', (row) => row.mean),
    column('share', (row) => row.share),
    column('spread', (row) => row.spread),
  ];
}
