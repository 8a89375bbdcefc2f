/** Share of boots that took at most this long: a step up at every boot. */
import { type Html, plain } from '../escape.ts';
import { type Distribution, extent, quantile, short, sortedValues, told, valueAxis } from './distribution.ts';
import { draw, PLOT_HEIGHT, PLOT_WIDTH } from './draw.ts';
import { variantScales } from './palette.ts';

export function ecdf(distribution: Distribution): Promise<Html> {
  const scales = variantScales(distribution.variants);
  const [left, right] = extent(distribution);
  const seen = distribution.variants
    .map((variant) => ({ variant, sorted: sortedValues(distribution, variant) }))
    .filter(({ sorted }) => sorted.length > 0);
  const steps = seen.flatMap(({ variant, sorted }) => [
    { x: left, share: 0, variant },
    ...sorted.map((x, index) => ({ x: short(x), share: short((index + 1) / sorted.length), variant })),
    { x: right, share: 1, variant },
  ]);
  const findings = seen.map(({ variant, sorted }) => {
    const at = (q: number) => told(distribution, quantile(sorted, q));
    return `half of the boots of ${plain(variant, 24)} within ${at(0.5)}, nine tenths within ${at(0.9)}`;
  });
  return draw(
    {
      width: PLOT_WIDTH,
      height: PLOT_HEIGHT,
      data: { values: steps },
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
      encoding: {
        x: valueAxis(distribution),
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
    `${plain(distribution.metric, 60)}, share of boots by time: ${findings.join('; ')}.`,
  );
}
