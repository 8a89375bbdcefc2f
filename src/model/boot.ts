/**
 * One boot on disk: what happened (`outcome.json`), what was taken from the machine (`raw/index.json`), and what was
 * understood of it (`record.json`, derived from the first two alone).
 */
import * as z from 'zod';
import { CLOCKS } from './clock.ts';
import { addTo } from './grouped.ts';
import { BootEvent, Evidence, PrintedDuration, Span, UsSchema, Warning } from './timeline.ts';
import { Trial } from './trial.ts';

export const BOOT_KINDS = ['first', 'reboot'] as const;
export type BootKind = (typeof BOOT_KINDS)[number];

/** Which boot this is. `id` is `<nnnn>-<variant>`; `block` is null where nothing was interleaved. */
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
  /** What went wrong while the machine was read, short of a failure. */
  warnings: z.array(Warning).default([]),
  /** What was done to it, in a profile. */
  trial: Trial.optional(),
  /** It was not booted again: a boot with the same inputs had been made. */
  cached: z.strictObject({ key: z.string(), run: z.string(), boot: z.string(), at: z.string() }).optional(),
  /** It was booted although it was known, and compared with what was known; each difference in words. */
  audit: z.strictObject({ key: z.string(), run: z.string(), differences: z.array(z.string()) }).optional(),
  /** Milliseconds the harness itself spent around the boot, for its own figures: collecting, storing. */
  harness: z.record(z.string(), z.number()),
});
export type Outcome = z.output<typeof Outcome>;

/** One artifact: `path` is relative to `raw/`. `exitCode` is null where the command never ended. */
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

/** A unit as it stood when the machine was read. */
export const UnitState = z.strictObject({
  unit: z.string(),
  load: z.string(),
  active: z.string(),
  sub: z.string(),
  result: z.string(),
  restarts: z.int().nonnegative(),
  /** `enabled`, `disabled`, ... as it is now, and as the image had it where that is known. */
  enabled: z.string(),
  enabledInImage: z.string().optional(),
  evidence: Evidence,
  /** Where it restarted: the line that counts. */
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

/** An expectation of the scenario checked against this boot. `held` is null when it could not be judged, which is no pass. */
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

/** One item of a critical path. The items of one path touch and do not overlap, so they add up to its length. */
export const PathSegment = z.strictObject({
  item: z.string(),
  kind: z.enum(['work', 'wait', 'unknown']),
  fromUs: UsSchema,
  toUs: UsSchema,
  /** What was going on meanwhile, where this is a wait inside it: a step that waits for a lock. */
  during: z.string().optional(),
  /** What had ended within the noise of what is here: it may as well be this. */
  ties: z.array(z.string()).optional(),
  /** Of this length the unit's processes ran no more: the rest they waited, for the processor if for nothing else. */
  runningUs: UsSchema.optional(),
  /** Off the path, and at work meanwhile: they may take the processor from it. */
  competes: z.array(z.string()).optional(),
});
export type PathSegment = z.output<typeof PathSegment>;

/** `record.json`: all times on the guest's monotonic clock where a link allowed it, with the stamp's own line as evidence. */
export const BootRecord = z.strictObject({
  schema: z.literal('bench/record@1'),
  tool: z.string(),
  boot: BootIdentity,
  outcome: z.enum(['booted', 'failed']),
  failure: Failure.optional(),
  machine: MachineFacts,
  events: z.array(BootEvent),
  spans: z.array(Span),
  /** Durations without instants, from texts that people pasted; a metric with stamps goes before them. */
  printed: z.array(PrintedDuration).optional(),
  links: z.array(StoredLink),
  units: z.array(UnitState),
  expectations: z.array(ExpectationResult),
  /** Violated expectations, in words; a boot with one is broken, however fast. */
  broken: z.array(z.string()),
  /** Per gate metric: what held the boot up, instant by instant. */
  paths: z.record(z.string(), z.array(PathSegment)),
  warnings: z.array(Warning),
});
export type BootRecord = z.output<typeof BootRecord>;

/** Boots of one machine each, in the order they are made. */
export function bootsByMachine(boots: readonly BootIdentity[]): readonly (readonly BootIdentity[])[] {
  const machines = new Map<string, BootIdentity[]>();
  for (const boot of boots) addTo(machines, boot.machine, boot);
  return [...machines.values()];
}
