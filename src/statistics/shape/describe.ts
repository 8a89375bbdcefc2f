/** Description of one side, without claims: median, p90 (type 7, as R and NumPy), median absolute deviation. */
import { median, medianAbsoluteDeviation, quantileSorted } from 'simple-statistics';
import type { SideSummary } from '../../model/comparison.ts';
import { roundedUs } from '../numbers/rounding.ts';
import type { VariantBoots } from '../observations.ts';

/** One boot has no spread. */
const SPREAD_FROM = 2;

export function describe(boots: VariantBoots, values: ArrayLike<number>): SideSummary {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const n = sorted.length;
  return {
    n,
    missing: boots.usable.length - n,
    broken: boots.broken.length,
    medianUs: n === 0 ? null : roundedUs(median(sorted)),
    p90Us: n < SPREAD_FROM ? null : roundedUs(quantileSorted(sorted, 0.9)),
    madUs: n < SPREAD_FROM ? null : roundedUs(medianAbsoluteDeviation(sorted)),
  };
}
