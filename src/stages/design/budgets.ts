/** What the budgets of a scenario need, and what the planned boots can show of them: `bench plan`. */
import { ALPHA } from '../../model/alpha.ts';
import type { JsonOutput, PlanOutput } from '../../model/json-output.ts';
import type { PlannedBlock } from '../../model/run.ts';
import { budgetsOf, type Scenario } from '../../model/scenario.ts';
import { rounded } from '../../statistics/numbers/rounding.ts';
import { bootsForWithin, reachOf } from '../../statistics/planning/boots-for-budget.ts';

type BudgetPlan = NonNullable<JsonOutput<typeof PlanOutput>['budgets']>[number];

/**
 * At the level that each budget has if none of the others is settled before it. A pattern counts as one budget: its matches are not known
 * yet. Counts machines, because bench averages the reboots of one.
 */
export function budgetPlans(scenario: Scenario, blocks: readonly PlannedBlock[]): BudgetPlan[] {
  const budgets = budgetsOf(scenario);
  const variants = Object.keys(scenario.variants);
  const held = Math.max(1, variants.length - 1);
  const level = ALPHA / (budgets.length * held);
  const [first] = variants;
  const machines = blocks.flatMap(({ boots }) =>
    boots.flatMap((boot) => (boot.variant === first ? [boot.machine] : [])),
  );
  const boots = new Set(machines).size;
  return budgets.map((budget) => {
    const allowed = rounded('quantile' in budget ? 1 - budget.quantile : budget.atMost);
    return {
      metric: budget.metric,
      ...('quantile' in budget && { quantile: budget.quantile }),
      limitUs: 'quantile' in budget ? budget.limitUs : budget.overUs,
      allowed,
      level: rounded(level),
      needs: bootsForWithin(allowed, level),
      boots,
      ...reachOf(boots, allowed, level),
    };
  });
}
