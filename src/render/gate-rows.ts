/** The gate table's cells as plain text: one source for Markdown and the terminal. */
import type { MetricComparison } from '../model/comparison.ts';
import { change, changeInterval, percentChange, percentDecimals, percentInterval, share, time } from './format.ts';
import { drawInterval, textAxis } from './interval-text.ts';
import { gateNote, SYMBOLS } from './verdict.ts';
import type { ReportView } from './view.ts';

export interface GateRow {
  readonly comparison: MetricComparison;
  readonly metric: string;
  readonly candidate: string;
  readonly before: string;
  readonly after: string;
  readonly p90: string;
  readonly n: string;
  readonly change: string;
  readonly percent: string;
  readonly interval: string;
  readonly picture: string;
  readonly verdict: string;
}

/** Effect of a row: a share if it has a ratio, else a time. */
export function effectText(view: ReportView, row: MetricComparison): { percent: string; interval: string } {
  const decimals = percentDecimals(row.ratio);
  if (row.ratio !== null && row.ratio.estimate !== null) {
    return { percent: percentChange(row.ratio.estimate, decimals), interval: percentInterval(row.ratio, decimals) };
  }
  const scale = view.scale(row.metric);
  if (row.differenceUs.estimate === null) return { percent: '–', interval: '–' };
  return { percent: change(row.differenceUs.estimate, scale), interval: changeInterval(row.differenceUs, scale) };
}

/** `▲ slower, fails`; `▲ slower, passes`; `▼ faster`. */
export const verdictText = (view: ReportView, row: MetricComparison): string =>
  `${SYMBOLS[row.verdict]} ${row.verdict}${gateNote(view, row)}`;

export function gateRows(view: ReportView, pictureWidth: number): GateRow[] {
  const rows = view.gates;
  const margins = new Set(rows.map((row) => row.margins.equivalenceMargin));
  const axis = textAxis(
    rows.map((row) => row.ratio),
    margins.size === 1 ? [...margins][0] : undefined,
    pictureWidth,
  );
  return rows.map((row) => {
    const scale = view.scale(row.metric);
    return {
      comparison: row,
      metric: row.metric,
      candidate: row.candidate,
      before: time(row.before.medianUs, scale),
      after: time(row.after.medianUs, scale),
      p90: `${time(row.before.p90Us, scale)} → ${time(row.after.p90Us, scale)}`,
      n: row.before.n === row.after.n ? String(row.after.n) : `${row.before.n} / ${row.after.n}`,
      change: change(row.differenceUs.estimate, scale),
      ...effectText(view, row),
      picture: drawInterval(row.ratio, axis),
      verdict: verdictText(view, row),
    };
  });
}

/** `95 % interval`, or just `interval` if rows differ. */
export function intervalHeading(rows: readonly MetricComparison[]): string {
  const levels = new Set(rows.map((row) => row.differenceUs.confidence));
  return levels.size === 1 ? `${share([...levels][0] ?? 0.95)} interval` : 'interval';
}
