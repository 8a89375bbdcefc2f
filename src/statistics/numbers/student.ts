/** Student's t, central and noncentral, for planning. Sources: Abramowitz and Stegun 26.7; Johnson, Kotz and Balakrishnan 31. */
import { middleOf, narrow } from './bisection.ts';
import { logGamma, studentTail } from './gamma.ts';
import { normalTail } from './normal.ts';

/** The t with P(T > t) = tail, tail below .5. Bisection: t grows without bound as degrees fall, but not past 1e8 here. */
export function studentQuantile(tail: number, degrees: number): number {
  let high = 1;
  while (studentTail(high, degrees) > tail && high < 1e8) high *= 2;
  return middleOf(narrow((t) => studentTail(t, degrees) > tail, { low: 0, high }, 200, 1e-12));
}

/** Power of a two-sided t test at `alpha` if the mean is `noncentrality` standard errors off zero. */
export function studentPower(noncentrality: number, degrees: number, alpha: number): number {
  const critical = studentQuantile(alpha / 2, degrees);
  return noncentralTail(critical, degrees, noncentrality);
}

/** P(T > t) of the noncentral t: the normal tail averaged over the spread's own distribution (Simpson, 400 steps). */
export function noncentralTail(t: number, degrees: number, noncentrality: number): number {
  if (degrees > 5000) return normalTail(t - noncentrality);
  // s = sqrt(chi^2 / degrees) has a density within ten standard errors of one.
  const reach = 10 / Math.sqrt(2 * degrees);
  const from = Math.max(0, 1 - reach);
  const to = 1 + reach;
  const steps = 400;
  const width = (to - from) / steps;
  const logScale = Math.LN2 + (degrees / 2) * Math.log(degrees / 2) - logGamma(degrees / 2);
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const s = from + i * width;
    if (s === 0) continue;
    const density = Math.exp(logScale + (degrees - 1) * Math.log(s) - (degrees * s * s) / 2);
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * density * normalTail(t * s - noncentrality);
  }
  return Math.min(1, (sum * width) / 3);
}

/** Half-width of the mean's interval after this many blocks, in units of the spread. */
export const halfWidth = (blocks: number, alpha: number): number =>
  blocks < 2 ? Number.POSITIVE_INFINITY : studentQuantile(alpha / 2, blocks - 1) / Math.sqrt(blocks);
