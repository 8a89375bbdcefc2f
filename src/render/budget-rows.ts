/** The budgets' table as plain text cells: one source for the terminal, Markdown and the page. */
import { ALPHA } from '../model/alpha.ts';
import type { BudgetResult } from '../model/budget-result.ts';
import { boundsWords, budgetVerdict, limitWords, seenWords, settleWords } from './budget-words.ts';
import type { ReportView } from './view.ts';

export interface BudgetRow {
  readonly budget: BudgetResult;
  readonly metric: string;
  readonly variant: string;
  readonly limit: string;
  readonly seen: string;
  readonly interval: string;
  readonly n: string;
  readonly verdict: string;
  /** What would settle it; empty if it is settled. */
  readonly needs: string;
}

const WORST_FIRST = ['exceeded', 'inconclusive', 'within'] as const;

/** Judged budgets with the worst first, then the baseline's. */
export function budgetRows(view: ReportView): BudgetRow[] {
  const rank = (row: BudgetResult) => WORST_FIRST.indexOf(row.verdict);
  const judged = [...view.budgets].sort((a, b) => rank(a) - rank(b));
  const beside = (view.comparison.budgets ?? []).filter(({ gateResult }) => gateResult === undefined);
  return [...judged, ...beside].map((budget) => {
    const scale = view.scale(budget.metric);
    return {
      budget,
      metric: budget.metric,
      variant: budget.variant,
      limit: limitWords(budget),
      seen: seenWords(budget, scale),
      interval: boundsWords(budget, scale),
      n: budget.lost > 0 ? `${budget.n} (${budget.lost} lost)` : String(budget.n),
      verdict: budget.gateResult === undefined ? `${budgetVerdict(budget)} (baseline)` : budgetVerdict(budget),
      needs: settleWords(budget) ?? '',
    };
  });
}

/** How bench judges them, in a sentence or two. */
export function budgetMethod(view: ReportView): string {
  // At a look of a run that may stop early, the comparison has the level of that look; this is the level over all looks.
  const alpha = Number(((view.run?.schedule === undefined ? view.comparison.alpha : ALPHA) * 100).toPrecision(3));
  return `A budget is judged by the exact interval of its quantile or share. Over all budgets, the probability of any false “exceeded” is at most ${alpha} %, and so is that of any false “within”. Boots are assumed to be independent.`;
}
