/**
 * Corrections for many tests that need only their p values.
 *
 * `holm` (Holm 1979) keeps the chance of any false claim at most alpha under any dependence. The gate family uses it if the joint
 * distribution is unknown. `benjaminiHochberg` (1995) bounds the expected share of false claims among the claims. The exploratory
 * metrics use it; their tests are independent or positively dependent. Formulas, p ascending: holm_i = max over
 * j <= i of (m - j + 1) p_j; bh_i = min over j >= i of m p_j / j. Both return adjusted p in the order given, at most 1.
 * Smallest reachable p: m times that of a single test (Holm); that of a single test (Benjamini-Hochberg, if all reach it).
 */
import { elementAt } from '../../model/element.ts';

export function holm(p: readonly number[]): number[] {
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  order(p).forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (p.length - rank) * elementAt(p, index)));
    adjusted[index] = largest;
  });
  return adjusted;
}

export function benjaminiHochberg(p: readonly number[]): number[] {
  const adjusted = new Array<number>(p.length);
  let smallest = 1;
  const ascending = order(p);
  for (let rank = ascending.length; rank >= 1; rank--) {
    const index = elementAt(ascending, rank - 1);
    smallest = Math.min(smallest, (elementAt(p, index) * p.length) / rank);
    adjusted[index] = smallest;
  }
  return adjusted;
}

/** Indices by ascending p. */
const order = (p: readonly number[]): number[] => p.map((_, i) => i).sort((a, b) => elementAt(p, a) - elementAt(p, b));
