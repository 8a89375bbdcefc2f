/**
 * Judges budgets together. *Exceeded* and *within* are two families, each with a family-wise error rate of at most alpha. Alpha bounds
 * the chance that any budget of the run gets a false *exceeded*. It also bounds the chance of any false *within*. All else is
 * inconclusive.
 *
 * The interval in the report uses the levels of the budget's own test. It lies above the limit if the budget is exceeded, below it if
 * the budget is within, and contains it otherwise.
 */
import type { BudgetVerdict } from '../../model/budget-result.ts';
import { stepDown } from '../families/step-down.ts';
import type { BoundLevels } from '../quantiles/interval.ts';
import { type Limit, type LimitTest, testLimit } from './limit-test.ts';

/** Values to compare with a limit: one per machine. */
export interface Held {
  readonly values: readonly number[];
  /** Boots without a value. */
  readonly lost: number;
  readonly limit: Limit;
}

export interface JudgedLimit {
  readonly verdict: BudgetVerdict;
  readonly test: LimitTest;
  /** The level of each of its claims, after the correction for the other budgets. */
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
