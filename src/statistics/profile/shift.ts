/**
 * What a delay of one part of a boot says of it. In a boot that is a graph of things that wait for one another, its end moves by
 *
 *   shift(d) = max(0, d - slack)          share(d) = shift / d
 *
 *   share 1 |        ____----      an item without slack: all of it arrives
 *           |   __---
 *         0 |__/______________ d   the slack is where the line leaves zero: one dose beyond it tells where that is
 *
 * Without noise both are exact. With noise a shift is the difference of two means with one spread, the pooled one, and Student's t: few
 * boots of each dose are made, and the boots without one say the most of the spread. A boot is no such graph where things compete for a
 * processor: there a delay may make the end come sooner, and the shift is negative.
 */
import type { NullBand, Shift } from '../../model/profile.ts';
import { type Us, us } from '../../model/units.ts';
import { studentQuantile } from '../numbers/student.ts';

const TAIL = 0.025;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const squares = (values: readonly number[]): number => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
};

/** Where nothing is repeated nothing is known of the spread, and nothing is claimed of less than this. */
const UNKNOWN_NOISE_US = 250_000;

/** Half the width of the interval of a difference of two means. */
function halfWidth(values: readonly number[], nulls: readonly number[]): number {
  const degrees = values.length + nulls.length - 2;
  if (degrees < 1) return UNKNOWN_NOISE_US;
  const variance = (squares(values) + squares(nulls)) / degrees;
  if (variance === 0) return 0;
  return studentQuantile(TAIL, degrees) * Math.sqrt(variance * (1 / values.length + 1 / nulls.length));
}

/** `values` less `nulls`, in means, with a 95 % interval. Undefined where either is empty. */
export function shiftOf(values: readonly number[], nulls: readonly number[]): Shift | undefined {
  if (values.length === 0 || nulls.length === 0) return undefined;
  const estimate = mean(values) - mean(nulls);
  const half = halfWidth(values, nulls);
  return {
    estimate: us(Math.round(estimate)),
    low: us(Math.floor(estimate - half)),
    high: us(Math.ceil(estimate + half)),
  };
}

export function nullBand(metric: string, values: readonly number[]): NullBand {
  const sd = values.length < 2 ? 0 : Math.sqrt(squares(values) / (values.length - 1));
  const shift = shiftOf([mean(values)], values);
  return {
    metric,
    boots: values.length,
    meanUs: us(Math.round(mean(values))),
    sdUs: us(Math.round(sd)),
    spreadUs: us(values.length === 0 ? 0 : Math.max(...values) - Math.min(...values)),
    bandUs: us(shift ? Math.ceil((shift.high - shift.low) / 2) : 0),
  };
}

/** Below this a difference is one of rounding: stamps of steps are cut to milliseconds. */
const ROUNDING_US = 2_000;

export const isBeyondNoise = ({ low, high }: Shift): boolean => low > ROUNDING_US || high < -ROUNDING_US;

export interface DoseReading {
  readonly effect: 'arrives' | 'partly' | 'absorbed' | 'in-the-way';
  readonly share: { readonly estimate: number; readonly low: number; readonly high: number };
  readonly slack: { readonly us: ReturnType<typeof us>; readonly atLeast: boolean } | undefined;
}

/** From this share on a delay counts as arrived: what is missing is no more than noise and work that overlaps. */
const ARRIVES = 0.8;

/**
 * A boot that is sooner by less than this share of the dose is no finding: another file in its initrd moves a boot by 50 ms, and of the nulls
 * only some have other files.
 */
const IN_THE_WAY = 0.05;

export function readDose(shift: Shift, deliveredUs: Us): DoseReading {
  const share = {
    estimate: shift.estimate / deliveredUs,
    low: shift.low / deliveredUs,
    high: shift.high / deliveredUs,
  };
  if (!isBeyondNoise(shift) || (shift.estimate < 0 && share.estimate > -IN_THE_WAY)) {
    // No more of it than `high` can have come through.
    const slackUs = us(Math.max(0, Math.round(deliveredUs - Math.max(0, shift.high))));
    return { effect: 'absorbed', share, slack: { us: slackUs, atLeast: true } };
  }
  if (shift.estimate < 0) return { effect: 'in-the-way', share, slack: undefined };
  const slackUs = us(Math.max(0, Math.round(deliveredUs - shift.estimate)));
  return { effect: share.estimate >= ARRIVES ? 'arrives' : 'partly', share, slack: { us: slackUs, atLeast: false } };
}

/**
 * Boots of each dose for a share that is known to a fourth: n = (1.96 sqrt(2) sigma / (.25 d))^2, as a share is the difference of two
 * means over the dose. At least one, and at most what any user would wait for.
 */
export function bootsPerDose(sdUs: Us, doseUs: Us): number {
  const wanted = ((1.96 * Math.SQRT2 * sdUs) / (0.25 * doseUs)) ** 2;
  return Math.min(MOST_BOOTS, Math.max(1, Math.ceil(wanted)));
}

const MOST_BOOTS = 12;
