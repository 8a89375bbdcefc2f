/** The budgets of a run: which variants are held to them, and which are shown beside. */
import type { BudgetResult } from '../../model/budget-result.ts';
import type { Samples } from '../../model/samples.ts';
import type { ComparisonWarning } from '../../model/verdict.ts';
import type { VariantBoots } from '../observations.ts';
import { expandBudgets } from './expand.ts';
import { budgetResults } from './results.ts';

/** The one-sided level is that of the equivalence tests: at a look of a sequential run, what that look may spend. */
export function budgetsOf(
  { budgets: declared = [], metrics }: Samples,
  baseline: VariantBoots,
  candidates: readonly VariantBoots[],
  alpha: number,
): { readonly results: readonly BudgetResult[]; readonly warnings: readonly ComparisonWarning[] } {
  const { budgets, warnings } = expandBudgets(
    declared,
    metrics.map(({ id }) => id),
  );
  const held = candidates.length > 0 ? candidates : [baseline];
  const beside = candidates.length > 0 ? [baseline] : [];
  const results = [
    ...budgetResults(budgets, beside, { alpha, fails: false }),
    ...budgetResults(budgets, held, { alpha, fails: true }),
  ];
  return { results, warnings };
}
