/** One metric's raw values for its charts: sorted, in the metric's unit, each with its boot. */
import type { MetricComparison } from '../../model/comparison.ts';
import { type Us, us } from '../../model/units.ts';
import { anchor, plain } from '../escape.ts';
import { type Scale, time } from '../format.ts';
import type { Point } from '../input.ts';
import type { variantScales } from './palette.ts';

/** Points per variant; vega writes about 250 bytes for each. Beyond that, marks represent many boots and the caption explains this. */
export const POINTS_LIMIT = 150;

export interface Distribution {
  readonly metric: string;
  readonly variants: readonly string[];
  readonly points: readonly Point[];
  readonly rows: readonly MetricComparison[];
  /** For figures over all boots, and for one boot's value. */
  readonly scale: Scale;
  readonly valueScale: Scale;
}

/** The drawing of one boot, or of many: `href` leads to the boot. */
export interface Mark {
  readonly x: number;
  readonly variant: string;
  readonly href: string | null;
  readonly label: string;
}

/** Linear interpolation between order statistics (type 7), for drawing. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? low) - low);
}

export const pointsIn = (distribution: Distribution, variant: string): Point[] =>
  distribution.points.filter((point) => point.variant === variant);

export const isSummarised = (distribution: Distribution): boolean =>
  distribution.variants.some((variant) => pointsIn(distribution, variant).length > POINTS_LIMIT);

export const inUnits = (distribution: Distribution, us: Us): number => us / distribution.scale.usPerUnit;

/** A value in the metric's unit as text. */
export const told = (distribution: Distribution, value: number): string =>
  time(us(value * distribution.scale.usPerUnit), distribution.scale);

export const sortedValues = (distribution: Distribution, variant: string): number[] =>
  pointsIn(distribution, variant)
    .map((point) => inUnits(distribution, point.us))
    .sort((a, b) => a - b);

/** Seven digits are finer than a pixel, and shorter than sixteen. */
export const short = (value: number): number => Number(value.toPrecision(7));

/** From the least to the largest value, with room at both ends. */
export function extent(distribution: Distribution): [number, number] {
  const values = distribution.points.map((point) => inUnits(distribution, point.us));
  const low = Math.min(...values);
  const high = Math.max(...values);
  const pad = (high - low) * 0.05 || Math.abs(high) * 0.01 || 1;
  return [short(low - pad), short(high + pad)];
}

/** The axis of the metric's values, along the bottom. */
export const valueAxis = (distribution: Distribution) => ({
  field: 'x',
  type: 'quantitative',
  scale: { domain: extent(distribution), nice: false, zero: false },
  axis: { title: `${plain(distribution.metric, 40)}, ${distribution.scale.unit}`, tickCount: 5 },
});

/** A vertical axis has its unit above it, so that all text is horizontal. */
export const unitAbove = (title: string) => ({
  title,
  tickCount: 5,
  titleAngle: 0,
  titleAlign: 'left',
  titleAnchor: 'end',
  titleX: -30,
  titleY: -8,
  titleBaseline: 'bottom',
});

export const markOf =
  (distribution: Distribution) =>
  (point: Point): Mark => {
    const block = point.block === null ? '' : `, block ${point.block}`;
    return {
      x: short(inUnits(distribution, point.us)),
      variant: point.variant,
      href: `#${anchor('boot', point.boot)}`,
      label: `${plain(point.boot, 40)}: ${time(point.us, distribution.valueScale)}${block}`,
    };
  };

/** Encoding of a mark: colour, fill and shape of its variant, its boot and its label. */
export const markLook = (scales: ReturnType<typeof variantScales>) => ({
  stroke: { field: 'variant', scale: scales.color, legend: null },
  fill: { field: 'variant', scale: scales.fill, legend: null },
  shape: { field: 'variant', scale: scales.shape, legend: null },
  href: { field: 'href' },
  description: { field: 'label' },
});
