/**
 * Budgets: limits for a variant by itself, whatever the run compares it with. In a scenario:
 *
 *     budgets:
 *       node.ready: {p90: 45s}
 *       cse.total:  {median: 20s}
 *       cse.*:      {p95: 5s}
 *       boot.finish: {over: 60s, atMost: 2%}
 */
import * as z from 'zod';
import { us } from './units.ts';

/** Quantiles that a budget may limit, by their keyword. */
export const QUANTILES = { median: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 } as const;
export type QuantileName = keyof typeof QUANTILES;
export const QUANTILE_NAMES = Object.keys(QUANTILES) as readonly QuantileName[];

export const quantileNamed = (quantile: number): string =>
  QUANTILE_NAMES.find((name) => QUANTILES[name] === quantile) ?? `p${Number((quantile * 100).toPrecision(6))}`;

const limitUs = z.number().positive().transform(us);

/** One limit, as `samples.json` has it: a quantile that must stay below a time, or a share of boots that may be over one. */
export const BudgetDeclaration = z.union([
  z.strictObject({
    /** An id, or a pattern: `*` stands for any part of one. */
    metric: z.string().min(1),
    quantile: z.number().gt(0).lt(1),
    limitUs,
  }),
  z.strictObject({
    metric: z.string().min(1),
    overUs: limitUs,
    /** The share of boots that may take longer. */
    atMost: z.number().gt(0).lt(1),
  }),
]);
export type BudgetDeclaration = z.output<typeof BudgetDeclaration>;

export const isPattern = (metric: string): boolean => metric.includes('*');
