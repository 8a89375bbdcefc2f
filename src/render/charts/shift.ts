/** How much each tenth of the boots moved, with bootstrap bounds: the middle, or the tail? A picture, not a test. */
import type { MetricComparison } from '../../model/comparison.ts';
import { type Html, plain } from '../escape.ts';
import { change } from '../format.ts';
import { type Distribution, inUnits, short, unitAbove } from './distribution.ts';
import { draw, PLOT_HEIGHT, PLOT_WIDTH } from './draw.ts';
import { colorOf } from './palette.ts';

/** Undefined if n is too small for one in the comparison. */
export function shift(distribution: Distribution, row: MetricComparison): Promise<Html> | undefined {
  const { scale } = distribution;
  const deciles = row.shift ?? [];
  const [first] = deciles;
  const last = deciles.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const color = colorOf(Math.max(0, distribution.variants.indexOf(row.candidate)));
  const name = (decile: number) => `p${Math.round(decile * 100)}`;
  const values = deciles.map((step) => ({
    decile: name(step.decile),
    change: short(inUnits(distribution, step.differenceUs)),
    low: short(inUnits(distribution, step.lowUs)),
    high: short(inUnits(distribution, step.highUs)),
    label: `${name(step.decile)}: ${change(step.differenceUs, scale)}, from ${change(step.lowUs, scale)} to ${change(step.highUs, scale)}`,
  }));
  const x = {
    field: 'decile',
    type: 'ordinal',
    sort: null,
    axis: { title: 'percentile of the boots', labelAngle: 0, grid: false },
  };
  const y = { type: 'quantitative', scale: { zero: true }, axis: unitAbove(`change, ${scale.unit}`) };
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
        {
          mark: { type: 'rule', strokeWidth: 2, opacity: 0.5, stroke: color, aria: false },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          mark: { type: 'point', shape: 'diamond', size: 44, stroke: color, fill: color, opacity: 1 },
          encoding: { x, y: { ...y, field: 'change' }, description: { field: 'label' } },
        },
      ],
    },
    `${plain(distribution.metric, 60)}, change by percentile of the boots: from ${change(first.differenceUs, scale)} at ${name(first.decile)} to ${change(last.differenceUs, scale)} at ${name(last.decile)}.`,
  );
}
