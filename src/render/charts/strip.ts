/** Every boot as a point, side by side if they would overlap; a tick at each median, a dashed line at the threshold for slow boots. */
import type { Us } from '../../model/units.ts';
import { type Html, plain } from '../escape.ts';
import {
  type Distribution,
  extent,
  inUnits,
  type Mark,
  markLook,
  markOf,
  POINTS_LIMIT,
  pointsIn,
  quantile,
  short,
  sortedValues,
  told,
  valueAxis,
} from './distribution.ts';
import { draw, PLOT_HEIGHT, PLOT_WIDTH } from './draw.ts';
import { variantScales } from './palette.ts';

/** Room above a variant's marks, for its name. */
const NAME_HEIGHT = 16;
/** Least distance of two marks, in pixels. */
const MARK_SIZE = 7.5;

export function strip(distribution: Distribution): Promise<Html> {
  const { variants } = distribution;
  const rowHeight = Math.max(36, Math.floor(PLOT_HEIGHT / variants.length));
  const height = rowHeight * variants.length;
  const scales = variantScales(variants);
  const medians = mediansOf(distribution, rowHeight);
  const names = variants.map((variant, row) => ({ variant, name: plain(variant, 24), y: row * rowHeight + 8 }));
  const x = valueAxis(distribution);
  const y = { field: 'y', type: 'quantitative', scale: { domain: [0, height], range: [0, height] }, axis: null };
  return draw(
    {
      width: PLOT_WIDTH,
      height,
      layer: [
        {
          data: { values: marksOf(distribution, rowHeight) },
          mark: { type: 'point', size: 40, strokeWidth: 1.4, opacity: 1 },
          encoding: { x, y, ...markLook(scales) },
        },
        {
          data: { values: medians },
          mark: { type: 'rule', strokeWidth: 2, stroke: 'var(--ink)' },
          encoding: { x, y, y2: { field: 'y2' }, description: { field: 'label' } },
        },
        {
          data: { values: thresholdsOf(distribution) },
          mark: { type: 'rule', strokeWidth: 1, strokeDash: [3, 3], stroke: 'var(--muted)' },
          encoding: { x, description: { field: 'label' } },
        },
        {
          data: { values: names },
          mark: { type: 'text', align: 'left', x: 2, fontSize: 11, fontWeight: 600 },
          encoding: { y, text: { field: 'name' }, color: { field: 'variant', scale: scales.color, legend: null } },
        },
      ],
    },
    `${plain(distribution.metric, 60)}, every boot: ${medians.map((median) => median.label).join('; ')}.`,
  );
}

function marksOf(distribution: Distribution, rowHeight: number) {
  const { domain } = valueAxis(distribution).scale;
  const pixels = (value: number) => ((value - domain[0]) / (domain[1] - domain[0])) * PLOT_WIDTH;
  return distribution.variants.flatMap((variant, row) => {
    const points = pointsIn(distribution, variant);
    const marks =
      points.length > POINTS_LIMIT ? percentileMarks(distribution, variant) : points.map(markOf(distribution));
    const middle = row * rowHeight + (rowHeight + NAME_HEIGHT) / 2;
    return beeswarm(marks, pixels, rowHeight - NAME_HEIGHT).map(({ lift, ...mark }) => ({ ...mark, y: middle + lift }));
  });
}

/** A hundred marks for many boots: the middles of a hundred equal parts of them. */
function percentileMarks(distribution: Distribution, variant: string): Mark[] {
  const sorted = sortedValues(distribution, variant);
  return Array.from({ length: 100 }, (_, index) => {
    const x = quantile(sorted, (index + 0.5) / 100);
    const label = `${plain(variant, 24)}, percentile ${index + 0.5}: ${told(distribution, x)}`;
    return { x: short(x), variant, href: null, label };
  });
}

/** Separates overlapping marks: each takes the free lane nearest to the middle. Without a free lane they overlap, spread evenly. */
function beeswarm(marks: readonly Mark[], pixels: (value: number) => number, height: number) {
  const room = Math.max(1, Math.floor((height - MARK_SIZE) / 2 / MARK_SIZE));
  const lanes = Array.from({ length: room * 2 + 1 }, (_, lane) => (lane % 2 === 0 ? lane / 2 : -(lane + 1) / 2));
  const takenUntil = new Map<number, number>();
  return [...marks]
    .sort((a, b) => a.x - b.x)
    .map((mark, index) => {
      const at = pixels(mark.x);
      const free = lanes.find((lane) => at - (takenUntil.get(lane) ?? Number.NEGATIVE_INFINITY) >= MARK_SIZE);
      const lane = free ?? lanes[index % lanes.length] ?? 0;
      takenUntil.set(lane, at);
      return { ...mark, lift: lane * MARK_SIZE };
    });
}

function mediansOf(distribution: Distribution, rowHeight: number) {
  return distribution.variants.flatMap((variant, row) => {
    const sorted = sortedValues(distribution, variant);
    if (sorted.length === 0) return [];
    const x = quantile(sorted, 0.5);
    const label = `${plain(variant, 24)}: median ${told(distribution, x)}, ${sorted.length} boots`;
    return [{ x: short(x), y: row * rowHeight + NAME_HEIGHT + 3, y2: (row + 1) * rowHeight - 3, label }];
  });
}

/** The thresholds for slow boots in the comparison; one line for candidates that share it. */
function thresholdsOf(distribution: Distribution) {
  const thresholds = new Set(
    distribution.rows.flatMap((row) => (row.tail === undefined ? [] : [row.tail.thresholdUs])),
  );
  const [low, high] = extent(distribution);
  const isSeen = (us: Us) => inUnits(distribution, us) >= low && inUnits(distribution, us) <= high;
  return [...thresholds].filter(isSeen).map((us) => {
    const x = inUnits(distribution, us);
    return { x: short(x), label: `Boots beyond ${told(distribution, x)} are counted as slow` };
  });
}
