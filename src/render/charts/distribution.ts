/**
 * Charts of one gate metric's raw values: strip, ECDF, run order, shift by quantile. Points are boots and link to them.
 * Beyond `POINTS_LIMIT` boots of a variant, percentiles stand in for boots and the caption says so.
 */
import type { MetricComparison } from '../../model/comparison.ts';
import { anchor, type Html, plain } from '../escape.ts';
import { change, fixed, type Scale, time } from '../format.ts';
import type { Point } from '../input.ts';
import { draw, PLOT_HEIGHT, PLOT_WIDTH } from './draw.ts';
import { variantScales } from './palette.ts';

/** Points a chart draws per variant; vega writes about 250 bytes for each. */
export const POINTS_LIMIT = 150;

export interface Distribution {
  readonly metric: string;
  readonly variants: readonly string[];
  readonly points: readonly Point[];
  readonly rows: readonly MetricComparison[];
  readonly scale: Scale;
}

/** Linear interpolation between order statistics (type 7), for drawing. */
function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? low) - low);
}

export const isSummarised = (distribution: Distribution): boolean =>
  distribution.variants.some((variant) => pointsIn(distribution, variant).length > POINTS_LIMIT);

const pointsIn = (distribution: Distribution, variant: string): Point[] =>
  distribution.points.filter((point) => point.variant === variant);

const sortedValues = (distribution: Distribution, variant: string): number[] =>
  pointsIn(distribution, variant)
    .map((point) => point.us / distribution.scale.usPerUnit)
    .sort((a, b) => a - b);

/** A number as short as it can be drawn: a thousandth of the spread is below a pixel. */
const short = (value: number): number => Number(value.toPrecision(7));

function extent(distribution: Distribution): [number, number] {
  const values = distribution.points.map((point) => point.us / distribution.scale.usPerUnit);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const pad = (high - low) * 0.05 || Math.abs(high) * 0.01 || 1;
  return [short(low - pad), short(high + pad)];
}

const axisTitle = (distribution: Distribution): string =>
  `${plain(distribution.metric, 40)}, ${distribution.scale.unit}`;

/** Every boot a point, side by side where they would overlap; a long tick at the median. */
export function strip(distribution: Distribution): Promise<Html> {
  const { variants, scale } = distribution;
  const domain = extent(distribution);
  const rowHeight = Math.max(36, Math.floor(PLOT_HEIGHT / variants.length));
  const pixels = (value: number) => ((value - domain[0]) / (domain[1] - domain[0])) * PLOT_WIDTH;
  const marks = variants.flatMap((variant, row) => {
    const points = pointsIn(distribution, variant);
    const shown = points.length > POINTS_LIMIT ? percentiles(distribution, variant) : points.map(asMark(distribution));
    return beeswarm(shown, pixels, rowHeight).map((mark) => ({ ...mark, y: (row + 0.5) * rowHeight + mark.lift }));
  });
  const medians = variants.flatMap((variant, row) => {
    const sorted = sortedValues(distribution, variant);
    if (sorted.length === 0) return [];
    const x = quantile(sorted, 0.5);
    const label = `${plain(variant, 24)}: median ${time(x * scale.usPerUnit, scale)}, ${sorted.length} boots`;
    return [{ x: short(x), variant, y: row * rowHeight + 19, y2: (row + 1) * rowHeight - 3, label }];
  });
  const scales = variantScales(variants);
  const height = rowHeight * variants.length;
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: { domain, nice: false, zero: false },
    axis: { title: axisTitle(distribution), tickCount: 5 },
  };
  const y = { field: 'y', type: 'quantitative', scale: { domain: [0, height], range: [0, height] }, axis: null };
  return draw(
    {
      width: PLOT_WIDTH,
      height,
      layer: [
        {
          data: { values: marks },
          mark: { type: 'point', size: 40, strokeWidth: 1.4, opacity: 1 },
          encoding: { x, y, ...pointLook(scales) },
        },
        {
          data: { values: medians },
          mark: { type: 'rule', strokeWidth: 2, stroke: 'var(--ink)', aria: true },
          encoding: {
            x,
            y,
            y2: { field: 'y2' },
            description: { field: 'label' },
          },
        },
        {
          data: {
            values: variants.map((variant, row) => ({
              variant,
              name: plain(variant, 24),
              x: domain[0],
              y: row * rowHeight + 8,
            })),
          },
          mark: { type: 'text', align: 'left', dx: 2, fontSize: 11, fontWeight: 600 },
          encoding: { x, y, text: { field: 'name' }, color: { field: 'variant', scale: scales.color, legend: null } },
        },
      ],
    },
    `${plain(distribution.metric, 60)}, every boot: ${medians.map((median) => median.label).join('; ')}.`,
  );
}

const pointLook = (scales: ReturnType<typeof variantScales>) => ({
  stroke: { field: 'variant', scale: scales.color, legend: null },
  fill: { field: 'variant', scale: scales.fill, legend: null },
  shape: { field: 'variant', scale: scales.shape, legend: null },
  href: { field: 'href' },
  description: { field: 'label' },
});

type Mark = { readonly x: number; readonly variant: string; readonly href: string | null; readonly label: string };

const asMark =
  (distribution: Distribution) =>
  (point: Point): Mark => ({
    x: short(point.us / distribution.scale.usPerUnit),
    variant: point.variant,
    href: `#${anchor('boot', point.boot)}`,
    label: label(distribution, point),
  });

const label = (distribution: Distribution, point: Point): string =>
  `${plain(point.boot, 40)}: ${time(point.us, distribution.scale)}${point.block === null ? '' : `, block ${point.block}`}`;

/** A hundred points that stand for many: the middles of a hundred equal parts of the boots. */
function percentiles(distribution: Distribution, variant: string): Mark[] {
  const sorted = sortedValues(distribution, variant);
  return Array.from({ length: 100 }, (_, index) => {
    const x = short(quantile(sorted, (index + 0.5) / 100));
    const text = `${plain(variant, 24)}, ${index + 0.5}th percentile: ${time(x * distribution.scale.usPerUnit, distribution.scale)}`;
    return { x, variant, href: null, label: text };
  });
}

/** Lifts marks off each other: each takes the free place nearest to the middle of its row. */
function beeswarm(marks: readonly Mark[], pixels: (value: number) => number, rowHeight: number) {
  const size = 7.5;
  const room = Math.max(1, Math.floor((rowHeight - 30) / 2 / size));
  const lanes = new Map<number, number>();
  return [...marks]
    .sort((a, b) => a.x - b.x)
    .map((mark, index) => {
      const at = pixels(mark.x);
      for (let lane = 0; lane <= room * 2; lane++) {
        const offset = lane % 2 === 0 ? lane / 2 : -(lane + 1) / 2;
        if (at - (lanes.get(offset) ?? Number.NEGATIVE_INFINITY) < size) continue;
        lanes.set(offset, at);
        return { ...mark, lift: 8 + offset * size };
      }
      // No place left: spread evenly over the row, overlapping.
      return { ...mark, lift: 8 + ((index % (room * 2 + 1)) - room) * size };
    });
}

/** Share of boots at most this long; a step up at every boot. */
export function ecdf(distribution: Distribution): Promise<Html> {
  const { variants } = distribution;
  const domain = extent(distribution);
  const scales = variantScales(variants);
  const steps = variants.flatMap((variant) => {
    const sorted = sortedValues(distribution, variant);
    if (sorted.length === 0) return [];
    const corners = sorted.map((x, index) => ({ x: short(x), share: (index + 1) / sorted.length, variant }));
    return [{ x: domain[0], share: 0, variant }, ...corners, { x: domain[1], share: 1, variant }];
  });
  const told = variants
    .map((variant) => ({ variant, sorted: sortedValues(distribution, variant) }))
    .filter(({ sorted }) => sorted.length > 0)
    .map(({ variant, sorted }) => {
      const at = (q: number) => time(quantile(sorted, q) * distribution.scale.usPerUnit, distribution.scale);
      return `half of ${plain(variant, 24)}'s boots within ${at(0.5)}, nine tenths within ${at(0.9)}`;
    });
  return draw(
    {
      width: PLOT_WIDTH,
      height: PLOT_HEIGHT,
      data: { values: steps },
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
      encoding: {
        x: {
          field: 'x',
          type: 'quantitative',
          scale: { domain, nice: false, zero: false },
          axis: { title: axisTitle(distribution), tickCount: 5 },
        },
        y: {
          field: 'share',
          type: 'quantitative',
          axis: { title: null, format: '.0%', tickCount: 5 },
          scale: { domain: [0, 1] },
        },
        stroke: { field: 'variant', scale: scales.color, legend: null },
        strokeDash: { field: 'variant', scale: scales.dash, legend: null },
      },
    },
    `${plain(distribution.metric, 60)}, share of boots by time: ${told.join('; ')}.`,
  );
}

/** Value against the order of the boots: drift, and blocks that went bad. */
export function runOrder(distribution: Distribution): Promise<Html> {
  const { variants, points, scale } = distribution;
  const scales = variantScales(variants);
  const many = isSummarised(distribution);
  const marks = many
    ? variants.flatMap((variant) => bins(distribution, variant))
    : points.map((point) => ({ ...asMark(distribution)(point), order: point.block ?? point.position }));
  const isBlocked = points.every((point) => point.block !== null);
  const values = points.map((point) => point.us);
  return draw(
    {
      width: PLOT_WIDTH - 14,
      height: PLOT_HEIGHT,
      data: { values: marks },
      encoding: {
        x: {
          field: 'order',
          type: 'quantitative',
          scale: { zero: false, nice: false, padding: 8 },
          axis: {
            title: isBlocked ? 'block' : 'boot, in the order they ran',
            grid: false,
            tickMinStep: 1,
            format: 'd',
            tickCount: 6,
          },
        },
        y: {
          field: 'x',
          type: 'quantitative',
          scale: { domain: extent(distribution), nice: false, zero: false },
          axis: {
            title: distribution.scale.unit,
            tickCount: 5,
            titleAngle: 0,
            titleAlign: 'left',
            titleAnchor: 'end',
            titleX: -30,
            titleY: -8,
            titleBaseline: 'bottom',
          },
        },
      },
      layer: [
        {
          mark: { type: 'line', strokeWidth: 1, opacity: 0.45, aria: false },
          encoding: {
            stroke: { field: 'variant', scale: scales.color, legend: null },
            strokeDash: { field: 'variant', scale: scales.dash, legend: null },
          },
        },
        { mark: { type: 'point', size: 34, strokeWidth: 1.4, opacity: 1 }, encoding: pointLook(scales) },
      ],
    },
    `${plain(distribution.metric, 60)} in the order of the boots: between ${time(Math.min(...values), scale)} and ${time(Math.max(...values), scale)}${many ? '; each mark is the median of a stretch of boots' : ''}.`,
  );
}

/** Medians of 60 stretches of equal length. */
function bins(distribution: Distribution, variant: string) {
  const points = pointsIn(distribution, variant);
  const size = Math.max(1, Math.ceil(points.length / 60));
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const part = points.slice(index * size, (index + 1) * size);
    const sorted = part.map((point) => point.us / distribution.scale.usPerUnit).sort((a, b) => a - b);
    const middle = part[Math.floor(part.length / 2)];
    const x = short(quantile(sorted, 0.5));
    const text = `${plain(variant, 24)}, ${part.length} boots: median ${time(x * distribution.scale.usPerUnit, distribution.scale)}`;
    return { x, order: middle?.block ?? middle?.position ?? 0, variant, href: null, label: text };
  });
}

/** By how much each tenth of the boots moved: is it the middle, or the tail? Nothing beyond p90 below 20 boots. */
export function shift(distribution: Distribution, row: MetricComparison): Promise<Html> | undefined {
  const { scale, variants } = distribution;
  const steps = shiftSteps(distribution, row);
  if (steps.length < 3) return undefined;
  const index = variants.indexOf(row.candidate);
  const color = `var(--v${Math.max(0, index) % 5})`;
  const values = steps.map((step) => ({
    q: `${Math.round(step.decile * 100)}`,
    d: short(step.differenceUs / scale.usPerUnit),
    low: short((step.lowUs ?? step.differenceUs) / scale.usPerUnit),
    high: short((step.highUs ?? step.differenceUs) / scale.usPerUnit),
    label: `p${Math.round(step.decile * 100)}: ${change(step.differenceUs, scale)}`,
  }));
  const x = {
    field: 'q',
    type: 'ordinal',
    sort: null,
    axis: { title: 'percentile of the boots', labelAngle: 0, grid: false },
  };
  const y = {
    type: 'quantitative',
    scale: { zero: true },
    axis: {
      title: `change, ${scale.unit}`,
      tickCount: 5,
      titleAngle: 0,
      titleAlign: 'left',
      titleAnchor: 'end',
      titleX: -30,
      titleY: -8,
      titleBaseline: 'bottom',
    },
  };
  const hasBounds = steps.some((step) => step.lowUs !== null);
  const first = steps[0];
  const last = steps[steps.length - 1];
  return draw(
    {
      width: PLOT_WIDTH - 14,
      height: PLOT_HEIGHT,
      data: { values },
      layer: [
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: 'rule', strokeWidth: 1, stroke: 'var(--muted)', aria: false },
          encoding: { y: { ...y, field: 'zero' } },
        },
        ...(hasBounds
          ? [
              {
                mark: { type: 'rule', strokeWidth: 2, opacity: 0.5, stroke: color, aria: false },
                encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
              },
            ]
          : []),
        {
          mark: { type: 'line', strokeWidth: 1.2, stroke: color, opacity: 0.6, aria: false },
          encoding: { x, y: { ...y, field: 'd' } },
        },
        {
          mark: { type: 'point', shape: 'diamond', size: 44, stroke: color, fill: color, opacity: 1 },
          encoding: { x, y: { ...y, field: 'd' }, description: { field: 'label' } },
        },
      ],
    },
    `${plain(distribution.metric, 60)}, change by percentile of the boots: from ${change(first?.differenceUs, scale)} at p${fixed((first?.decile ?? 0) * 100, 0)} to ${change(last?.differenceUs, scale)} at p${fixed((last?.decile ?? 0) * 100, 0)}.`,
  );
}

/** The comparison's own shift function where it has one; else the raw deciles, without bounds. */
function shiftSteps(distribution: Distribution, row: MetricComparison) {
  if (row.shift !== undefined) return row.shift;
  const baseline = distribution.variants[0] ?? '';
  const a = sortedValues(distribution, baseline);
  const b = sortedValues(distribution, row.candidate);
  if (Math.min(a.length, b.length) < 5) return [];
  return [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((q) => ({
    decile: q,
    differenceUs: (quantile(b, q) - quantile(a, q)) * distribution.scale.usPerUnit,
    lowUs: null,
    highUs: null,
  }));
}
