/** The scale of a metric's figures, in every place. The view of a run caches them, as each needs a walk over all boots. */
import type { Attribution } from '../model/comparison.ts';
import type { MetricDescription } from '../model/description.ts';
import { type Us, us } from '../model/units.ts';
import { type Scale, scaleOf, scaleOfRows } from './format.ts';
import type { ReportInput } from './input.ts';

/**
 * The scale of single boots' values: the error of its clocks limits a boot's value, not the spread of all boots. If no error is
 * known, one digit more than the metric's figures.
 */
export function valueScale(input: ReportInput, metric: string, scale: Scale): Scale {
  const errorUs = typicalError(input, metric);
  if (errorUs === 0) return { ...scale, decimals: Math.min(3, scale.decimals + 1) };
  const supported = Math.floor(-Math.log10(errorUs / scale.usPerUnit));
  return { ...scale, decimals: Math.max(scale.decimals, Math.min(3, supported)) };
}

/** From all rows of the metric, and the clock error of its typical sample. */
export function metricScale(input: ReportInput, metric: string): Scale {
  const alone = input.comparison.descriptions?.find((each) => each.metric === metric);
  if (alone) return descriptionScale(alone, typicalError(input, metric));
  const rows = input.comparison.metrics.filter((row) => row.metric === metric);
  return scaleOfRows(rows, typicalError(input, metric));
}

/** From the interval of the median, or from the spread if there is none. */
function descriptionScale({ quantiles: [median], madUs }: MetricDescription, errorUs: Us): Scale {
  const { estimateUs, lowUs, highUs } = median ?? {};
  const isBounded = lowUs !== null && lowUs !== undefined && highUs !== null && highUs !== undefined;
  return scaleOf(estimateUs ?? us(0), isBounded ? us((highUs - lowUs) / 2) : (madUs ?? us(0)), errorUs);
}

function typicalError(input: ReportInput, metric: string): Us {
  const errors: Us[] = [];
  for (const boot of input.samples.boots) {
    const value = boot.values[metric];
    if (value !== undefined && 'us' in value) errors.push(value.errorUs);
  }
  errors.sort((a, b) => a - b);
  return errors[Math.floor((errors.length - 1) / 2)] ?? us(0);
}

/**
 * An attribution's scale. Its items may be more precise than the whole, as they exclude the rest of the boot. The interval of
 * the item with the largest change decides, by at most one digit more than the metric's.
 */
export function attributionScale(attribution: Attribution, scale: Scale): Scale {
  const [top] = [...attribution.rows].sort((a, b) => Math.abs(b.differenceUs) - Math.abs(a.differenceUs));
  if (top === undefined || top.lowUs === null || top.highUs === null) return scale;
  const own = scaleOf(us(scale.usPerUnit), us((top.highUs - top.lowUs) / 2));
  return { ...scale, decimals: Math.max(scale.decimals, Math.min(own.decimals, scale.decimals + 1)) };
}
