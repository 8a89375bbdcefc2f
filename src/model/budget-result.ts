/** What became of a scenario's budgets, in `comparison.json`. */
import * as z from 'zod';
import { UsSchema } from './timeline.ts';
import { ComparisonWarning, GATE_RESULTS } from './verdict.ts';

/** What may be said of a budget. `inconclusive`: the boots show neither. */
export const BUDGET_VERDICTS = ['within', 'inconclusive', 'exceeded'] as const;
export type BudgetVerdict = (typeof BUDGET_VERDICTS)[number];

/** One budget checked against one variant. */
export const BudgetResult = z.strictObject({
  metric: z.string(),
  variant: z.string(),
  /** The quantile that must stay below the limit; absent where a share of boots may be over it. */
  quantile: z.number().optional(),
  limitUs: UsSchema,
  /** The share of boots that may be over the limit: 1 - quantile, or as declared. */
  allowed: z.number(),
  verdict: z.enum(BUDGET_VERDICTS),
  /** Of candidates, and of a variant that is measured alone. Decided here and nowhere else. */
  gateResult: z.enum(GATE_RESULTS).optional(),
  /** Boots with a value, those over the limit, and those that failed or broke: the verdict holds whatever they would have shown. */
  n: z.int().nonnegative(),
  over: z.int().nonnegative(),
  lost: z.int().nonnegative(),
  /** The quantile; of a share, nothing. */
  estimateUs: UsSchema.nullable(),
  /** Bounds at the levels it was judged at, together with the run's other budgets; of a share, bounds of the share. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** One-sided levels of the claims "exceeded" and "within". */
  levels: z.strictObject({ exceeded: z.number(), within: z.number() }),
  /** Boots that would settle it, if the share over the limit stays as seen; null where no number does. Only when inconclusive. */
  needs: z.int().positive().nullable().optional(),
  warnings: z.array(ComparisonWarning),
});
export type BudgetResult = z.infer<typeof BudgetResult>;
