/** Results of a scenario's budgets, in `comparison.json`. */
import * as z from 'zod';
import { UsSchema } from './timeline.ts';
import { ComparisonWarning, GATE_RESULTS } from './verdict.ts';

/** Verdict on a budget. `inconclusive`: the boots show neither. */
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
  /** Of candidates, and of a variant measured alone. Code decides it here and nowhere else. */
  gateResult: z.enum(GATE_RESULTS).optional(),
  /** Boots with a value, boots over the limit, and boots that failed or broke: the verdict allows for any value of those. */
  n: z.int().nonnegative(),
  over: z.int().nonnegative(),
  lost: z.int().nonnegative(),
  /** The quantile; null for a budget on a share. */
  estimateUs: UsSchema.nullable(),
  /** Bounds at the levels of the verdict, which covers all budgets of the run; for a budget on a share, bounds of the share. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** One-sided levels of the claims "exceeded" and "within". */
  levels: z.strictObject({ exceeded: z.number(), within: z.number() }),
  /** Boots that would settle it if the observed share stays the same; null if no number does. Only when inconclusive. */
  needs: z.int().positive().nullable().optional(),
  warnings: z.array(ComparisonWarning),
});
export type BudgetResult = z.infer<typeof BudgetResult>;
