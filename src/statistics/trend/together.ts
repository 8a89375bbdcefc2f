/**
 * The p values of several candidates of one family, with only as many permutations as Benjamini-Hochberg needs to decide.
 *
 * One candidate passes at p <= rate / tests, which takes tests / rate permutations. If a whole image got slower there are as
 * many candidates as tests, and this many permutations for each would be quadratic. But c candidates that pass together pass at
 * c times that p, so a c-th of the permutations decides. Hence rounds (Sandve et al. 2011, MCFDR):
 *
 *   c candidates left: draw each until it has HITS hits and fails (p >= c * rate / tests), or up to HITS * tests / (rate * c)
 *   none failed: all pass. Else the next round is stricter for the remaining candidates
 *
 * Up to HITS candidates there is one round of tests / rate permutations. The rounds together cost at most
 * HITS * tests / rate * (1 + ln c).
 */
import { elementAt } from '../../model/element.ts';
import type { Permutations } from './split.ts';

/** Twenty hits give p to about a quarter of its value. */
const HITS = 20;

/** In the order given. A candidate that fails has a p too large to pass for any p of the others. */
export function pTogether(draws: readonly Permutations[], tests: number, rate: number): number[] {
  const p = draws.map(() => 1);
  let left = [...draws.keys()];
  for (;;) {
    const isLast = left.length <= HITS;
    const permutations = Math.ceil(((isLast ? 1 : HITS / left.length) * tests) / rate);
    const enoughHits = isLast ? left.length : HITS;
    for (const index of left) p[index] = elementAt(draws, index)(permutations, enoughHits);
    const passing = left.filter((index) => elementAt(p, index) * tests <= left.length * rate);
    if (isLast || passing.length === left.length) return p;
    left = passing;
  }
}
