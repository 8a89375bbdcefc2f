/** `run.json` and `journal.jsonl`: the design of the experiment, and what happened. */
import * as z from 'zod';
import { BootIdentity, MachineFacts } from './boot.ts';
import { UsSchema } from './timeline.ts';
import { Intervention } from './trial.ts';

/** One block: a boot of every variant, in the order in which they start. All of them share `seed`. */
export const PlannedBlock = z.strictObject({
  block: z.int().positive(),
  seed: z.int().nonnegative(),
  boots: z.array(BootIdentity),
});
export type PlannedBlock = z.infer<typeof PlannedBlock>;

/** One look at the samples: after which block, and at which levels. */
export const Look = z.strictObject({
  blocks: z.int().positive(),
  /**
   * Two-sided p at or below which this look claims a difference. If the look has `spent`, the level follows from the boots
   * (`statistics/planning/look-level.ts`), and this is its expected value.
   */
  alpha: z.number().positive(),
  /** The same boundary as a z value. */
  z: z.number(),
  /** One-sided level of the equivalence tests at this look: their interval has confidence 1 - 2 of it. */
  equivalenceAlpha: z.number().positive(),
  /** Chance of a false alarm at this look or an earlier one. Absent in runs of older versions, which look at fixed levels. */
  spent: z.number().positive().max(1).optional(),
});
export type Look = z.infer<typeof Look>;

/**
 * When a run with `precision`, or an extended run, looks at its samples. Fixed before the first boot, or before the first
 * additional boot.
 */
export const Schedule = z.strictObject({
  /** The change that the run was planned for: `bench plan` prints its power. Absent if the plan named a number of blocks. */
  detect: z.number().positive().optional(),
  looks: z.array(Look),
  /** The user added blocks after seeing the result. */
  extended: z
    .strictObject({
      from: z.int().positive().describe('Blocks that it had before.'),
      /** Looks whose results the user saw, and the z threshold of each. */
      shown: z.array(z.strictObject({ blocks: z.int().positive(), z: z.number() })),
      /** Chance of a false alarm at any look if every shown result counted: more than alpha. By a normal approximation. */
      chance: z.number().min(0).max(1),
    })
    .optional(),
});
export type Schedule = z.infer<typeof Schedule>;

/** One runner's part of a run: every `count`-th block from the `index`-th on. Runners never split a block. */
export const Shard = z.strictObject({ index: z.int().positive(), count: z.int().positive() });
export type Shard = z.infer<typeof Shard>;

/** What A/A runs had shown of this setup when bench compared the run with its history. */
export const Calibration = z.strictObject({
  /** A/A runs, and how many of them called a gate slower, faster or broken. */
  runs: z.int().positive(),
  alarms: z.int().nonnegative(),
  /** Clopper-Pearson interval of the rate, with confidence 0.95. */
  low: z.number().min(0).max(1),
  high: z.number().min(0).max(1),
  /** Gate metrics: standard deviation of the blocks' log-ratios, as the gate test sees it; null below two blocks. */
  metrics: z.array(
    z.strictObject({
      metric: z.string(),
      spread: z.number().nonnegative().nullable(),
      blocks: z.int().nonnegative(),
    }),
  ),
});
export type Calibration = z.infer<typeof Calibration>;

export const Run = z.strictObject({
  schema: z.literal('bench/run@1'),
  id: z.string(),
  tool: z.string(),
  createdAt: z.string().describe('UTC, ISO 8601'),
  /** The scenario after extends, variables and --set, as written (with units). */
  scenario: z.record(z.string(), z.unknown()),
  scenarioSha256: z.string(),
  scenarioFile: z
    .string()
    .optional()
    .describe('As given: a name, or a path relative to the working directory of the caller.'),
  seed: z.int().nonnegative(),
  blocks: z.array(PlannedBlock),
  schedule: Schedule.optional(),
  shard: Shard.optional().describe('The shard in this folder; absent if the folder holds the whole run.'),
  /** The baseline against itself: any verdict but equivalent or inconclusive is a false alarm. */
  aa: z.boolean().optional(),
  facts: MachineFacts,
  calibration: Calibration.optional().describe('From the A/A runs of a history, if it has any.'),
  /** The folder of a profile: one variant, whose boots have interventions. It compares nothing and enters no history. */
  profile: z
    .strictObject({
      variant: z.string(),
      doseUs: UsSchema,
      /** The items to delay, in order; without names, the first boot supplies them. */
      items: z.array(z.string()),
      mostItems: z.int().nonnegative(),
      whatIfs: z.array(z.array(Intervention)),
      mostBoots: z.int().positive(),
    })
    .optional(),
  /** Boots taken from the cache instead of booted; boots repeated as an audit, and the result of each audit. */
  cache: z
    .strictObject({ boots: z.int(), cached: z.int(), audited: z.int(), differing: z.array(z.string()) })
    .optional(),
  /** Present once the last boot has ended. */
  spent: z.strictObject({ machineMinutes: z.number().nonnegative() }).optional(),
});
export type Run = z.infer<typeof Run>;

/** One line of the journal. Each intent precedes its effect. */
export const JournalEntry = z.strictObject({
  schema: z.literal('bench/journal@1'),
  at: z.string().describe('UTC, ISO 8601'),
  boot: z.string().optional(),
  state: z.enum([
    'run-started',
    'group-claimed',
    'boot-starting',
    'boot-over',
    'boot-collected',
    'boot-failed',
    'machine-destroyed',
    'machine-kept',
    'run-ended',
  ]),
  note: z.string().optional(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;
