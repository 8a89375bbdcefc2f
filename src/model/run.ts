/** `run.json` and `journal.jsonl`: the experiment as it was designed, and what became of it. */
import * as z from 'zod';
import { BootIdentity, MachineFacts } from './boot.ts';
import { UsSchema } from './timeline.ts';
import { Intervention } from './trial.ts';

/** One block: a boot of every variant, in the order they are started. `seed` is shared by all of them. */
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
   * Two-sided p at or below which a difference is claimed at this look. Where the look has `spent`, the level follows from the boots
   * (`statistics/planning/look-level.ts`), and this is what was expected of it.
   */
  alpha: z.number().positive(),
  /** The same boundary as a z value. */
  z: z.number(),
  /** One-sided level of the equivalence tests at this look: their interval has confidence 1 - 2 of it. */
  equivalenceAlpha: z.number().positive(),
  /** Chance of a false alarm at this look or at any before it. Absent in runs of older versions, which look at fixed levels. */
  spent: z.number().positive().max(1).optional(),
});
export type Look = z.infer<typeof Look>;

/** When a run with `precision`, or one that was extended, looks at its samples: fixed before the first boot, or the first further boot. */
export const Schedule = z.strictObject({
  /** The change that the run was planned for: what `bench plan` gives the power of. Absent where it was of a fixed number of blocks. */
  detect: z.number().positive().optional(),
  looks: z.array(Look),
  /** The run was given more blocks once its result could be seen. */
  extended: z
    .strictObject({
      from: z.int().positive().describe('Blocks that it had before.'),
      /** Looks whose results were shown, and the z value that each of them was held to. */
      shown: z.array(z.strictObject({ blocks: z.int().positive(), z: z.number() })),
      /** Chance of a false alarm at any look, were each result to stand that was shown: more than alpha. By a normal approximation. */
      chance: z.number().min(0).max(1),
    })
    .optional(),
});
export type Schedule = z.infer<typeof Schedule>;

/** One runner's part of a run: every `count`-th block from the `index`-th on. Blocks are never split. */
export const Shard = z.strictObject({ index: z.int().positive(), count: z.int().positive() });
export type Shard = z.infer<typeof Shard>;

/** What the baseline against itself had shown of this setup when the run was compared with its history. */
export const Calibration = z.strictObject({
  /** A/A runs, and those of them in which a gate was called slower, faster or broken. */
  runs: z.int().positive(),
  alarms: z.int().nonnegative(),
  /** Clopper-Pearson interval of the rate, with confidence 0.95. */
  low: z.number().min(0).max(1),
  high: z.number().min(0).max(1),
  /** Gate metrics: standard deviation of the blocks' log-ratios, as the gate test feels it; null below two blocks. */
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
  /** The scenario after extends, variables and --set, as written (units and all). */
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
  /** The folder of a profile: one variant, whose boots have interventions. Nothing is compared in it, and it enters no history. */
  profile: z
    .strictObject({
      variant: z.string(),
      doseUs: UsSchema,
      /** The items that are delayed, in order; found in the first boot where none are named. */
      items: z.array(z.string()),
      mostItems: z.int().nonnegative(),
      whatIfs: z.array(z.array(Intervention)),
      mostBoots: z.int().positive(),
    })
    .optional(),
  /** Boots that were not made, since the same had been made before; those that were made all the same, and what came of it. */
  cache: z
    .strictObject({ boots: z.int(), cached: z.int(), audited: z.int(), differing: z.array(z.string()) })
    .optional(),
  /** Known once the last boot is over. */
  spent: z.strictObject({ machineMinutes: z.number().nonnegative() }).optional(),
});
export type Run = z.infer<typeof Run>;

/** One line of the journal. Intent is written before effect. */
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
