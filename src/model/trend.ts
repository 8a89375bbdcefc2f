/** `bench trend --json`: the series of a history, night by night, and the changes in them. */
import * as z from 'zod';
import { Interval } from './comparison.ts';
import { AloneFigures, HistoryConfirmation, Night } from './history.ts';
import { UsSchema } from './timeline.ts';

/** One run of a series. Ratios are candidate / the reference of that night. */
export const TrendPoint = z.strictObject({
  night: Night,
  run: z.string(),
  link: z.string().optional(),
  ratio: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Exact image of the candidate. */
  image: z.string(),
});
export type TrendPoint = z.infer<typeof TrendPoint>;

/**
 * `standing`: the new level holds. `reverted`: a later change undid it. That later change is `undoing` if it did nothing else.
 * `withdrawn`: later nights did not confirm it.
 */
export const CHANGE_STATUSES = ['standing', 'reverted', 'undoing', 'withdrawn'] as const;

/** A lasting step of one metric, between two nights. */
export const TrendChange = z.strictObject({
  /** `<scenario>/<candidate>/<metric>@<night>`; later nights do not change it. */
  id: z.string(),
  scenario: z.string(),
  candidate: z.string(),
  metric: z.string(),
  gate: z.boolean(),
  owner: z.string().optional(),
  direction: z.enum(['slower', 'faster']),
  status: z.enum(CHANGE_STATUSES),
  /** The night on which the change went away; absent while it stands. */
  goneNight: Night.optional(),
  /** The first night of the new level, and the last one of the old. */
  night: Night,
  previousNight: Night,
  /** The first night whose data were enough to report it. */
  foundNight: Night,
  images: z.strictObject({ before: z.string(), after: z.string() }),
  runs: z.strictObject({ before: z.string(), after: z.string() }),
  /** New level / old level. */
  effect: Interval,
  p: z.number(),
  /** Benjamini-Hochberg over that night's metrics. */
  pAdjusted: z.number(),
  /** The nearest step that plain least squares (PELT) sees in the whole series, and whether it is this one. */
  crossCheck: z.strictObject({ night: Night.nullable(), agrees: z.boolean() }),
  /** Results of booting the two images against each other, newest first; without the steps of a bisection. */
  confirmations: z.array(HistoryConfirmation),
});
export type TrendChange = z.infer<typeof TrendChange>;

/** A stretch of nights on one level. */
export const TrendLevel = z.strictObject({ from: Night, to: Night, ratio: z.number() });
export type TrendLevel = z.infer<typeof TrendLevel>;

export const TrendSeries = z.strictObject({
  scenario: z.string(),
  candidate: z.string(),
  metric: z.string(),
  gate: z.boolean(),
  owner: z.string().optional(),
  points: z.array(TrendPoint),
  /** Nights that should have a value by the scenario's own rhythm, and have none. */
  missing: z.array(Night),
  levels: z.array(TrendLevel),
  /** Median of the candidate on the last night. */
  latestUs: UsSchema.nullable(),
  /** Standard deviation of a night around its level, as a share. */
  noise: z.number().nullable(),
});
export type TrendSeries = z.infer<typeof TrendSeries>;

/** One metric of an image measured alone, run by run: raw times. Bench looks for no change in them. */
export const TrendAlone = z.strictObject({
  scenario: z.string(),
  variant: z.string(),
  metric: z.string(),
  gate: z.boolean(),
  points: z.array(
    z.strictObject({
      night: Night,
      run: z.string(),
      link: z.string().optional(),
      image: z.string(),
      ...AloneFigures.shape,
    }),
  ),
});
export type TrendAlone = z.infer<typeof TrendAlone>;

/** A night that changed the question or the reference: bench claims no change across a moved reference. */
export const TrendMark = z.strictObject({
  scenario: z.string(),
  night: Night,
  kind: z.enum(['reference', 'definition', 'conditions']),
  what: z.string(),
});
export type TrendMark = z.infer<typeof TrendMark>;

export const Trend = z.strictObject({
  schema: z.literal('bench/trend@1'),
  firstNight: Night.nullable(),
  lastNight: Night.nullable(),
  runs: z.int().nonnegative(),
  /** Expected share of false changes among those of one night. */
  falseDiscoveryRate: z.number(),
  changes: z.array(TrendChange),
  series: z.array(TrendSeries),
  /** Absent where no run of the history had one variant. */
  alone: z.array(TrendAlone).optional(),
  marks: z.array(TrendMark),
  calibration: z.strictObject({ runs: z.int().nonnegative(), alarms: z.int().nonnegative() }),
  damaged: z.array(z.strictObject({ file: z.string(), line: z.int().positive(), problem: z.string() })),
  warnings: z.array(z.string()),
});
export type Trend = z.infer<typeof Trend>;
