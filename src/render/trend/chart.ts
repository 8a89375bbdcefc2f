/** One series over its nights: ratios with their intervals, the levels between changes, missing nights, marks. */
import type { Trend, TrendChange, TrendPoint, TrendSeries } from '../../model/trend.ts';
import { draw } from '../charts/draw.ts';
import { type Html, plain } from '../escape.ts';
import { count, percentChange } from '../format.ts';
import { effectText, nightText } from './names.ts';

const WIDTH = 980;
const HEIGHT = 190;

/** Runs in one chart; the table and the JSON also have the older ones. */
const MOST_RUNS = 400;

export interface SeriesChart {
  readonly trend: Trend;
  readonly series: TrendSeries;
  readonly changes: readonly TrendChange[];
  readonly links: ReadonlyMap<string, string>;
}

export const isCut = ({ points }: TrendSeries): boolean => points.length > MOST_RUNS;

export function seriesChart({ trend, series, changes, links }: SeriesChart): Promise<Html> {
  const shown = series.points.slice(-MOST_RUNS);
  const first = shown[0]?.night ?? '';
  const inView = <T extends { readonly night: string }>(all: readonly T[]) => all.filter(({ night }) => night >= first);
  const points = shown.map((point) => pointOf(point, links));
  const marks = trend.marks.filter(({ scenario }) => scenario === series.scenario);
  const y = ratioAxis(points);
  return draw(
    {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        ...levelLayers(points, levelsOf(series, first), y),
        ...changeLayers(inView(marks).map(markOf), inView(changes).map(changeMark)),
        missingLayer(series.missing.filter((night) => night >= first).map(missingMark)),
        ...pointLayers(points, y),
      ],
    },
    findingOf(series, changes),
  );
}

type Point = ReturnType<typeof pointOf>;

const pointOf = ({ night, run, ratio, low, high, image }: TrendPoint, links: ReadonlyMap<string, string>) => ({
  at: timeOf(night),
  ratio: share(ratio),
  low: share(low ?? ratio),
  high: share(high ?? ratio),
  href: links.get(run) ?? null,
  label: plain(`${nightText(night)}: ${percentChange(ratio, 1)}, ${image.split('/').at(-1) ?? image}`, 80),
});

const TIME_AXIS = { title: null, grid: false, format: '%-d %b %y', tickCount: 8, labelOverlap: true, labelFlush: true };
const X = { field: 'at', type: 'temporal', scale: { type: 'utc', nice: false, padding: 6 }, axis: TIME_AXIS } as const;
const DESCRIPTION = { field: 'label' } as const;

type RatioAxis = ReturnType<typeof ratioAxis>;

function ratioAxis(points: readonly Point[]) {
  const { low, high } = extentOf(points);
  return {
    field: 'ratio',
    type: 'quantitative',
    scale: { domain: [low, high], nice: false, clamp: true },
    axis: {
      title: null,
      format: '+.1~f',
      labelExpr: "datum.value === 0 ? '0 %' : replace(datum.label, '-', '\u2212') + ' %'",
      tickCount: 5,
    },
  } as const;
}

/** Layers: the no-change line, the intervals of the runs, the levels between changes. */
const levelLayers = (points: readonly Point[], levels: ReturnType<typeof levelsOf>, y: RatioAxis) =>
  [
    {
      data: { values: [{ ratio: 0 }] },
      mark: { type: 'rule', stroke: 'var(--muted)', strokeWidth: 1, strokeDash: [2, 3], aria: false },
      encoding: { y },
    },
    {
      data: { values: points },
      mark: { type: 'rule', stroke: 'var(--v1)', strokeWidth: 1.2, opacity: 0.28, aria: false },
      encoding: { x: X, y: { ...y, field: 'low' }, y2: { field: 'high' } },
    },
    {
      data: { values: levels },
      mark: { type: 'rule', stroke: 'var(--ink)', strokeWidth: 1.8, aria: false },
      encoding: { x: X, x2: { field: 'to' }, y },
    },
  ] as const;

const changeLayers = (marks: readonly ReturnType<typeof markOf>[], changes: readonly ReturnType<typeof changeMark>[]) =>
  [
    {
      data: { values: marks },
      mark: { type: 'rule', stroke: 'var(--muted)', strokeWidth: 1, strokeDash: [1, 3] },
      encoding: { x: X, description: DESCRIPTION },
    },
    {
      data: { values: changes },
      mark: { type: 'rule', strokeWidth: 1.6, strokeDash: [5, 3] },
      encoding: { x: X, stroke: { field: 'color', type: 'nominal', scale: null }, description: DESCRIPTION },
    },
  ] as const;

const missingLayer = (nights: readonly ReturnType<typeof missingMark>[]) =>
  ({
    data: { values: nights },
    mark: { type: 'point', shape: 'cross', angle: 45, size: 22, y: HEIGHT - 5, filled: true, color: 'var(--muted)' },
    encoding: { x: X, description: DESCRIPTION },
  }) as const;

/** A null link would lead to a file of that name. */
const pointLayers = (points: readonly Point[], y: RatioAxis) =>
  [
    {
      ...POINT,
      data: { values: points.filter(({ href }) => href === null) },
      encoding: { x: X, y, description: DESCRIPTION },
    },
    {
      ...POINT,
      data: { values: points.filter(({ href }) => href !== null) },
      encoding: { x: X, y, description: DESCRIPTION, href: { field: 'href' } },
    },
  ] as const;

const POINT = { mark: { type: 'point', size: 15, filled: true, color: 'var(--v1)', opacity: 1 } } as const;

const timeOf = (night: string): number => Date.parse(`${night}T00:00:00Z`);

/** Difference to the reference in percent, to a hundredth. */
const share = (ratio: number): number => Math.round((ratio - 1) * 10_000) / 100;

/** Range of the points, and of their intervals unless they reach far out: one wild night must not flatten the others. */
function extentOf(points: readonly { ratio: number; low: number; high: number }[]): { low: number; high: number } {
  const ratios = points.map(({ ratio }) => ratio);
  const half = [...points.map(({ low, high }) => (high - low) / 2)].sort((a, b) => a - b)[points.length >> 1] ?? 0;
  const low = Math.min(0, ...ratios) - half;
  const high = Math.max(0, ...ratios) + half;
  return { low: low - 0.5, high: high + 0.5 };
}

const levelsOf = ({ levels }: TrendSeries, first: string) =>
  levels
    .filter(({ to }) => to >= first)
    .map(({ from, to, ratio }) => ({ at: timeOf(from < first ? first : from), to: timeOf(to), ratio: share(ratio) }));

const markOf = ({ night, what }: Trend['marks'][number]) => ({
  at: timeOf(night),
  label: plain(`${nightText(night)}: ${what}`, 200),
});

const changeMark = (change: TrendChange) => ({
  at: timeOf(change.night),
  color: change.status === 'standing' ? `var(--${change.direction})` : 'var(--muted)',
  label: `${nightText(change.night)}: ${effectText(change)}, ${change.status}`,
});

const missingMark = (night: string) => ({ at: timeOf(night), label: `${nightText(night)}: no value` });

function findingOf(series: TrendSeries, changes: readonly TrendChange[]): string {
  const told = changes.map((change) => `${effectText(change)} from ${nightText(change.night)} (${change.status})`);
  return plain(
    `${series.metric} over ${count(series.points.length, 'run')}: ${told.length === 0 ? 'no change' : told.join('; ')}${series.missing.length > 0 ? `; no value on ${count(series.missing.length, 'night')}` : ''}.`,
    600,
  );
}
