/** The budgets of a run: which variants must keep them, and which the report only shows. */
import type { BudgetResult } from '../../model/budget-result.ts';
import type { Samples } from '../../model/samples.ts';
import type { ComparisonWarning } from '../../model/verdict.ts';
import type { VariantBoots } from '../observations.ts';
import { expandBudgets } from './expand.ts';
import { budgetResults } from './results.ts';

/** `alpha` is the one-sided level of the equivalence tests; at a look of a sequential run, the alpha that this look may spend. */
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
