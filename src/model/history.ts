/**
 * The history: one line per run, and one per confirmation of a change, as JSON lines in a folder, a git branch or a blob container.
 * A line holds all that a trend needs, so it outlives the run's folder.
 *
 * The series of a trend are paired log-ratios against the reference: the run's baseline, one pinned image over many nights.
 * The pairing removes what a host, a region or an hour does to both sides. A line also has the raw times, as description.
 */
import * as z from 'zod';
import { MachineFacts } from './boot.ts';
import { BUDGET_VERDICTS } from './budget-result.ts';
import { Interval } from './comparison.ts';
import { UsSchema } from './timeline.ts';
import { RUN_RESULTS, VERDICTS } from './verdict.ts';

const SCHEMA = z.literal('bench/history@1');

/** `confirmed`: bench booted a change's two images against each other, and they differ. `gone`: a reported change no longer holds. */
export const ALERT_EVENTS = ['confirmed', 'gone'] as const;

/** A night is a day of UTC: the one on which the run began. */
export const Night = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a day, e.g. 2026-02-02');

/** One variant of a run: its exact image, how to name it again, and what happened to its boots. */
export const HistorySide = z.strictObject({
  variant: z.string(),
  /** As the provider pinned it: a version's id, a hash. Equal texts are equal images. */
  image: z.string(),
  /** As the scenario named it; together with `image` it can boot again. */
  source: z.unknown(),
  boots: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  broken: z.int().nonnegative(),
});
export type HistorySide = z.output<typeof HistorySide>;

/** One metric of one candidate against the reference. */
export const HistoryMetric = z.strictObject({
  metric: z.string(),
  candidate: z.string(),
  gate: z.boolean(),
  /** Version of the metric's definition, from 2 on. */
  definition: z.int().min(2).optional(),
  owner: z.string().optional(),
  verdict: z.enum(VERDICTS),
  /** ln(candidate / reference), from the comparison's estimate and interval; absent where the metric can be 0 or was not measured. */
  logRatio: z
    .strictObject({
      estimate: z.number(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      /** Blocks with a sound value on both sides. */
      blocks: z.int().nonnegative(),
      /** Standard deviation of the blocks' log-ratios; null below two blocks. */
      spread: z.number().nonnegative().nullable(),
    })
    .optional(),
  /** Medians in microseconds. */
  referenceUs: UsSchema.nullable(),
  candidateUs: UsSchema.nullable(),
});
export type HistoryMetric = z.output<typeof HistoryMetric>;

/** What we know of a single image, in a line and at a point of a trend. */
export const AloneFigures = z.strictObject({
  n: z.int().nonnegative(),
  medianUs: UsSchema.nullable(),
  /** Distribution-free interval of the median; null if there were too few boots. */
  lowUs: UsSchema.nullable(),
  highUs: UsSchema.nullable(),
  p90Us: UsSchema.nullable(),
  budgets: z.array(z.enum(BUDGET_VERDICTS)).optional(),
});

/** One metric of an image measured alone. */
export const HistoryAlone = z.strictObject({
  metric: z.string(),
  gate: z.boolean(),
  definition: z.int().min(2).optional(),
  ...AloneFigures.shape,
});
export type HistoryAlone = z.output<typeof HistoryAlone>;

export const HistoryRun = z.strictObject({
  schema: SCHEMA,
  kind: z.literal('run'),
  /** The run's id. A line replaces an earlier line with the same id. */
  id: z.string(),
  night: Night,
  at: z.string().describe('UTC, ISO 8601: when the run began'),
  tool: z.string(),
  /** Where to see the run: an address, or a path from the history. */
  link: z.string().optional(),
  scenario: z.strictObject({
    name: z.string(),
    sha256: z.string(),
    /** Hash of the scenario without its images: nights with the same hash asked the same question. */
    definition: z.string(),
  }),
  reference: HistorySide,
  /** Empty if the run measured one image alone: that image is then the reference. */
  candidates: z.array(HistorySide),
  verdict: z.enum(VERDICTS),
  /** The run's result for a build; only of runs with budgets or one image. */
  result: z.enum(RUN_RESULTS).optional(),
  calibration: z.strictObject({
    /** The baseline against itself: counts as calibration, not as a night of a series. */
    aa: z.boolean(),
    /** A negative control changed. */
    unproven: z.boolean(),
    alpha: z.number(),
    seed: z.int(),
  }),
  /** Of the provider: accelerator, region, size, timing. */
  facts: MachineFacts,
  metrics: z.array(HistoryMetric),
  alone: z.array(HistoryAlone).optional(),
});
export type HistoryRun = z.output<typeof HistoryRun>;

/** Two images around a change, booted against each other. `change` is the id of a change in the trend. */
export const HistoryConfirmation = z.strictObject({
  schema: SCHEMA,
  kind: z.literal('confirmation'),
  /** The id of the run that booted the two. */
  id: z.string(),
  at: z.string(),
  link: z.string().optional(),
  change: z.string(),
  outcome: z.enum(['confirmed', 'refuted', 'inconclusive']),
  /** Exact images of the run: neighbours if a bisection finished. */
  before: z.string(),
  after: z.string(),
  ratio: Interval.nullable(),
  /** Where on the path to the metric the difference lies, in microseconds, the largest first. */
  attribution: z.array(z.strictObject({ item: z.string(), us: UsSchema })).optional(),
  verdict: z.enum(VERDICTS),
  /** One run of a bisection; absent on its summary line. */
  step: z.boolean().optional(),
});
export type HistoryConfirmation = z.output<typeof HistoryConfirmation>;

/** A message that a webhook received about a change. A webhook has no memory, so bench sends each change once. */
export const HistoryAlert = z.strictObject({
  schema: SCHEMA,
  kind: z.literal('alert'),
  /** `<event> <change>` */
  id: z.string(),
  at: z.string(),
  change: z.string(),
  event: z.enum(ALERT_EVENTS),
});
export type HistoryAlert = z.output<typeof HistoryAlert>;

export const HistoryLine = z.discriminatedUnion('kind', [HistoryRun, HistoryConfirmation, HistoryAlert]);
export type HistoryLine = z.output<typeof HistoryLine>;

/** A line that nothing could parse: bench reports it and skips it. `line` counts from 1. */
export interface DamagedLine {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

export interface HistoryContent {
  /** In the order of their files and lines. */
  readonly lines: readonly HistoryLine[];
  readonly damaged: readonly DamagedLine[];
}

/** Where a history lives. Concurrent writers never lose a line. */
export interface History {
  /** Resolves once other readers can see the line. */
  append(line: HistoryLine, signal: AbortSignal): Promise<void>;
  /** An absent history is an empty one. */
  read(signal: AbortSignal): Promise<HistoryContent>;
  /** Deletes the lines that `isKept` rejects. Unreadable lines stay. Absent where the place has its own retention rules. */
  prune?(isKept: (line: HistoryLine) => boolean, signal: AbortSignal): Promise<void>;
}
