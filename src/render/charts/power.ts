/** The chance that a number of blocks finds a change, at the observed spread: for this run, and for other sizes. */
import type { MetricComparison } from '../../model/comparison.ts';
import { type Html, plain } from '../escape.ts';
import { count, share } from '../format.ts';
import type { Distribution } from './distribution.ts';
import { draw, PLOT_HEIGHT, PLOT_WIDTH } from './draw.ts';
import { colorOf } from './palette.ts';

/** Undefined if the comparison has no curve: the design was not interleaved, or no spread is known. */
export function power(distribution: Distribution, row: MetricComparison): Promise<Html> | undefined {
  if (row.power === undefined) return undefined;
  const { effect, blocks, points } = row.power;
  const color = colorOf(Math.max(0, distribution.variants.indexOf(row.candidate)));
  const values = points.map((point) => ({
    ...point,
    label: `${count(point.blocks, 'block')}: ${share(point.power)}`,
  }));
  const x = { field: 'blocks', type: 'quantitative', axis: { title: 'blocks', grid: false, tickCount: 5 } };
  const y = { type: 'quantitative', scale: { domain: [0, 1] }, axis: { title: null, format: '.0%', tickCount: 5 } };
  const here = points.findLast((point) => point.blocks <= blocks)?.power ?? 0;
  const enough = points.find((point) => point.power >= ENOUGH);
  const more = enough ? `; ${share(ENOUGH)} needs about ${count(enough.blocks, 'block')}` : '';
  return draw(
    {
      width: PLOT_WIDTH,
      height: PLOT_HEIGHT,
      data: { values },
      layer: [
        {
          data: { values: [{ blocks }] },
          mark: { type: 'rule', strokeWidth: 1, strokeDash: [4, 3], stroke: 'var(--muted)', aria: false },
          encoding: { x },
        },
        {
          mark: { type: 'line', strokeWidth: 2, stroke: color, aria: false },
          encoding: { x, y: { ...y, field: 'power' } },
        },
        {
          mark: { type: 'point', size: 26, stroke: color, fill: color, opacity: 1 },
          encoding: { x, y: { ...y, field: 'power' }, description: { field: 'label' } },
        },
      ],
    },
    `${plain(distribution.metric, 60)}: ${count(blocks, 'block')} detect a change of ${share(effect)} in about ${share(here)} of runs${more}.`,
  );
}

/** The power that `bench plan` plans for by default. */
const ENOUGH = 0.95;
