/**
 * Several exact tests on few boots with one family-wise error rate: Holm's step-down with Tarone's improvement.
 *
 * Serves: budgets. A p95 on twelve boots can reach no p below .54; as an ordinary test it would take its share of
 * alpha and could never use it. Tarone (1990): only tests that can reach alpha / k at all count for k. The code repeats this after each
 * rejection (Hommel and Krummenauer 1998); if every test can reach its level, it equals Holm's procedure. The smallest p of a test
 * depends on n alone and not on the values. The family-wise error therefore stays at most alpha under any dependence between tests.
 */
import { elementAt } from '../../model/element.ts';
export interface Test {
  readonly p: number;
  /** The smallest p that the test can give. */
  readonly smallest: number;
}

export interface Decision {
  readonly rejected: boolean;
  /** The level of this test: it rejects if p <= level. */
  readonly level: number;
}

/** Decisions in the order of the tests. */
export function stepDown(tests: readonly Test[], alpha: number): Decision[] {
  const decisions: Decision[] = tests.map(() => ({ rejected: false, level: alpha }));
  let open = tests.map((_, index) => index);
  for (;;) {
    const level =
      alpha /
      divisor(
        open.map((index) => elementAt(tests, index)),
        alpha,
      );
    const rejected = open.filter((index) => elementAt(tests, index).p <= level);
    for (const index of open) decisions[index] = { rejected: rejected.includes(index), level };
    open = open.filter((index) => !rejected.includes(index));
    if (rejected.length === 0 || open.length === 0) return decisions;
  }
}

/** The smallest k for which at most k tests can reach alpha / k. */
function divisor(tests: readonly Test[], alpha: number): number {
  for (let k = 1; k < tests.length; k++)
    if (tests.filter(({ smallest }) => smallest <= alpha / k).length <= k) return k;
  return Math.max(1, tests.length);
}
