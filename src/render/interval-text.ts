/**
 * Intervals drawn with characters, all on one axis:
 *
 *     ┊    │ ├──●──┤     the interval, its estimate, zero (│) and the equivalence band (┊)
 *     ◄────┼──●─┤        unbounded to the left
 */
import type { Interval } from '../model/comparison.ts';

export interface TextAxis {
  readonly low: number;
  readonly high: number;
  readonly width: number;
  /** A dotted edge on both sides of zero; undefined for none. */
  readonly margin: number | undefined;
}

/** An axis of shares (ratio - 1) that covers all intervals, zero and the band. */
export function textAxis(ratios: readonly (Interval | null)[], margin: number | undefined, width: number): TextAxis {
  const bounds = ratios.flatMap((ratio) => [ratio?.low, ratio?.high, ratio?.estimate]);
  const known = bounds.filter((bound) => typeof bound === 'number').map((bound) => bound - 1);
  const reach = margin === undefined ? [] : [-margin, margin];
  const low = Math.min(0, ...known, ...reach);
  const high = Math.max(0, ...known, ...reach);
  const pad = (high - low) * 0.04 || 0.01;
  return { low: low - pad, high: high + pad, width, margin };
}

export function drawInterval(ratio: Interval | null, axis: TextAxis): string {
  const cells = Array.from({ length: axis.width }, () => ' ');
  const column = (share: number) =>
    Math.max(0, Math.min(axis.width - 1, Math.round(((share - axis.low) / (axis.high - axis.low)) * (axis.width - 1))));
  const put = (share: number, mark: string) => {
    cells[column(share)] = mark;
  };
  if (axis.margin !== undefined) {
    put(-axis.margin, '┊');
    put(axis.margin, '┊');
  }
  put(0, '│');
  if (ratio === null || ratio.estimate === null) return cells.join('');
  const from = ratio.low === null ? 0 : column(ratio.low - 1);
  const to = ratio.high === null ? axis.width - 1 : column(ratio.high - 1);
  for (let at = from; at <= to; at++) cells[at] = cells[at] === '│' ? '┼' : '─';
  cells[from] = ratio.low === null ? '◄' : '├';
  cells[to] = ratio.high === null ? '►' : '┤';
  put(ratio.estimate - 1, '●');
  return cells.join('');
}
