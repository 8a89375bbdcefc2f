/** `comparison.json`: what may be claimed from samples. Every number is finite; what is not known is absent or null, and said. */
import * as z from 'zod';
import { BudgetResult } from './budget-result.ts';
import { MetricDescription, PathDescription } from './description.ts';
import { UsSchema } from './timeline.ts';
import { ComparisonWarning, GATE_RESULTS, RUN_RESULTS, VERDICTS } from './verdict.ts';

/** One side of a comparison, described. Times in microseconds; null where n does not allow the figure. */
export const SideSummary = z.strictObject({
  n: z.int().nonnegative(),
  missing: z.int().nonnegative(),
  broken: z.int().nonnegative(),
  medianUs: UsSchema.nullable(),
  p90Us: UsSchema.nullable(),
  madUs: UsSchema.nullable(),
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

/** One of times. */
const TimeInterval = z.strictObject({
  estimate: UsSchema.nullable(),
  low: UsSchema.nullable(),
  high: UsSchema.nullable(),
  confidence: z.number(),
});
export type TimeInterval = z.infer<typeof TimeInterval>;

/** Boots slower than a threshold, and whether the counts differ. */
export const TailCounts = z.strictObject({
  thresholdUs: UsSchema,
  threshold: z.enum(['given', 'upper mode', 'outer fence']),
  before: z.int().nonnegative(),
  after: z.int().nonnegative(),
  p: z.number(),
  method: z.string(),
});
export type TailCounts = z.infer<typeof TailCounts>;

/** How much slower one decile of the candidate is, with a bootstrap interval. */
export const DecileShift = z.strictObject({
  decile: z.number(),
  differenceUs: UsSchema,
  lowUs: UsSchema,
  highUs: UsSchema,
});
export type DecileShift = z.infer<typeof DecileShift>;

/** The chance that a run of so many blocks finds a change of `effect` (a ratio), at the spread seen here; `blocks` is this run's own size. */
export const PowerCurve = z.strictObject({
  effect: z.number(),
  /** Standard deviation of a block's log-difference, as the test feels it. */
  sigma: z.number(),
  blocks: z.int().nonnegative(),
  points: z.array(z.strictObject({ blocks: z.int().positive(), power: z.number() })),
});
export type PowerCurve = z.infer<typeof PowerCurve>;

/** Tests that were corrected together: how many, and how. */
export const TestFamily = z.strictObject({
  family: z.enum(['gates', 'exploratory', 'controls']),
  tests: z.int().nonnegative(),
  method: z.string(),
});
export type TestFamily = z.infer<typeof TestFamily>;

export const MetricComparison = z.strictObject({
  metric: z.string(),
  candidate: z.string(),
  gate: z.boolean(),
  verdict: z.enum(VERDICTS),
  /** Slower by more than the margins allow, or broken; whether the gate fails for it says `gateResult`. */
  failsGate: z.boolean(),
  /** Of gates only. Decided here and nowhere else: pages, comments, checks and exit codes read it. */
  gateResult: z.enum(GATE_RESULTS).optional(),
  /** What was checked against the row, as declared, or as the scenario's strictest gate has it. */
  margins: z.strictObject({ minimumEffect: z.number(), floorUs: UsSchema, equivalenceMargin: z.number() }),
  before: SideSummary,
  after: SideSummary,
  /** What the test rests on: blocks with a sound value on both sides; boots of the smaller side where nothing was interleaved. */
  size: z.int().nonnegative(),
  /** candidate / baseline; null where the metric can be zero. */
  ratio: Interval.nullable(),
  differenceUs: TimeInterval,
  p: z.number().nullable(),
  pAdjusted: z.number().nullable(),
  /** The two one-sided tests' interval (1 - 2 alpha), as a ratio; what `equivalent` was judged from. */
  equivalence: Interval.nullable().optional(),
  /** Blocks (boots per side where unblocked) that would settle it, from the spread seen; only when inconclusive. */
  needs: z.int().positive().nullable().optional(),
  method: z.string(),
  /** Slow boots counted beyond a threshold that is blind to the variant; gates only, absent where there is none to count. */
  tail: TailCounts.optional(),
  /** The difference by deciles, a picture and no test; gates only, absent where n does not allow it. */
  shift: z.array(DecileShift).optional(),
  /** What runs of other sizes could find; gates in blocks only. */
  power: PowerCurve.optional(),
  warnings: z.array(ComparisonWarning),
});
export type MetricComparison = z.infer<typeof MetricComparison>;

/** Where the difference of one metric came from. Rows add up exactly to `differenceUs`, the mean end-to-end difference. */
export const Attribution = z.strictObject({
  metric: z.string(),
  candidate: z.string(),
  blocks: z.int().nonnegative(),
  differenceUs: UsSchema,
  rows: z.array(
    z.strictObject({
      item: z.string(),
      beforeUs: UsSchema,
      afterUs: UsSchema,
      differenceUs: UsSchema,
      lowUs: UsSchema.nullable(),
      highUs: UsSchema.nullable(),
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
  /** Of the failed: those without a machine to boot on, which is no fault of the variant. Absent where there are none. */
  infrastructure: z.int().positive().optional(),
  /** How often machines were requested again, over all boots; left out where none was. */
  repeats: z.int().positive().optional(),
  /** Boots that a cloud which was asked too often made wait, and how long in all; left out where there was none. */
  throttled: z.strictObject({ boots: z.int().positive(), us: UsSchema }).optional(),
  /** Fisher's exact p against the baseline for failed-or-broken; null for the baseline itself. */
  p: z.number().nullable(),
  reasons: z.array(z.strictObject({ reason: z.string(), count: z.int().positive() })),
});
export type VariantCounts = z.infer<typeof VariantCounts>;

/** What became of one candidate, over its gates and budgets. */
export const CandidateOutcome = z.strictObject({
  candidate: z.string(),
  verdict: z.enum(VERDICTS),
  result: z.enum(RUN_RESULTS),
});
export type CandidateOutcome = z.infer<typeof CandidateOutcome>;

export const Comparison = z.strictObject({
  schema: z.literal('bench/comparison@1'),
  scenario: z.string(),
  scenarioSha256: z.string().optional(),
  verdict: z.enum(VERDICTS),
  result: z.enum(RUN_RESULTS),
  /** In the order of `candidates`; verdict and result of the run are the worst of these. */
  outcomes: z.array(CandidateOutcome),
  /** A negative control moved: the verdict is not to be trusted, and the gate neither passes nor fails silently. */
  unproven: z.boolean(),
  movedControls: z.array(z.strictObject({ metric: z.string(), candidate: z.string() })),
  alpha: z.number(),
  seed: z.int(),
  baseline: z.string(),
  candidates: z.array(z.string()),
  blocks: z.int().nonnegative(),
  counts: z.array(VariantCounts),
  metrics: z.array(MetricComparison),
  attribution: z.array(Attribution),
  families: z.array(TestFamily).optional(),
  /** Only where the scenario has budgets: of every candidate, and of the baseline, which they do not fail. */
  budgets: z.array(BudgetResult).optional(),
  /** Only where there is one variant: `verdict` is then `broken` or `inconclusive`, as nothing was compared. */
  descriptions: z.array(MetricDescription).optional(),
  paths: z.array(PathDescription).optional(),
  /** The gravest first. */
  warnings: z.array(ComparisonWarning),
});
export type Comparison = z.infer<typeof Comparison>;
