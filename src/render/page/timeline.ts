/**
 * Boots drawn on one time axis: the critical path as a ribbon, and below it the spans, those on the path filled. Written by
 * hand rather than by vega: hundreds of bars with links, at 100 bytes each.
 */
import type { BootRecord, PathSegment } from '../../model/boot.ts';
import { escapeHtml, type Html, shorten, trusted } from '../escape.ts';
import { fixed, loose } from '../format.ts';
import type { ReportInput } from '../input.ts';
import { itemOfSpan, itemTitle } from '../items.ts';
import { metricAnchor, metricOfItem } from './parts.ts';

export interface TimelineRow {
  readonly variant: string;
  readonly index: number;
  readonly record: BootRecord;
}

const WIDTH = 1040;
const BAR = 17;
const RIBBON = 24;
/** Width of a letter at 11 px, on the wide side: text can't be measured here. */
const LETTER = 6.1;
/** Spans drawn per boot; all of them are in the table below. */
const DRAWN = 30;

export const pathOf = (record: BootRecord, metric: string): readonly PathSegment[] =>
  record.paths[metric] ?? Object.values(record.paths)[0] ?? [];

interface Bar {
  readonly item: string;
  readonly title: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly isOnPath: boolean;
  readonly kind: PathSegment['kind'];
}

/** What is on the path, and the longest of the rest, in the order they start. */
function barsOf(record: BootRecord, metric: string): Bar[] {
  const path = pathOf(record, metric);
  const onPath = new Set(path.map((segment) => segment.item));
  // What is too short to be seen is a name without a bar: targets and sockets, by the dozen.
  const leastUs = endOf(record, metric) / 300;
  const spans = record.spans.flatMap((span): Bar[] => {
    const isDrawable = span.end !== undefined && span.start.clock === 'monotonic' && span.end.clock === 'monotonic';
    if (!isDrawable || span.end === undefined || span.end.us < span.start.us) return [];
    const item = itemOfSpan(span);
    if (span.end.us - span.start.us < leastUs) return [];
    return [
      {
        item,
        title: shorten(span.name, 48),
        fromUs: span.start.us,
        toUs: span.end.us,
        isOnPath: onPath.has(item),
        kind: 'work',
      },
    ];
  });
  // Waits and milestones have no span of their own: their stretch of the path is drawn.
  const known = new Set(spans.map((bar) => bar.item));
  const others = path
    .filter((segment) => !known.has(segment.item) && segment.toUs - segment.fromUs >= leastUs)
    .map((segment) => ({
      item: segment.item,
      title: itemTitle(segment.item, 48),
      fromUs: segment.fromUs,
      toUs: segment.toUs,
      isOnPath: true,
      kind: segment.kind,
    }));
  const rank = (bar: Bar) => (bar.isOnPath ? 1e15 : 0) + (bar.toUs - bar.fromUs);
  return [...spans, ...others]
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, DRAWN)
    .sort((a, b) => a.fromUs - b.fromUs || a.toUs - b.toUs);
}

/** All boots given, one above the other, on one axis from kernel start. */
export function timelines(input: ReportInput, metric: string, rows: readonly TimelineRow[], finding: string): Html {
  const ends = rows.flatMap((row) => [endOf(row.record, metric), ...barsOf(row.record, metric).map((bar) => bar.toUs)]);
  const longest = Math.max(1, ...rows.map((row) => endOf(row.record, metric)));
  // Work that goes on long after the end mark would squeeze the rest: it is cut at the edge, with an arrow.
  const lastUs = Math.min(Math.max(...ends, 1), longest * 1.25);
  const x = (us: number) => Math.round((Math.min(us, lastUs) / lastUs) * (WIDTH - 2) * 10) / 10 + 1;
  const parts: string[] = [];
  let y = 6;
  const top = y;
  for (const row of rows) {
    y = drawBoot(input, metric, row, { x, y, lastUs, parts });
  }
  const ticks = timeTicks(lastUs);
  const grid = ticks.map((tick) => `<path class="grid" d="M${x(tick)} ${top}V${y}"/>`).join('');
  const labels = ticks
    .map(
      (tick) =>
        `<text class="tick" x="${x(tick)}" y="${y + 14}" text-anchor="${tick === 0 ? 'start' : 'middle'}">${tickText(tick, ticks[1] ?? 0)}</text>`,
    )
    .join('');
  return trusted(
    `<svg class="timeline" width="${WIDTH}" height="${y + 22}" viewBox="0 0 ${WIDTH} ${y + 22}" role="group" aria-label="${escapeHtml(finding, 1000)}">${grid}${parts.join('')}${labels}</svg>`,
  );
}

export function endOf(record: BootRecord, metric: string): number {
  const path = pathOf(record, metric);
  return (
    path[path.length - 1]?.toUs ??
    Math.max(0, ...record.events.filter((event) => event.clock === 'monotonic').map((event) => event.us))
  );
}

type Pen = {
  readonly x: (us: number) => number;
  readonly y: number;
  readonly lastUs: number;
  readonly parts: string[];
};

function drawBoot(input: ReportInput, metric: string, row: TimelineRow, pen: Pen): number {
  const { parts, x } = pen;
  const end = endOf(row.record, metric);
  let y = pen.y + 16;
  parts.push(
    `<g class="v${row.index % 5}"><text class="who" x="1" y="${y - 3}">${escapeHtml(shorten(row.variant, 40))}</text><text class="tick" x="${WIDTH - 1}" y="${y - 3}" text-anchor="end">${escapeHtml(`${shorten(row.record.boot.id, 40)}, ${shorten(metric, 40)} at ${loose(end)}`)}</text>`,
  );
  parts.push(ribbon(pathOf(row.record, metric), x, y, RIBBON));
  y += RIBBON + 6;
  const first = y;
  for (const bar of barsOf(row.record, metric)) {
    parts.push(drawBar(input, bar, { ...pen, y }));
    y += BAR;
  }
  parts.push(`<path class="end" d="M${x(end)} ${first - RIBBON - 8}V${y}"/></g>`);
  return y + 14;
}

/** The critical path end to end: neighbours in two shades, waits hatched, unknown stretches open. */
export function ribbon(
  path: readonly PathSegment[],
  x: (us: number) => number,
  y: number,
  height: number,
  withTips = true,
): string {
  return path
    .map((segment, index) => {
      const from = x(segment.fromUs);
      const width = Math.round((x(segment.toUs) - from) * 10) / 10;
      if (width <= 0) return '';
      const name = itemTitle(segment.item);
      const tip = withTips
        ? ` data-tip="${escapeHtml(`${shorten(name, 60)}: ${loose(segment.toUs - segment.fromUs)}${segment.kind === 'work' ? '' : ` (${segment.kind})`}`)}"`
        : '';
      const label =
        height >= 20 && width > name.length * LETTER + 10
          ? `<text class="on ${segment.kind}" x="${from + 4}" y="${y + height / 2 + 4}">${escapeHtml(name)}</text>`
          : '';
      return `<rect class="seg ${segment.kind} s${index % 2}" x="${from}" y="${y}" width="${width}" height="${height}"${tip}/>${label}`;
    })
    .join('');
}

function drawBar(input: ReportInput, bar: Bar, pen: Pen): string {
  const from = pen.x(bar.fromUs);
  const width = Math.max(1.5, Math.round((pen.x(bar.toUs) - from) * 10) / 10);
  const length = loose(bar.toUs - bar.fromUs);
  const text = `${bar.isOnPath ? '◆ ' : ''}${bar.title} ${length}${bar.toUs > pen.lastUs ? ' →' : ''}`;
  const needs = text.length * LETTER;
  const isRight = from + width + 6 + needs < WIDTH;
  const at = isRight ? `x="${from + width + 5}"` : `x="${Math.max(from - 5, needs)}" text-anchor="end"`;
  const onPath = bar.isOnPath ? ', on the critical path' : '';
  const tip = escapeHtml(`${bar.title}: ${length}, from ${loose(bar.fromUs)} to ${loose(bar.toUs)}${onPath}`);
  const body = `<rect class="${bar.isOnPath ? `seg ${bar.kind}` : 'span'}" x="${from}" y="${pen.y + 2}" width="${width}" height="${BAR - 5}" data-tip="${tip}"/><text class="name" ${at} y="${pen.y + 12}">${escapeHtml(text)}</text>`;
  const metric = metricOfItem(input, bar.item);
  return metric === undefined ? body : `<a href="#${metricAnchor(metric)}" tabindex="-1">${body}</a>`;
}

/** All ticks in one unit, with the digits that the step needs: `0.5 s`, `1.0 s`. */
function tickText(us: number, stepUs: number): string {
  if (us === 0) return '0';
  const isMs = stepUs < 100_000;
  const decimals = !isMs && stepUs % 1_000_000 !== 0 ? 1 : 0;
  return `${fixed(us / (isMs ? 1_000 : 1_000_000), decimals)} ${isMs ? 'ms' : 's'}`;
}

/** Round times, at most ten. */
function timeTicks(lastUs: number): number[] {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    .flatMap((n) => [n * 1_000])
    .concat([1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 3600].map((n) => n * 1_000_000));
  const step = steps.find((candidate) => lastUs / candidate <= 10) ?? lastUs;
  return Array.from({ length: Math.floor(lastUs / step) + 1 }, (_, index) => index * step);
}
