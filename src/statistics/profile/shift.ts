/**
 * The effect of delaying one item of a boot by a dose d. If the boot is a graph of items that wait for one another, its end moves by
 *
 *   shift(d) = max(0, d - slack)          share(d) = shift / d
 *
 *   share 1 |        ____----      an item without slack: all of it arrives
 *           |   __---
 *         0 |__/______________ d   the line leaves zero at the slack: one dose beyond it determines the slack
 *
 * Without noise both are exact. With noise a shift is the difference of two means, with a pooled spread and Student's t. Each dose has
 * few boots, so most of the information on the spread comes from boots without a delay. If items compete for a processor, the boot is
 * no such graph: a delay may then make the end come sooner, and the shift is negative.
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

/** Without repeated boots the spread is unknown; a smaller shift than this then counts as noise. */
const UNKNOWN_NOISE_US = 250_000;

/** Half the width of the interval of a difference of two means. */
function halfWidth(values: readonly number[], nulls: readonly number[]): number {
  const degrees = values.length + nulls.length - 2;
  if (degrees < 1) return UNKNOWN_NOISE_US;
  const variance = (squares(values) + squares(nulls)) / degrees;
  if (variance === 0) return 0;
  return studentQuantile(TAIL, degrees) * Math.sqrt(variance * (1 / values.length + 1 / nulls.length));
}

/** Mean of `values` minus mean of `nulls`, with a 95 % interval. Undefined if either is empty. */
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

/** A smaller difference is rounding: time stamps of steps are whole milliseconds. */
const ROUNDING_US = 2_000;

export const isBeyondNoise = ({ low, high }: Shift): boolean => low > ROUNDING_US || high < -ROUNDING_US;

export interface DoseReading {
  readonly effect: 'arrives' | 'partly' | 'absorbed' | 'in-the-way';
  readonly share: { readonly estimate: number; readonly low: number; readonly high: number };
  readonly slack: { readonly us: ReturnType<typeof us>; readonly atLeast: boolean } | undefined;
}

/** From this share on the whole delay counts as arrived: noise and overlapping work explain the rest. */
const ARRIVES = 0.8;

/**
 * A boot that ends sooner by less than this share of the dose is no finding. Another file in its initrd moves a boot by 50 ms, and only
 * some of the nulls have other files.
 */
const IN_THE_WAY = 0.05;

export function readDose(shift: Shift, deliveredUs: Us): DoseReading {
  const share = {
    estimate: shift.estimate / deliveredUs,
    low: shift.low / deliveredUs,
    high: shift.high / deliveredUs,
  };
  if (!isBeyondNoise(shift) || (shift.estimate < 0 && share.estimate > -IN_THE_WAY)) {
    // At most `high` of the delay can have reached the end.
    const slackUs = us(Math.max(0, Math.round(deliveredUs - Math.max(0, shift.high))));
    return { effect: 'absorbed', share, slack: { us: slackUs, atLeast: true } };
  }
  if (shift.estimate < 0) return { effect: 'in-the-way', share, slack: undefined };
  const slackUs = us(Math.max(0, Math.round(deliveredUs - shift.estimate)));
  return { effect: share.estimate >= ARRIVES ? 'arrives' : 'partly', share, slack: { us: slackUs, atLeast: false } };
}

/**
 * Boots of each dose for a share with an error of at most a fourth: n = (1.96 sqrt(2) sigma / (.25 d))^2. A share is the difference of
 * two means over the dose. At least one, and at most as many as a user would wait for.
 */
export function bootsPerDose(sdUs: Us, doseUs: Us): number {
  const wanted = ((1.96 * Math.SQRT2 * sdUs) / (0.25 * doseUs)) ** 2;
  return Math.min(MOST_BOOTS, Math.max(1, Math.ceil(wanted)));
}

const MOST_BOOTS = 12;
