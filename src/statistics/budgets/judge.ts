/**
 * Budgets judged together. *Exceeded* and *within* are two families, each held at alpha: the chance that any budget of the run is
 * called exceeded though it is kept is at most alpha, and so is that of any being called within though it is not. All else is
 * inconclusive.
 *
 * The interval shown beside a budget takes the levels that it was judged at: it lies above the limit where the budget is exceeded,
 * below it where it is within, and holds it otherwise.
 */
import type { BudgetVerdict } from '../../model/budget-result.ts';
import { stepDown } from '../families/step-down.ts';
import type { BoundLevels } from '../quantiles/interval.ts';
import { type Limit, type LimitTest, testLimit } from './limit-test.ts';

/** What is checked against a limit: one value a machine. */
export interface Held {
  readonly values: readonly number[];
  /** Boots that were made and have no value. */
  readonly lost: number;
  readonly limit: Limit;
}

export interface JudgedLimit {
  readonly verdict: BudgetVerdict;
  readonly test: LimitTest;
  /** The level of each of its claims, after the correction for the others. */
  readonly levels: BoundLevels;
}

export function judgeTogether(budgets: readonly Held[], alpha: number): JudgedLimit[] {
  const tests = budgets.map(({ values, limit, lost }) => testLimit(values, limit, lost));
  const exceeded = stepDown(
    tests.map((test) => test.exceeded),
    alpha,
  );
  const within = stepDown(
    tests.map((test) => test.within),
    alpha,
  );
  return tests.map((test, i) => ({
    verdict: exceeded[i]?.rejected ? 'exceeded' : within[i]?.rejected ? 'within' : 'inconclusive',
    test,
    levels: { low: exceeded[i]?.level ?? alpha, high: within[i]?.level ?? alpha },
  }));
}
