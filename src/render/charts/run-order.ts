/** Value against the order of the boots: shows drift and bad blocks. */
import { us } from '../../model/units.ts';
import { type Html, plain } from '../escape.ts';
import { time } from '../format.ts';
import {
  type Distribution,
  extent,
  inUnits,
  isSummarised,
  markLook,
  markOf,
  pointsIn,
  quantile,
  short,
  told,
  unitAbove,
} from './distribution.ts';
import { draw, PLOT_HEIGHT, PLOT_WIDTH } from './draw.ts';
import { variantScales } from './palette.ts';

/** Number of stretches in the summary of a long run. */
const STRETCHES = 60;

export function runOrder(distribution: Distribution): Promise<Html> {
  const { points, scale, variants } = distribution;
  const scales = variantScales(variants);
  const isMany = isSummarised(distribution);
  const marks = isMany
    ? variants.flatMap((variant) => stretchMarks(distribution, variant))
    : points.map((point) => ({ ...markOf(distribution)(point), order: point.block ?? point.position }));
  const isBlocked = points.every((point) => point.block !== null);
  const orderAxis = {
    title: isBlocked ? 'block' : 'boot, in the order they ran',
    grid: false,
    tickMinStep: 1,
    format: 'd',
    tickCount: 6,
  };
  const values = points.map((point) => point.us);
  const range = `between ${time(us(Math.min(...values)), scale)} and ${time(us(Math.max(...values)), scale)}`;
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
          axis: orderAxis,
        },
        y: {
          field: 'x',
          type: 'quantitative',
          scale: { domain: extent(distribution), nice: false, zero: false },
          axis: unitAbove(scale.unit),
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
        { mark: { type: 'point', size: 34, strokeWidth: 1.4, opacity: 1 }, encoding: markLook(scales) },
      ],
    },
    `${plain(distribution.metric, 60)} in the order of the boots: ${range}${isMany ? '; each mark is the median of consecutive boots' : ''}.`,
  );
}

function stretchMarks(distribution: Distribution, variant: string) {
  const points = pointsIn(distribution, variant);
  const size = Math.max(1, Math.ceil(points.length / STRETCHES));
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const part = points.slice(index * size, (index + 1) * size);
    const sorted = part.map((point) => inUnits(distribution, point.us)).sort((a, b) => a - b);
    const x = quantile(sorted, 0.5);
    const middle = part[Math.floor(part.length / 2)];
    const label = `${plain(variant, 24)}, ${part.length} boots: median ${told(distribution, x)}`;
    return { x: short(x), order: middle?.block ?? middle?.position ?? 0, variant, href: null, label };
  });
}
