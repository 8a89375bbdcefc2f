/**
 * One boot on disk: its course (`outcome.json`), the artifacts from its machine (`raw/index.json`), and our reading of them
 * (`record.json`, derived from the first two alone).
 */
import * as z from 'zod';
import { CLOCKS } from './clock.ts';
import { addTo } from './grouped.ts';
import { BootEvent, Evidence, PrintedDuration, Span, UsSchema, Warning } from './timeline.ts';
import { Trial } from './trial.ts';

export const BOOT_KINDS = ['first', 'reboot'] as const;
export type BootKind = (typeof BOOT_KINDS)[number];

/** Which boot this is. `id` is `<nnnn>-<variant>`; `block` is null if the design is not interleaved. */
export const BootIdentity = z.strictObject({
  id: z.string(),
  variant: z.string(),
  block: z.int().positive().nullable(),
  machine: z.string(),
  bootKind: z.enum(BOOT_KINDS),
});
export type BootIdentity = z.infer<typeof BootIdentity>;

/** Facts of a machine that may explain an outlier: accelerator, image hash, kernel, host build. Flat, printable. */
export const MachineFacts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type MachineFacts = z.infer<typeof MachineFacts>;

export const FAILURE_STAGES = ['image', 'create', 'boot', 'reach', 'collect'] as const;

/** Why a boot gave no sample. `code` is stable (`panic`, `ready-timeout`, `ssh-auth`, ...). */
export const Failure = z.strictObject({
  stage: z.enum(FAILURE_STAGES),
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  infrastructure: z
    .boolean()
    .optional()
    .describe(
      'True if the image cannot be the cause. If absent, the stage decides: true for create, false for the others.',
    ),
});
export type Failure = z.infer<typeof Failure>;

/** `outcome.json`. `marks` are the outside events, on the controller's monotonic clock (zero: request sent). */
export const Outcome = z.strictObject({
  schema: z.literal('bench/outcome@1'),
  boot: BootIdentity,
  outcome: z.enum(['booted', 'failed']),
  failure: Failure.optional(),
  machine: MachineFacts,
  marks: z.array(BootEvent),
  /** Problems while bench read the machine, short of a failure. */
  warnings: z.array(Warning).default([]),
  /** The intervention of a profile. */
  trial: Trial.optional(),
  /** Bench did not boot it again: it had a boot with the same inputs. */
  cached: z.strictObject({ key: z.string(), run: z.string(), boot: z.string(), at: z.string() }).optional(),
  /** Bench booted it although the cache had it, and compared the two; each difference in words. */
  audit: z.strictObject({ key: z.string(), run: z.string(), differences: z.array(z.string()) }).optional(),
  /** Milliseconds the harness itself spent around the boot, for its own figures: collecting, storing. */
  harness: z.record(z.string(), z.number()),
});
export type Outcome = z.output<typeof Outcome>;

/** One artifact: `path` is relative to `raw/`. `exitCode` is null if the command never ended. */
export const ArtifactEntry = z.strictObject({
  path: z.string(),
  collector: z.string(),
  command: z.string(),
  exitCode: z.int().nullable(),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
  truncated: z.boolean(),
  secrets: z.int().positive().optional().describe('Number of secrets removed before it was stored.'),
});
export type ArtifactEntry = z.infer<typeof ArtifactEntry>;

/** `raw/index.json` */
export const ArtifactIndex = z.strictObject({
  schema: z.literal('bench/artifacts@1'),
  artifacts: z.array(ArtifactEntry),
});
export type ArtifactIndex = z.infer<typeof ArtifactIndex>;

/** State of a unit when bench read the machine. */
export const UnitState = z.strictObject({
  unit: z.string(),
  load: z.string(),
  active: z.string(),
  sub: z.string(),
  result: z.string(),
  restarts: z.int().nonnegative(),
  /** `enabled`, `disabled`, ... now, and as the image had it if known. */
  enabled: z.string(),
  enabledInImage: z.string().optional(),
  evidence: Evidence,
  /** If it restarted: the line that counts the restarts. */
  restartsEvidence: Evidence.optional(),
});
export type UnitState = z.infer<typeof UnitState>;

export const FileState = z.strictObject({
  path: z.string(),
  exists: z.boolean(),
  mode: z.string().optional(),
  owner: z.string().optional(),
  evidence: Evidence,
});
export type FileState = z.infer<typeof FileState>;

/** Result of one expectation of the scenario in this boot. `held` is null if nothing could judge it, which is no pass. */
export const ExpectationResult = z.strictObject({
  claim: z.string(),
  held: z.boolean().nullable(),
  message: z.string(),
  evidence: Evidence.optional(),
});
export type ExpectationResult = z.infer<typeof ExpectationResult>;

export const StoredLink = z.strictObject({
  from: z.enum(CLOCKS),
  to: z.enum(CLOCKS),
  readings: z.array(z.strictObject({ fromUs: UsSchema, toUs: UsSchema, errorUs: UsSchema })),
});

/** One item of a critical path. The items of a path touch and do not overlap, so they add up to its length. */
export const PathSegment = z.strictObject({
  item: z.string(),
  kind: z.enum(['work', 'wait', 'unknown']),
  fromUs: UsSchema,
  toUs: UsSchema,
  /** What ran meanwhile, if this is a wait: a step that waits for a lock. */
  during: z.string().optional(),
  /** Other items that ended at the same time, within the noise: each may be the real cause. */
  ties: z.array(z.string()).optional(),
  /** Upper bound on the time that the unit's processes ran in this length; the rest they waited, e.g. for the processor. */
  runningUs: UsSchema.optional(),
  /** Items off the path that worked meanwhile: they may take the processor from it. */
  competes: z.array(z.string()).optional(),
});
export type PathSegment = z.output<typeof PathSegment>;

/** `record.json`: times on the guest's monotonic clock where a link allowed it, with the stamp's own line as evidence. */
export const BootRecord = z.strictObject({
  schema: z.literal('bench/record@1'),
  tool: z.string(),
  boot: BootIdentity,
  outcome: z.enum(['booted', 'failed']),
  failure: Failure.optional(),
  machine: MachineFacts,
  events: z.array(BootEvent),
  spans: z.array(Span),
  /** Durations without instants, from texts that people pasted; a metric with stamps takes precedence. */
  printed: z.array(PrintedDuration).optional(),
  links: z.array(StoredLink),
  units: z.array(UnitState),
  expectations: z.array(ExpectationResult),
  /** Violated expectations, in words; a boot with one is broken, however fast. */
  broken: z.array(z.string()),
  /** Per gate metric: what delayed the boot, instant by instant. */
  paths: z.record(z.string(), z.array(PathSegment)),
  warnings: z.array(Warning),
});
export type BootRecord = z.output<typeof BootRecord>;

/** Groups boots by machine, in the order of the boots. */
export function bootsByMachine(boots: readonly BootIdentity[]): readonly (readonly BootIdentity[])[] {
  const machines = new Map<string, BootIdentity[]>();
  for (const boot of boots) addTo(machines, boot.machine, boot);
  return [...machines.values()];
}
