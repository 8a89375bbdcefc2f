/** What one variant's boots show by themselves, in `comparison.json`: no comparison. */
import * as z from 'zod';
import { UsSchema } from './timeline.ts';
import { ComparisonWarning } from './verdict.ts';

/** A quantile of one variant with its distribution-free interval. */
export const QuantileEstimate = z.strictObject({
  quantile: z.number(),
  estimateUs: UsSchema.nullable(),
  /** Null if there are too few boots for a bound at this confidence. */
  lowUs: UsSchema.nullable(),
  highUs: UsSchema.nullable(),
  confidence: z.number(),
  /** Fewest boots that give both bounds; only if one is missing. */
  needs: z.int().positive().optional(),
});
export type QuantileEstimate = z.infer<typeof QuantileEstimate>;

/** One metric of one variant by itself: no comparison. */
export const MetricDescription = z.strictObject({
  metric: z.string(),
  variant: z.string(),
  gate: z.boolean(),
  /** What the figures count: boots, or machines if they rebooted. */
  n: z.int().nonnegative(),
  missing: z.int().nonnegative(),
  madUs: UsSchema.nullable(),
  /** Median, p90 and p95. */
  quantiles: z.array(QuantileEstimate),
  /** Standard deviation of the logarithm from block to block: .05 is 5 %. Null below two blocks, or if a value is not above 0. */
  spread: z.number().nullable(),
  /** The same between the reboots of one machine. */
  spreadWithin: z.number().optional(),
  /** P of the dip test for one mode; null if there are too few boots to tell. Gates only. */
  oneModeP: z.number().nullable().optional(),
  /** Boots over a threshold, and the share that they stand for with its 95 % interval. Gates only. */
  slow: z
    .strictObject({
      thresholdUs: UsSchema,
      threshold: z.enum(['given', 'upper mode', 'outer fence']),
      over: z.int().nonnegative(),
      share: z.strictObject({ low: z.number(), high: z.number() }),
    })
    .optional(),
  warnings: z.array(ComparisonWarning),
});
export type MetricDescription = z.infer<typeof MetricDescription>;

/** What one variant's critical paths consist of. Rows add up exactly to `meanUs`. */
export const PathDescription = z.strictObject({
  metric: z.string(),
  variant: z.string(),
  boots: z.int().positive(),
  meanUs: UsSchema,
  rows: z.array(
    z.strictObject({
      item: z.string(),
      meanUs: UsSchema,
      /** Of the mean; and the quartiles of its share over the boots, 0 where it is not on the path. */
      share: z.number(),
      lowShare: z.number(),
      highShare: z.number(),
      /** Boots on whose path it is. */
      boots: z.int().positive(),
    }),
  ),
});
export type PathDescription = z.infer<typeof PathDescription>;
