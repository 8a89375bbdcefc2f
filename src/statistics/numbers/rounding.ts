import { type Us, us } from '../../model/units.ts';

/**
 * Numbers as they enter `comparison.json`: 12 significant digits. Engines may differ in the last bit of a logarithm or an
 * exponential; 12 digits hide that (and say more than any boot knows), so that the same samples give the same bytes anywhere.
 */
export function rounded(value: number): number {
  // Adding 0 turns -0, which prints differently, into 0.
  return Number(value.toPrecision(12)) + 0;
}

export const roundedUs = (value: number): Us => us(rounded(value));

export const roundedOrNull = (value: number | null): number | null => (value === null ? null : rounded(value));
