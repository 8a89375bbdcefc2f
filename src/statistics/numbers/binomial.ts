/** Tails of the binomial distribution, exact to about 14 digits at any size. */
import { incompleteBeta } from './gamma.ts';

/** P(Bin(n, share) >= hits). */
export function binomialAtLeast(hits: number, n: number, share: number): number {
  if (hits <= 0) return 1;
  if (hits > n) return 0;
  return incompleteBeta(share, hits, n - hits + 1);
}

/** P(Bin(n, share) <= hits). */
export const binomialAtMost = (hits: number, n: number, share: number): number =>
  binomialAtLeast(n - hits, n, 1 - share);
