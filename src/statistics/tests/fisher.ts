/**
 * Fisher's exact test of two shares (1935): did one variant lose more boots than the other?
 *
 * Serves: counts of two variants with no pairing, at any size. Formula: hypergeometric; two-sided p sums all tables no more
 * likely than the one seen. Smallest reachable p: 2 / C(n + m, n) for equal sizes.
 */
import { logFactorial } from '../numbers/gamma.ts';

/** Two-sided p that `hits` of `n` and `otherHits` of `m` come from one share. */
export function fisherP(hits: number, n: number, otherHits: number, m: number): number {
  const total = hits + otherHits;
  const logChance = (k: number) => logChoose(n, k) + logChoose(m, total - k) - logChoose(n + m, total);
  const seen = logChance(hits);
  let p = 0;
  for (let k = Math.max(0, total - m); k <= Math.min(n, total); k++) {
    // Equally likely tables differ in the last bits.
    const chance = logChance(k);
    if (chance <= seen + 1e-9) p += Math.exp(chance);
  }
  return Math.min(1, p);
}

const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);
