/**
 * Several exact tests on few boots, held together at one error rate: Holm's step-down with Tarone's improvement.
 *
 * Serves: budgets. A p95 on twelve boots can reach no p below .54; counted as a test like any other it would take its share of
 * alpha and could never use it. Tarone (1990): only tests that can reach alpha / k at all count for k. Taken again after each
 * rejection (Hommel and Krummenauer 1998), which is Holm's procedure where every test can reach its level. What a test can reach
 * depends on n alone and not on the values, so the family-wise error stays at most alpha under any dependence between tests.
 */
import { elementAt } from '../../model/element.ts';
export interface Test {
  readonly p: number;
  /** The smallest p that it could have given. */
  readonly smallest: number;
}

export interface Decision {
  readonly rejected: boolean;
  /** The level that its p was checked against: rejected is p <= level. */
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
