/** Expands declared budgets, patterns included, to one limit per metric. */
import picomatch from 'picomatch';
import { type BudgetDeclaration, isPattern } from '../../model/budget.ts';
import { prefixOf } from '../../model/ids.ts';
import type { ComparisonWarning } from '../../model/verdict.ts';

export interface Expanded {
  readonly budgets: readonly BudgetDeclaration[];
  readonly warnings: readonly ComparisonWarning[];
}

/** Provisioning as a whole and the time before it starts. These are not steps, so `cse.*` does not match them. */
const NO_STEPS: ReadonlySet<string> = new Set(
  ['total', 'start', 'kernel-to-start', 'boot-to-start', 'cloud-init-to-start'].map((name) => prefixOf('task') + name),
);

/**
 * A pattern matches every measured metric without its own budget. If several patterns match a metric, all of them apply.
 */
export function expandBudgets(declared: readonly BudgetDeclaration[], metrics: readonly string[]): Expanded {
  const named = new Set(declared.flatMap(({ metric }) => (isPattern(metric) ? [] : [metric])));
  const matching = (pattern: string) => {
    const fits = picomatch(pattern, { nobrace: true, noextglob: true, nonegate: true, dot: true, windows: false });
    return metrics.filter((metric) => fits(metric) && !named.has(metric) && !NO_STEPS.has(metric));
  };
  const expanded = declared.map((budget) => ({
    budget,
    ids: isPattern(budget.metric) ? matching(budget.metric) : [budget.metric],
  }));
  return {
    budgets: expanded.flatMap(({ budget, ids }) => ids.map((metric) => ({ ...budget, metric }))),
    warnings: [...new Set(expanded.flatMap(({ budget, ids }) => (ids.length === 0 ? [budget.metric] : [])))].map(
      (pattern) => ({
        code: 'budget-matches-nothing',
        text: `The budget on ${pattern} matches no metric of these boots, so it has no effect.`,
      }),
    ),
  };
}
