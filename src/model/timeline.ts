/** Events and spans: named instants of one boot, each with its clock, its error and the line that shows it. */
import * as z from 'zod';
import { CLOCKS } from './clock.ts';
import { us } from './units.ts';

export const UsSchema = z.number().transform(us);

/** Where a fact stands: a file under `raw/` (or `outcome.json`) and its line, counted from 1. */
export const Evidence = z.strictObject({ file: z.string(), line: z.int().nonnegative() });
export type Evidence = z.infer<typeof Evidence>;

/**
 * An instant with its evidence. `clock` names the zero that `us` counts from. `linkErrorUs` is the part of `errorUs` that is
 * the clock link's where one link without a step moved the stamp: it is the same for all of them, and cancels between two.
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
 * Two events of one thing. `end` is absent when it was never seen (`open` says why). `after` names what had to be over
 * before this could start (units: their ordering edges). `within` names the innermost span of the same kind that contains
 * this one in time. `name` is normalised, so that two boots can be compared.
 */
export const Span = z.strictObject({
  kind: z.enum(SPAN_KINDS),
  name: z.string(),
  start: Stamp,
  end: Stamp.optional(),
  open: z.string().optional(),
  after: z.array(z.string()).optional(),
  within: z.string().optional(),
  /** A unit's processor time, until the machine was read: what of its start is over this it waited for. */
  cpuUs: UsSchema.optional(),
  /** What a step stood waiting for because another held it, and which unit that was, where its process is known. */
  lock: z
    .strictObject({ name: z.string(), pid: z.int(), holder: z.string().optional(), evidence: Evidence })
    .optional(),
  note: z.string().optional(),
});
export type Span = z.output<typeof Span>;

/**
 * A duration that a tool printed without saying when it began: what imports have where nothing was stamped. `metric` is the
 * metric that it states, where it states one. `atUs` counts from a zero of the tool's own (the start of userspace, of a boot
 * record), so it is no instant of any clock.
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

/** Something a reader of the result must know. `code` is stable and short; `message` says what, where, what to do. */
export const Warning = z.strictObject({ code: z.string(), message: z.string(), evidence: Evidence.optional() });
export type Warning = z.infer<typeof Warning>;
