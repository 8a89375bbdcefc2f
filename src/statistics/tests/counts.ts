/**
 * Compares counts: McNemar's exact test for boots in blocks, Clopper-Pearson's interval of a share.
 *
 * `mcnemarP` serves pairs of yes/no. Only blocks where the sides disagree carry information; under "no change" each of these favours
 * either side with chance 1/2. Two-sided p = 2 P(Bin(n, 1/2) <= smaller), at most 1 (McNemar 1947, exact form). Smallest reachable
 * p: 2 / 2^(disagreeing blocks).
 *
 * `clopperPearson` (1934) inverts the exact binomial test: its coverage is at least `confidence` for any share.
 */
import { middleOf, narrow } from '../numbers/bisection.ts';
import { incompleteBeta, logFactorial } from '../numbers/gamma.ts';

/** `onlyBefore` counts the blocks with only the baseline beyond the threshold, `onlyAfter` those with only the candidate beyond it. */
export function mcnemarP(onlyBefore: number, onlyAfter: number): number {
  const disagreeing = onlyBefore + onlyAfter;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyBefore, onlyAfter); k++)
    tail += Math.exp(
      logFactorial(disagreeing) - logFactorial(k) - logFactorial(disagreeing - k) - disagreeing * Math.LN2,
    );
  return Math.min(1, 2 * tail);
}

export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** `hits` of `n` as a share with its interval; [0, 1] if `n` is 0. */
export function clopperPearson(hits: number, n: number, confidence = 0.95): Share {
  const tail = (1 - confidence) / 2;
  return { share: n === 0 ? 0 : hits / n, ...shareBounds(hits, hits, n, { low: tail, high: tail }) };
}

/** Each bound at its own level; `most` is the largest possible number of hits if some outcomes are unknown. */
export function shareBounds(
  hits: number,
  most: number,
  n: number,
  levels: { readonly low: number; readonly high: number },
): { readonly low: number; readonly high: number } {
  return {
    // P(Bin(n, low) >= hits) = level and P(Bin(n, high) <= hits) = level, as beta integrals.
    low: hits === 0 ? 0 : shareWhere((p) => incompleteBeta(p, hits, n - hits + 1) < levels.low),
    high: most === n ? 1 : shareWhere((p) => 1 - incompleteBeta(p, most + 1, n - most) > levels.high),
  };
}

/** 60 halvings exhaust a double. */
const shareWhere = (isBelow: (share: number) => boolean): number => middleOf(narrow(isBelow, { low: 0, high: 1 }, 60));
