/** `comparison.json`: what samples permit us to claim. Every number is finite; an unknown one is absent or null, with the reason. */
import * as z from 'zod';
import { BudgetResult } from './budget-result.ts';
import { MetricDescription, PathDescription } from './description.ts';
import { UsSchema } from './timeline.ts';
import { ComparisonWarning, GATE_RESULTS, RUN_RESULTS, VERDICTS } from './verdict.ts';

/** Description of one side of a comparison. Times in microseconds; null if n is too small for the figure. */
export const SideSummary = z.strictObject({
  n: z.int().nonnegative(),
  missing: z.int().nonnegative(),
  broken: z.int().nonnegative(),
  medianUs: UsSchema.nullable(),
  p90Us: UsSchema.nullable(),
  madUs: UsSchema.nullable(),
});
export type SideSummary = z.infer<typeof SideSummary>;

/** An estimate with its confidence interval; a null bound is unbounded: the data exclude nothing on that side. */
export const Interval = z.strictObject({
  estimate: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  confidence: z.number(),
});
export type Interval = z.infer<typeof Interval>;

/** The same for times. */
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
  /** Standard deviation of a block's log-difference, as the test sees it. */
  sigma: z.number(),
  blocks: z.int().nonnegative(),
  points: z.array(z.strictObject({ blocks: z.int().positive(), power: z.number() })),
});
export type PowerCurve = z.infer<typeof PowerCurve>;

/** Tests corrected together: how many, and how. */
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
  /** Slower by more than the margins allow, or broken; `gateResult` says whether the gate fails for it. */
  failsGate: z.boolean(),
  /** Of gates only. Code decides it here and nowhere else: pages, comments, checks and exit codes read it. */
  gateResult: z.enum(GATE_RESULTS).optional(),
  /** The margins of the check: as declared, or those of the scenario's strictest gate. */
  margins: z.strictObject({ minimumEffect: z.number(), floorUs: UsSchema, equivalenceMargin: z.number() }),
  before: SideSummary,
  after: SideSummary,
  /** Size of the test's data: blocks with a sound value on both sides; boots of the smaller side if the design is not interleaved. */
  size: z.int().nonnegative(),
  /** candidate / baseline; null where the metric can be zero. */
  ratio: Interval.nullable(),
  differenceUs: TimeInterval,
  p: z.number().nullable(),
  pAdjusted: z.number().nullable(),
  /** Interval of the two one-sided tests (1 - 2 alpha), as a ratio: the basis of `equivalent`. */
  equivalence: Interval.nullable().optional(),
  /** Blocks (boots per side if unblocked) that would settle it, by the observed spread; only when inconclusive. */
  needs: z.int().positive().nullable().optional(),
  method: z.string(),
  /** Boots over a threshold that does not depend on the variant; gates only, absent if there are none to count. */
  tail: TailCounts.optional(),
  /** The difference by deciles: a picture, not a test; gates only, absent if n is too small. */
  shift: z.array(DecileShift).optional(),
  /** What runs of other sizes could find; gates in blocks only. */
  power: PowerCurve.optional(),
  warnings: z.array(ComparisonWarning),
});
export type MetricComparison = z.infer<typeof MetricComparison>;

/** Where the difference of one metric came from. The rows add up exactly to `differenceUs`, the mean end-to-end difference. */
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
  /** Failed boots without a machine, which is not the variant's fault. Absent if there are none. */
  infrastructure: z.int().positive().optional(),
  /** How often bench requested machines again, over all boots; absent if never. */
  repeats: z.int().positive().optional(),
  /** Boots that the cloud's throttling delayed, and the total delay; absent if there were none. */
  throttled: z.strictObject({ boots: z.int().positive(), us: UsSchema }).optional(),
  /** Fisher's exact p against the baseline for failed-or-broken; null for the baseline itself. */
  p: z.number().nullable(),
  reasons: z.array(z.strictObject({ reason: z.string(), count: z.int().positive() })),
});
export type VariantCounts = z.infer<typeof VariantCounts>;

/** Result of one candidate, over its gates and budgets. */
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
  /** A negative control changed: do not trust the verdict; the gate neither passes nor fails silently. */
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
  /** Only if the scenario has budgets: of every candidate, and of the baseline, which cannot fail the run by them. */
  budgets: z.array(BudgetResult).optional(),
  /** Only if there is one variant: `verdict` is then `broken` or `inconclusive`, as there is nothing to compare. */
  descriptions: z.array(MetricDescription).optional(),
  paths: z.array(PathDescription).optional(),
  /** The gravest first. */
  warnings: z.array(ComparisonWarning),
});
export type Comparison = z.infer<typeof Comparison>;
