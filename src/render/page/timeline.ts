/**
 * Boots on one time axis: the critical path as a ribbon, and below it the spans, with those on the path filled. We write the
 * SVG by hand instead of using vega: hundreds of bars with links, at 100 bytes each.
 */
import type { BootRecord, PathSegment } from '../../model/boot.ts';
import { type Us, us } from '../../model/units.ts';
import { escapeHtml, type Html, shorten, trusted } from '../escape.ts';
import { fixed, loose } from '../format.ts';
import { itemOfSpan, itemTitle } from '../items.ts';
import type { ReportView } from '../view.ts';
import { metricAnchor, metricOfItem } from './parts.ts';

export interface TimelineRow {
  readonly variant: string;
  readonly index: number;
  readonly record: BootRecord;
}

/** The page holds two drawings, and the style sheet shows the one that fits: for a screen, or for a phone held upright. */
interface Layout {
  readonly name: 'wide' | 'narrow';
  readonly width: number;
  /** From one bar to the next; on a phone the name stands above its bar, as there is no room beside it. */
  readonly rowHeight: number;
  /** Spans drawn per boot; all of them are in the table below. */
  readonly drawn: number;
}

const WIDE: Layout = { name: 'wide', width: 1040, rowHeight: 17, drawn: 30 };
const NARROW: Layout = { name: 'narrow', width: 304, rowHeight: 27, drawn: 12 };

const BAR = 12;
const RIBBON = 24;
/** Width of a letter at 11 px, rounded up: no code can measure text here. */
const LETTER = 6.1;

export const pathOf = (record: BootRecord, metric: string): readonly PathSegment[] =>
  record.paths[metric] ?? Object.values(record.paths)[0] ?? [];

interface Bar {
  readonly item: string;
  readonly title: string;
  readonly fromUs: Us;
  readonly toUs: Us;
  readonly isOnPath: boolean;
  readonly kind: PathSegment['kind'];
}

/** The items on the path and the longest of the rest, in the order of their start. */
function barsOf(record: BootRecord, metric: string, limit: number): Bar[] {
  const path = pathOf(record, metric);
  const onPath = new Set(path.map((segment) => segment.item));
  // Skips spans too short to see: each would be a name without a bar (targets and sockets, by the dozen).
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
  // Waits and milestones have no span: the bar shows their stretch of the path.
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
    .slice(0, limit)
    .sort((a, b) => a.fromUs - b.fromUs || a.toUs - b.toUs);
}

/** All the given boots, one above the other, on one axis from kernel start. */
export function timelines(view: ReportView, metric: string, rows: readonly TimelineRow[], finding: string): Html {
  return trusted([WIDE, NARROW].map((layout) => drawing(view, metric, rows, { layout, finding })).join(''));
}

function drawing(
  view: ReportView,
  metric: string,
  rows: readonly TimelineRow[],
  { layout, finding }: { readonly layout: Layout; readonly finding: string },
): string {
  const { name, width, drawn } = layout;
  const ends = rows.flatMap(({ record }) => [
    endOf(record, metric),
    ...barsOf(record, metric, drawn).map((bar) => bar.toUs),
  ]);
  const longest = Math.max(1, ...rows.map((row) => endOf(row.record, metric)));
  // Work that continues long after the end mark would squeeze the rest: cut it at the edge, with an arrow.
  const lastUs = Math.min(Math.max(...ends, 1), longest * 1.25);
  const x = (us: Us) => Math.round((Math.min(us, lastUs) / lastUs) * (width - 2) * 10) / 10 + 1;
  const parts: string[] = [];
  let y = 6;
  const top = y;
  for (const row of rows) {
    y = drawBoot(view, metric, row, { layout, x, y, lastUs: us(lastUs), parts });
  }
  const ticks = timeTicks(us(lastUs), name === 'wide' ? 10 : 5);
  const grid = ticks.map((tick) => `<path class="grid" d="M${x(us(tick))} ${top}V${y}"/>`).join('');
  const labels = ticks
    .map((tick) => {
      const anchor = tick === 0 ? 'start' : x(us(tick)) > width - 16 ? 'end' : 'middle';
      return `<text class="tick" x="${x(us(tick))}" y="${y + 14}" text-anchor="${anchor}">${tickText(us(tick), us(ticks[1] ?? 0))}</text>`;
    })
    .join('');
  return `<svg class="timeline ${name}" width="${width}" height="${y + 22}" viewBox="0 0 ${width} ${y + 22}" role="group" aria-label="${escapeHtml(finding, 1000)}">${grid}${parts.join('')}${labels}</svg>`;
}

export function endOf(record: BootRecord, metric: string): number {
  const path = pathOf(record, metric);
  return (
    path[path.length - 1]?.toUs ??
    Math.max(0, ...record.events.filter((event) => event.clock === 'monotonic').map((event) => event.us))
  );
}

type Pen = {
  readonly layout: Layout;
  readonly x: (us: Us) => number;
  readonly y: number;
  readonly lastUs: Us;
  readonly parts: string[];
};

function drawBoot(view: ReportView, metric: string, row: TimelineRow, pen: Pen): number {
  const { layout, parts, x } = pen;
  const { width, rowHeight, drawn } = layout;
  const end = endOf(row.record, metric);
  let y = pen.y + 16;
  const at = layout.name === 'wide' ? `${shorten(row.record.boot.id, 40)}, ${shorten(metric, 40)} at ` : '';
  parts.push(
    `<g class="v${row.index % 5}"><text class="who" x="1" y="${y - 3}">${escapeHtml(shorten(row.variant, layout.name === 'wide' ? 40 : 24))}</text><text class="tick" x="${width - 1}" y="${y - 3}" text-anchor="end">${escapeHtml(`${at}${loose(us(end))}`)}</text>`,
  );
  parts.push(ribbon(pathOf(row.record, metric), x, y, RIBBON));
  y += RIBBON + 6;
  const first = y;
  for (const bar of barsOf(row.record, metric, drawn)) {
    parts.push(drawBar(view, bar, { ...pen, y }));
    y += rowHeight;
  }
  parts.push(`<path class="end" d="M${x(us(end))} ${first - RIBBON - 8}V${y}"/></g>`);
  return y + 14;
}

/** The critical path end to end: neighbours in two shades, waits hatched, unknown stretches open. */
export function ribbon(
  path: readonly PathSegment[],
  x: (us: Us) => number,
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
        ? ` data-tip="${escapeHtml(`${shorten(name, 60)}: ${loose(us(segment.toUs - segment.fromUs))}${segment.kind === 'work' ? '' : ` (${segment.kind})`}`)}"`
        : '';
      const label =
        height >= 20 && width > name.length * LETTER + 10
          ? `<text class="on ${segment.kind}" x="${from + 4}" y="${y + height / 2 + 4}">${escapeHtml(name)}</text>`
          : '';
      return `<rect class="seg ${segment.kind} s${index % 2}" x="${from}" y="${y}" width="${width}" height="${height}"${tip}/>${label}`;
    })
    .join('');
}

function drawBar(view: ReportView, bar: Bar, pen: Pen): string {
  const { name, rowHeight } = pen.layout;
  const from = pen.x(bar.fromUs);
  const width = Math.max(1.5, Math.round((pen.x(bar.toUs) - from) * 10) / 10);
  const length = loose(us(bar.toUs - bar.fromUs));
  const text = `${bar.isOnPath ? '◆ ' : ''}${shorten(bar.title, name === 'wide' ? 48 : 34)} ${length}${bar.toUs > pen.lastUs ? ' →' : ''}`;
  const onPath = bar.isOnPath ? ', on the critical path' : '';
  const tip = escapeHtml(`${bar.title}: ${length}, from ${loose(bar.fromUs)} to ${loose(bar.toUs)}${onPath}`);
  const y = pen.y + rowHeight - BAR - 3;
  const body = `<rect class="${bar.isOnPath ? `seg ${bar.kind}` : 'span'}" x="${from}" y="${y}" width="${width}" height="${BAR}" data-tip="${tip}"/><text class="name" ${namePlace(text, from, width, pen)}>${escapeHtml(text)}</text>`;
  const metric = metricOfItem(view, bar.item);
  return metric === undefined ? body : `<a href="#${metricAnchor(metric)}" tabindex="-1">${body}</a>`;
}

/** Right of its bar, or left if there is no room; on a phone above it, as far right as it fits. */
function namePlace(text: string, from: number, width: number, { layout, y }: Pen): string {
  const needs = text.length * LETTER;
  if (layout.name === 'narrow')
    return `x="${Math.max(0, Math.min(from, Math.round(layout.width - needs)))}" y="${y + 9}"`;
  const place =
    from + width + 6 + needs < layout.width
      ? `x="${from + width + 5}"`
      : `x="${Math.max(from - 5, needs)}" text-anchor="end"`;
  return `${place} y="${y + 12}"`;
}

/** All ticks in one unit, with the digits that the step needs: `0.5 s`, `1.0 s`. */
function tickText(us: Us, stepUs: Us): string {
  if (us === 0) return '0';
  const isMs = stepUs < 100_000;
  const decimals = !isMs && stepUs % 1_000_000 !== 0 ? 1 : 0;
  return `${fixed(us / (isMs ? 1_000 : 1_000_000), decimals)} ${isMs ? 'ms' : 's'}`;
}

/** Round times, at most `limit` steps. */
function timeTicks(lastUs: Us, limit: number): number[] {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    .flatMap((n) => [n * 1_000])
    .concat([1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 3600].map((n) => n * 1_000_000));
  const step = steps.find((candidate) => lastUs / candidate <= limit) ?? lastUs;
  return Array.from({ length: Math.floor(lastUs / step) + 1 }, (_, index) => index * step);
}
