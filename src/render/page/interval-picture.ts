/** One interval as a small SVG on an axis that all rows of a table share: band, zero, interval, estimate. */
import type { Interval } from '../../model/comparison.ts';
import type { Verdict } from '../../model/verdict.ts';
import { type Html, trusted } from '../escape.ts';

export interface PictureAxis {
  readonly low: number;
  readonly high: number;
  readonly width: number;
  readonly ticks: readonly number[];
}

/** An axis of shares (ratio - 1) that covers the intervals, zero and the bands; no wider than +-`limit`. */
export function pictureAxis(
  ratios: readonly (Interval | null)[],
  bands: readonly number[],
  width: number,
  limit: number,
): PictureAxis {
  const known = ratios
    .flatMap((ratio) => [ratio?.low, ratio?.high, ratio?.estimate])
    .filter((bound) => typeof bound === 'number');
  const shares = [0, ...known.map((bound) => bound - 1), ...bands, ...bands.map((band) => -band)];
  const low = Math.max(-limit, Math.min(...shares) * 1.08 - 0.001);
  const high = Math.min(limit, Math.max(...shares) * 1.08 + 0.001);
  return { low, high, width, ticks: ticksBetween(low, high, Math.floor(width / 48)) };
}

/** Round numbers, as many as fit. */
function ticksBetween(low: number, high: number, most: number): number[] {
  const steps = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
  const step = steps.find((candidate) => (high - low) / candidate <= most) ?? 10;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, index) => (first + index) * step);
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

const place = (axis: PictureAxis, share: number): number =>
  Math.max(0, Math.min(axis.width, ((share - axis.low) / (axis.high - axis.low)) * axis.width));

/** The axis itself, for the head of the table. */
export function axisPicture(axis: PictureAxis): Html {
  const labels = axis.ticks.map((tick, index) => {
    const x = place(axis, tick);
    const anchor =
      index === 0 && x < 14 ? 'start' : index === axis.ticks.length - 1 && axis.width - x < 14 ? 'end' : 'middle';
    const text = `${tick > 0 ? '+' : tick < 0 ? '\u2212' : ''}${Number((Math.abs(tick) * 100).toPrecision(6))}${tick === 0 ? '' : ' %'}`;
    return `<text x="${round(x)}" y="10" text-anchor="${anchor}">${text}</text>`;
  });
  return trusted(
    `<svg class="axis" width="${axis.width}" height="14" viewBox="0 0 ${axis.width} 14" aria-hidden="true">${labels.join('')}</svg>`,
  );
}

/** Decorative: the cells beside it hold the numbers. */
export function intervalPicture(
  ratio: Interval | null,
  axis: PictureAxis,
  verdict: Verdict,
  band: number | undefined,
  height = 22,
): Html {
  const middle = height / 2;
  const x = (share: number) => round(place(axis, share));
  const parts: string[] = [];
  if (band !== undefined) {
    const from = place(axis, -band);
    parts.push(
      `<rect class="band" x="${round(from)}" y="0" width="${round(place(axis, band) - from)}" height="${height}"/>`,
    );
  }
  parts.push(`<path class="zero" d="M${x(0)} 0V${height}"/>`);
  if (ratio !== null && ratio.estimate !== null) {
    const low = ratio.low === null ? undefined : ratio.low - 1;
    const high = ratio.high === null ? undefined : ratio.high - 1;
    const from = low === undefined || low < axis.low ? 0 : place(axis, low);
    const to = high === undefined || high > axis.high ? axis.width : place(axis, high);
    const cap = (at: number, isCut: boolean, way: 1 | -1) =>
      isCut
        ? `M${round(at - 5 * way)} ${middle - 4}L${round(at)} ${middle}L${round(at - 5 * way)} ${middle + 4}`
        : `M${round(at)} ${middle - 4}V${middle + 4}`;
    const isCutLow = low === undefined || low < axis.low;
    const isCutHigh = high === undefined || high > axis.high;
    parts.push(
      `<path class="line ${verdict}" d="M${round(from)} ${middle}H${round(to)}${cap(from, isCutLow, -1)}${cap(to, isCutHigh, 1)}"/>`,
    );
    const isInside = ratio.estimate - 1 >= axis.low && ratio.estimate - 1 <= axis.high;
    if (isInside) parts.push(`<circle class="dot ${verdict}" cx="${x(ratio.estimate - 1)}" cy="${middle}" r="3.5"/>`);
  }
  return trusted(
    `<svg class="interval" width="${axis.width}" height="${height}" viewBox="0 0 ${axis.width} ${height}" aria-hidden="true">${parts.join('')}</svg>`,
  );
}
