/** `comparison.json`: what may be claimed from samples. Every number is finite; what is not known is absent or null, and said. */
import { z } from 'zod';

/** From best to worst news. `inconclusive` is never "no change". */
export const VERDICTS = ['faster', 'equivalent', 'inconclusive', 'slower', 'broken'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One side of a comparison, described. Times in microseconds; null where n does not allow the figure. */
export const SideSummary = z.strictObject({
  n: z.int().nonnegative(),
  missing: z.int().nonnegative(),
  broken: z.int().nonnegative(),
  medianUs: z.number().nullable(),
  p90Us: z.number().nullable(),
  madUs: z.number().nullable(),
});
export type SideSummary = z.infer<typeof SideSummary>;

/** An estimate with its confidence interval; a null bound is unbounded: the data cannot exclude anything on that side. */
export const Interval = z.strictObject({
  estimate: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  confidence: z.number(),
});
export type Interval = z.infer<typeof Interval>;

export const MetricComparison = z.strictObject({
  metric: z.string(),
  candidate: z.string(),
  gate: z.boolean(),
  verdict: z.enum(VERDICTS),
  failsGate: z.boolean(),
  before: SideSummary,
  after: SideSummary,
  /** candidate / baseline; null where the metric can be zero. */
  ratio: Interval.nullable(),
  differenceUs: Interval,
  p: z.number().nullable(),
  pAdjusted: z.number().nullable(),
  /** The two one-sided tests' interval (1 - 2 alpha), as a ratio; what `equivalent` was judged from. */
  equivalence: Interval.nullable().optional(),
  /** Blocks (boots per side where unblocked) that would settle it, from the spread seen; only when inconclusive. */
  needs: z.int().positive().nullable().optional(),
  /** After minus before, quantile by quantile, with bootstrap bounds; only where n allows it. A picture, not a test. */
  shift: z
    .array(
      z.strictObject({
        quantile: z.number(),
        differenceUs: z.number(),
        lowUs: z.number().nullable(),
        highUs: z.number().nullable(),
      }),
    )
    .optional(),
  /** Boots beyond a threshold (or in the upper mode), counted on both sides and compared. */
  tail: z
    .strictObject({
      thresholdUs: z.number(),
      before: z.int().nonnegative(),
      after: z.int().nonnegative(),
      p: z.number().nullable(),
      bimodal: z.boolean(),
      method: z.string(),
    })
    .optional(),
  method: z.string(),
  warnings: z.array(z.string()),
});
export type MetricComparison = z.infer<typeof MetricComparison>;

/** Where the difference of one metric came from. Rows add up exactly to `differenceUs`, the mean end-to-end difference. */
export const Attribution = z.strictObject({
  metric: z.string(),
  candidate: z.string(),
  blocks: z.int().nonnegative(),
  differenceUs: z.number(),
  rows: z.array(
    z.strictObject({
      item: z.string(),
      beforeUs: z.number(),
      afterUs: z.number(),
      differenceUs: z.number(),
      lowUs: z.number().nullable(),
      highUs: z.number().nullable(),
      pAdjusted: z.number().nullable(),
    }),
  ),
});
export type Attribution = z.infer<typeof Attribution>;

/** Boots of one variant, counted. `broken` boots did boot. */
export const VariantCounts = z.strictObject({
  variant: z.string(),
  boots: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  broken: z.int().nonnegative(),
  /** Fisher's exact p against the baseline for failed-or-broken; null for the baseline itself. */
  p: z.number().nullable(),
  reasons: z.array(z.strictObject({ reason: z.string(), count: z.int().positive() })),
});
export type VariantCounts = z.infer<typeof VariantCounts>;

export const Comparison = z.strictObject({
  schema: z.literal('bench/comparison@1'),
  scenario: z.string(),
  scenarioSha256: z.string().optional(),
  verdict: z.enum(VERDICTS),
  /** A negative control moved: the verdict is not to be trusted, and the gate neither passes nor fails silently. */
  unproven: z.boolean(),
  alpha: z.number(),
  seed: z.int(),
  baseline: z.string(),
  candidates: z.array(z.string()),
  blocks: z.int().nonnegative(),
  counts: z.array(VariantCounts),
  metrics: z.array(MetricComparison),
  attribution: z.array(Attribution),
  warnings: z.array(z.string()),
});
export type Comparison = z.infer<typeof Comparison>;
