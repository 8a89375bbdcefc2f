/** Sizes and intervals of an effect, in words. */
import type { MetricComparison, TimeInterval } from '../model/comparison.ts';
import { type Us, us } from '../model/units.ts';
import { fixed, leastShown, percent, percentDecimals, type Scale, share, time } from './format.ts';

/** `1.9 s (4.6 %) slower` */
export function effectSize(row: MetricComparison, scale: Scale): string {
  const estimate = row.differenceUs.estimate ?? 0;
  if (Math.abs(estimate) < leastShown(scale)) return `equal to within ${time(us(2 * leastShown(scale)), scale)}`;
  const share =
    row.ratio === null || row.ratio.estimate === null
      ? ''
      : ` (${percent(Math.abs(row.ratio.estimate - 1), percentDecimals(row.ratio))})`;
  return `${time(us(Math.abs(estimate)), scale)}${share} ${estimate < 0 ? 'faster' : 'slower'}`;
}

/** `95 % interval 1.3 to 2.5 s`, read in the direction of the estimate; names both directions if it spans zero. */
export function intervalWords(interval: TimeInterval, scale: Scale, estimate: number): string {
  const label = `${share(interval.confidence)} interval`;
  const { low, high } = interval;
  if (low === null && high === null) return `${label} unbounded`;
  const size = (us: Us) => fixed(Math.abs(us) / scale.usPerUnit, scale.decimals);
  if (low !== null && high !== null && low * high > 0) {
    const [near, far] = estimate < 0 ? [high, low] : [low, high];
    return `${label} ${size(near)} to ${size(far)} ${scale.unit}`;
  }
  const bound = (us: Us | null) =>
    us === null ? 'unbounded' : `${size(us)} ${scale.unit} ${us < 0 ? 'faster' : 'slower'}`;
  return `${label} from ${bound(low)} to ${bound(high)}`;
}

export function equivalenceWords(row: MetricComparison): string {
  const interval = row.equivalence ?? row.ratio;
  if (interval === null || interval.low === null || interval.high === null) return 'the interval is inside the margin';
  if (interval.low === 1 && interval.high === 1) return 'no difference in any block';
  const decimals = percentDecimals(interval);
  const bound = (ratio: number) => `${percent(Math.abs(ratio - 1), decimals)} ${ratio < 1 ? 'faster' : 'slower'}`;
  return `${share(interval.confidence)} interval from ${bound(interval.low)} to ${bound(interval.high)}, inside the margin of ${share(row.margins.equivalenceMargin)}`;
}
