/**
 * What commands print with `--json` if it is no file of a run: scripts rely on it. Commands write it with `satisfies`, so that
 * code and schema cannot diverge. We publish the JSON Schemas with those of the files.
 */
import * as z from 'zod';
import { Alert } from './alert.ts';
import { BootRecord } from './boot.ts';
import { Comparison } from './comparison.ts';
import { HistoryConfirmation } from './history.ts';
import { PlannedBlock } from './run.ts';
import { us } from './units.ts';
import { VERDICTS } from './verdict.ts';

/** A value as a command may receive it: read-only. */
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
      .describe('The error that would end the run before its first machine.'),
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
  pairs: count.describe('Pairs of boots that gave the spread; 0 if it was given.'),
  effect: z.number().nullable().describe('The change to detect; null if the blocks can detect none.'),
  plan: BootsPlan.optional().describe('If the spread was given: for a change that moves all gates alike.'),
  blocks: count.describe('From the scenario.'),
  powerOfBlocks: share.nullable(),
  alone: z
    .strictObject({ gates: count, plan: BootsPlan, powerOfBlocks: share })
    .optional()
    .describe('The same for a change that moves only this gate, if no run shows how gates move together.'),
  meanBlocks: z
    .number()
    .optional()
    .describe('Average number of blocks until a run with looks stops, if the effect exists.'),
  curve: z.array(z.strictObject({ blocks: count, boots: count, power: share })),
});

/** `bench plan`, `bench run --dry-run`. */
export const PlanOutput = z.strictObject({
  scenario: z.string(),
  provider: z.looseObject({ kind: z.string() }).describe('As in the scenario, with defaults filled in.'),
  scenarioFolder: z.string().describe('Folder of the scenario file; its paths are relative to it.'),
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
        limitUs: z.number().transform(us),
        allowed: share.describe('Share of boots allowed over the limit.'),
        level: share.describe('One-sided level of each claim; all budgets share alpha.'),
        needs: count.describe('Fewest boots for the verdict within.'),
        boots: count.describe('Planned boots of each variant.'),
        withinUpTo: count.nullable().describe('Within if at most this many of them are over the limit; null: never.'),
        exceededFrom: count
          .nullable()
          .describe('Exceeded if at least this many of them are over the limit; null: never.'),
      }),
    )
    .optional(),
  power: z
    .array(Power)
    .optional()
    .describe('One entry for each gate metric with a known spread; only in `bench plan`.'),
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
  run: z.string().describe('Folder of the new run.'),
  comparison: Comparison.nullable().describe('Description of one variant; null only in older versions.'),
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
            read: z.int().nonnegative().describe('Number of times, states and reasons read from it.'),
            instead: z.string().optional().describe('The file used instead.'),
          }),
        ),
      }),
    )
    .describe('What happened to each file.'),
});

const Posting = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['created', 'updated']), url: z.string().optional() }),
  z.strictObject({ kind: z.literal('refused'), reason: z.string() }),
]);

/** `bench comment`. */
export const CommentOutput = z.strictObject({
  comment: Posting.nullable().describe('Null if there is no pull request.'),
  checks: z.array(Posting),
  summarised: z.boolean(),
  markdown: z.string(),
});

/** `bench alert`: the reports and their recipients; with `--dry-run`, the reports that are due. */
export const AlertOutput = z.union([
  z.array(Alert),
  z.array(
    z.strictObject({ alert: Alert, issue: Posting.optional(), webhook: z.enum(['sent', 'sent before', 'none']) }),
  ),
]);

/** `bench confirm`: the new line of the history. */
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
    inside: z.string().optional(),
    run: z.string(),
    scenario: z.string(),
    deleteAfter: z.string(),
    due: z.boolean(),
    resources: count,
    machines: count,
    costPerDay: z.number().optional(),
    nodes: z.strictObject({ names: z.array(z.string()), remove: z.string() }).optional(),
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

/** `bench cache`: the rest, and the removed entries; damaged ones with the reason. */
export const CacheOutput = z.strictObject({
  folder: z.string(),
  boots: count,
  bytes: z.int().nonnegative(),
  images: z
    .array(z.strictObject({ folder: z.string(), count, bytes: z.int().nonnegative() }))
    .describe('Built images, one entry for each folder; bytes that deleting it would free.'),
  removed: z.array(z.string()),
});

/** `bench image build`: variant and disk. */
export const ImageOutput = z.record(z.string(), z.string());
