import { type Us, us } from '../../model/units.ts';

/**
 * Rounds numbers for `comparison.json` to 12 significant digits. Engines may differ in the last bit of a logarithm or an
 * exponential. 12 digits hide that, so the same samples give the same bytes anywhere; no boot time is as precise.
 */
export function rounded(value: number): number {
  // Adding 0 turns -0 into 0; the two print differently.
  return Number(value.toPrecision(12)) + 0;
}

export const roundedUs = (value: number): Us => us(rounded(value));

export const roundedOrNull = (value: number | null): number | null => (value === null ? null : rounded(value));
