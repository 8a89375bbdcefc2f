/** The gate table's cells as plain text: one source for Markdown and the terminal. */
import type { MetricComparison } from '../model/comparison.ts';
import { change, changeInterval, percentChange, percentDecimals, percentInterval, share, time } from './format.ts';
import { declarationOf, gatesOf, type ReportInput } from './input.ts';
import { drawInterval, textAxis } from './interval-text.ts';
import { metricScale } from './scales.ts';
import { gateNote, SYMBOLS } from './verdict.ts';

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

/** Effect of a row: as a share where there is a ratio, else as a time. */
export function effectText(input: ReportInput, row: MetricComparison): { percent: string; interval: string } {
  const decimals = percentDecimals(row.ratio);
  if (row.ratio !== null && row.ratio.estimate !== null) {
    return { percent: percentChange(row.ratio.estimate, decimals), interval: percentInterval(row.ratio, decimals) };
  }
  const scale = metricScale(input, row.metric);
  if (row.differenceUs.estimate === null) return { percent: '–', interval: '–' };
  return { percent: change(row.differenceUs.estimate, scale), interval: changeInterval(row.differenceUs, scale) };
}

/** `▲ slower, fails`; `▲ slower, passes`; `▼ faster`. */
export const verdictText = (input: ReportInput, row: MetricComparison): string =>
  `${SYMBOLS[row.verdict]} ${row.verdict}${gateNote(input, row)}`;

export function gateRows(input: ReportInput, pictureWidth: number): GateRow[] {
  const rows = gatesOf(input);
  const margins = new Set(rows.map((row) => declarationOf(input, row.metric)?.equivalenceMargin));
  const axis = textAxis(
    rows.map((row) => row.ratio),
    margins.size === 1 ? [...margins][0] : undefined,
    pictureWidth,
  );
  return rows.map((row) => {
    const scale = metricScale(input, row.metric);
    return {
      comparison: row,
      metric: row.metric,
      candidate: row.candidate,
      before: time(row.before.medianUs, scale),
      after: time(row.after.medianUs, scale),
      p90: `${time(row.before.p90Us, scale)} → ${time(row.after.p90Us, scale)}`,
      n: row.before.n === row.after.n ? String(row.after.n) : `${row.before.n} / ${row.after.n}`,
      change: change(row.differenceUs.estimate, scale),
      ...effectText(input, row),
      picture: drawInterval(row.ratio, axis),
      verdict: verdictText(input, row),
    };
  });
}

/** `95 % interval`, or just `interval` where rows differ. */
export function intervalHeading(rows: readonly MetricComparison[]): string {
  const levels = new Set(rows.map((row) => row.differenceUs.confidence));
  return levels.size === 1 ? `${share([...levels][0] ?? 0.95)} interval` : 'interval';
}
