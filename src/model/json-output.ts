/**
 * What commands print with `--json` where it is no file of a run: the contracts of scripts. Commands write them with `satisfies`,
 * so that code and schema cannot part; the JSON Schemas are published with those of the files.
 */
import * as z from 'zod';
import { Alert } from './alert.ts';
import { BootRecord } from './boot.ts';
import { Comparison } from './comparison.ts';
import { HistoryConfirmation } from './history.ts';
import { PlannedBlock } from './run.ts';
import { VERDICTS } from './verdict.ts';

/** A value as a command may have it: nobody writes to it. */
export type JsonOutput<Schema extends z.ZodType> = Frozen<z.input<Schema>>;
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

const Cloud = z.strictObject({
  machineMinutes: count,
  usd: z.number().optional().describe('US dollars for the machines alone; absent where there is no price.'),
  price: z.strictObject({ usdPerHour: z.number().positive(), asOf: z.string(), size: z.string() }).optional(),
  prospect: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('unknown'), reason: z.string() }),
    z
      .strictObject({ kind: z.literal('refused'), message: z.string(), hint: z.string().optional() })
      .describe('The run would end with this before its first machine.'),
    z.strictObject({
      kind: z.literal('ready'),
      images: z.record(z.string(), z.string()),
      quota: z.array(
        z.strictObject({ size: z.string(), what: z.string(), needed: z.number(), free: z.number(), limit: z.number() }),
      ),
      dropped: z.array(z.string()),
    }),
  ]),
  cautions: z.array(z.string()).optional().describe('What the run would warn of.'),
});

const BootsPlan = z.strictObject({ blocks: count, boots: count, power: share, outOfReach: z.boolean() });

const Power = z.strictObject({
  metric: z.string(),
  sigma: z.number().describe("Spread of the blocks' ratios."),
  pairs: count.describe('Pairs of boots that the spread was seen in; 0 where it was stated.'),
  effect: z.number().nullable().describe('The change to find; null where the blocks find none.'),
  plan: BootsPlan.optional().describe('Of a stated spread: for a change that moves all gates alike.'),
  blocks: count.describe("The scenario's own."),
  powerOfBlocks: share.nullable(),
  alone: z
    .strictObject({ gates: count, plan: BootsPlan, powerOfBlocks: share })
    .optional()
    .describe('The same for a change that moves this gate alone, where nobody has seen how gates move.'),
  meanBlocks: z.number().optional().describe('Blocks that a run with looks boots on average, if the effect is there.'),
  curve: z.array(z.strictObject({ blocks: count, boots: count, power: share })),
});

/** `bench plan`, `bench run --dry-run`. */
export const PlanOutput = z.strictObject({
  scenario: z.string(),
  provider: z.looseObject({ kind: z.string() }).describe('As the scenario has it, with its defaults.'),
  scenarioFolder: z.string().describe("Where the scenario's file is: its paths start here."),
  seed: count,
  boots: count,
  concurrency: count,
  secondsPerBoot: z.number(),
  minutes: count,
  imageMinutes: count,
  looks: z.array(count).optional(),
  cloud: Cloud.optional(),
  blocks: z.array(PlannedBlock),
  budgets: z
    .array(
      z.strictObject({
        metric: z.string().describe('An id, or a pattern.'),
        quantile: z.number().optional(),
        limitUs: z.number(),
        allowed: share.describe('The share of boots that may be over the limit.'),
        level: share.describe('One-sided level of each claim, as all budgets share alpha.'),
        needs: count.describe('Fewest boots with which it can be within.'),
        boots: count.describe('Boots of a variant that are planned.'),
        withinUpTo: count.nullable().describe('It is within with at most so many of them over the limit; null: never.'),
        exceededFrom: count.nullable().describe('It is exceeded from so many of them over the limit on; null: never.'),
      }),
    )
    .optional(),
  power: z.array(Power).optional().describe('One answer a gate metric whose spread is known; of `bench plan` alone.'),
});

/** `bench record`: of one boot, or of all boots of a run. */
export const RecordOutput = z.union([BootRecord, z.array(BootRecord)]);

/** `bench report`. */
export const ReportOutput = z.strictObject({
  verdict: z.enum(VERDICTS),
  report: z.string(),
  comment: z.string(),
  summary: z.string(),
});

/** `bench import`. */
export const ImportOutput = z.strictObject({
  run: z.string().describe('Folder of the run that was made.'),
  comparison: Comparison.nullable().describe('Of one variant, what it is by itself; null only in older versions.'),
  warnings: z.array(z.string()),
  leftOut: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  machines: z
    .array(
      z.strictObject({
        boot: z.string(),
        machine: z.string(),
        files: z.array(
          z.strictObject({
            from: z.string(),
            raw: z.string(),
            read: z.int().nonnegative().describe('Times, states and reasons that were read from it.'),
            instead: z.string().optional().describe('The file that is read in its place.'),
          }),
        ),
      }),
    )
    .describe('What became of each file.'),
});

const Posting = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['created', 'updated']), url: z.string().optional() }),
  z.strictObject({ kind: z.literal('refused'), reason: z.string() }),
]);

/** `bench comment`. */
export const CommentOutput = z.strictObject({
  comment: Posting.nullable().describe('Null where there is no pull request.'),
  checks: z.array(Posting),
  summarised: z.boolean(),
  markdown: z.string(),
});

/** `bench alert`: what was told, and to whom; with `--dry-run`, what there is to tell. */
export const AlertOutput = z.union([
  z.array(Alert),
  z.array(
    z.strictObject({ alert: Alert, issue: Posting.optional(), webhook: z.enum(['sent', 'sent before', 'none']) }),
  ),
]);

/** `bench confirm`: the line that the history was given. */
export const ConfirmOutput = HistoryConfirmation;

/** `bench calibrate`. */
export const CalibrateOutput = z.strictObject({
  runs: count,
  alarms: count,
  rate: z.strictObject({ share, low: share, high: share }),
  metrics: z.array(
    z.strictObject({
      metric: z.string(),
      gate: z.boolean(),
      tests: count,
      alarms: count,
      rate: z.strictObject({ share, low: share, high: share }),
      sigma: z.number().nullable(),
      feltSigma: z.number().nullable(),
      blocks: count,
    }),
  ),
});

/** `bench gc`. */
export const GcOutput = z.array(
  z.strictObject({
    group: z.string(),
    run: z.string(),
    scenario: z.string(),
    deleteAfter: z.string(),
    due: z.boolean(),
    resources: count,
    machines: count,
    costPerDay: z.number().optional(),
    foreign: z.array(z.string()),
    state: z.enum(['kept', 'due', 'deleted', 'failed']),
    note: z.string().optional(),
  }),
);

/** `bench doctor`. */
export const DoctorOutput = z.strictObject({
  ready: z.boolean(),
  findings: z.array(
    z.strictObject({
      check: z.string(),
      state: z.enum(['ok', 'note', 'missing']),
      says: z.string(),
      todo: z.string().optional(),
    }),
  ),
});

/** `bench scenarios`. */
export const ScenariosOutput = z.array(z.strictObject({ name: z.string(), question: z.string(), file: z.string() }));

/** `bench cache`: what is left, and the entries that were removed, those that were damaged with the reason. */
export const CacheOutput = z.strictObject({
  folder: z.string(),
  boots: count,
  bytes: z.int().nonnegative(),
  images: z
    .array(z.strictObject({ folder: z.string(), count, bytes: z.int().nonnegative() }))
    .describe('Those that were built, one entry a place; bytes that the disk would give up.'),
  removed: z.array(z.string()),
});

/** `bench image build`: variant and disk. */
export const ImageOutput = z.record(z.string(), z.string());
