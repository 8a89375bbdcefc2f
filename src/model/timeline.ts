/** Events and spans: named instants of one boot, each with its clock, its error and the line that shows it. */
import * as z from 'zod';
import { CLOCKS } from './clock.ts';
import { us } from './units.ts';

export const UsSchema = z.number().transform(us);

/** Where a fact stands: a file under `raw/` (or `outcome.json`) and its line, counted from 1. */
export const Evidence = z.strictObject({ file: z.string(), line: z.int().nonnegative() });
export type Evidence = z.infer<typeof Evidence>;

/**
 * An instant with its evidence. `clock` names the zero that `us` counts from. `linkErrorUs` is the clock link's part of
 * `errorUs`, present where one link without a step moved the stamp. Instants moved by that link share this error, so it cancels
 * in their difference.
 */
export const Stamp = z.strictObject({
  clock: z.enum(CLOCKS),
  us: UsSchema,
  errorUs: UsSchema,
  linkErrorUs: UsSchema.optional(),
  evidence: Evidence,
});
export type Stamp = z.output<typeof Stamp>;

/** A named instant, e.g. `node.ready`. Ids are public and listed in `src/metrics/catalogue.ts`. */
export const BootEvent = Stamp.extend({ id: z.string() });
export type BootEvent = z.output<typeof BootEvent>;

export const SPAN_KINDS = ['phase', 'unit', 'task', 'cloud-init', 'tls-bootstrap', 'trial'] as const;

/**
 * Two events of one thing. `end` is absent when nobody saw it (`open` gives the reason). `after` names what had to finish
 * before this could start (for units: their ordering edges). `within` names the innermost span of the same kind that contains
 * this one in time. `name` is normalised, so that boots can be compared.
 */
export const Span = z.strictObject({
  kind: z.enum(SPAN_KINDS),
  name: z.string(),
  start: Stamp,
  end: Stamp.optional(),
  open: z.string().optional(),
  after: z.array(z.string()).optional(),
  within: z.string().optional(),
  /** The unit's processor time up to the moment we read the machine. If its start took longer than this, it waited for the difference. */
  cpuUs: UsSchema.optional(),
  /** How long a step waited for a lock, and which unit held it if the holder's process is known. */
  lock: z
    .strictObject({ name: z.string(), pid: z.int(), holder: z.string().optional(), evidence: Evidence })
    .optional(),
  note: z.string().optional(),
});
export type Span = z.output<typeof Span>;

/**
 * A duration that a tool printed without its start; imports use it where the tool left no stamps. `metric` is the metric that
 * it states, if any. `atUs` counts from the tool's own zero (start of userspace, of a boot record), so it belongs to no clock.
 */
export const PrintedDuration = z.strictObject({
  tool: z.string(),
  name: z.string(),
  metric: z.string().optional(),
  us: UsSchema.optional(),
  atUs: UsSchema.optional(),
  errorUs: UsSchema,
  evidence: Evidence,
});
export type PrintedDuration = z.output<typeof PrintedDuration>;

/** Something the reader of the result must know. `code` is stable and short; `message` says what, where, what to do. */
export const Warning = z.strictObject({ code: z.string(), message: z.string(), evidence: Evidence.optional() });
export type Warning = z.infer<typeof Warning>;
