/** `samples.json`: metric x boot. Everything a comparison needs; other programs also write it. */
import * as z from 'zod';
import { BOOT_KINDS, Failure } from './boot.ts';
import { BudgetDeclaration } from './budget.ts';
import { us } from './units.ts';

/** A measured value in microseconds (a fraction is allowed), or the reason why there is none. Never 0 for "not seen". */
export const SampleValue = z.union(
  [
    z.strictObject({
      us: z.number().finite().transform(us),
      errorUs: z.number().nonnegative().default(0).transform(us),
    }),
    z.strictObject({ missing: z.string().min(1) }),
  ],
  'either {"us": <number>} or {"missing": "<reason>"}',
);
export type SampleValue = z.output<typeof SampleValue>;

export const MetricDeclaration = z.strictObject({
  id: z.string().min(1),
  unit: z.literal('us').default('us'),
  gate: z.boolean().default(false),
  /** Smallest ratio change that fails the gate (.05 is 5 %). */
  minimumEffect: z.number().nonnegative().default(0.05),
  /** Smallest change in microseconds that fails the gate. Default: 100 ms; for a metric that is no gate, that of the strictest gate. */
  floorUs: z.number().nonnegative().transform(us).optional(),
  /** Half-width, as a ratio, of the equivalence region. Default: .05; for a metric that is no gate, that of the strictest gate. */
  equivalenceMargin: z.number().nonnegative().optional(),
  /** Counts the boots slower than this per side; by default the pooled boots give the threshold. */
  slowUs: z.number().positive().transform(us).optional(),
  /** A negative control: a metric that the change cannot touch. */
  control: z.boolean().default(false),
  /** How the metric's own definition differs between variants. Such a metric is never a gate, even if declared. */
  moved: z.string().optional(),
  /** Version of the metric's definition, from 2 on; nothing mixes values of two versions. */
  definition: z.int().min(2).optional(),
  title: z.string().optional(),
  question: z.string().optional(),
  /** Ids of the events that bound it; the report leads from a value to their lines. */
  from: z.string().optional(),
  to: z.string().optional(),
});
export type MetricDeclaration = z.output<typeof MetricDeclaration>;

/** A segment's length on the critical path of one boot. The lengths of one path add up to the metric's value. */
export const SamplePathItem = z.strictObject({ item: z.string(), us: z.number().finite().transform(us) });

/** Why a boot failed, in words; accepts the object of `outcome.json` and puts it into words. */
const FailureText = z.union([z.string(), Failure.transform(({ stage, message }) => `${stage}: ${message}`)]);

export const SampleBoot = z.strictObject({
  id: z.string().min(1),
  variant: z.string().min(1),
  block: z.int().nonnegative().nullable(),
  machine: z.string().default(''),
  bootKind: z.enum(BOOT_KINDS).default('first'),
  outcome: z.enum(['booted', 'failed']),
  failure: FailureText.optional(),
  /** It failed for a recorded cause of the environment, before anything of the variant could run: no machine was available. */
  infrastructure: z.boolean().optional(),
  broken: z.array(z.string()).default([]),
  /** How often bench requested the machine again before it got one. */
  repeats: z.int().positive().optional(),
  /** How long the cloud's throttling delayed it: part of none of its values. */
  throttledUs: z.number().finite().positive().transform(us).optional(),
  values: z.record(z.string(), SampleValue),
  paths: z.record(z.string(), z.array(SamplePathItem)).optional(),
});
export type SampleBoot = z.output<typeof SampleBoot>;

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

export const Samples = z
  .strictObject({
    schema: z.literal('bench/samples@1'),
    scenario: z.string(),
    scenarioSha256: z.string().optional(),
    seed: z.int().nonnegative().default(1),
    alpha: z.number().positive().max(0.5).default(0.05),
    /** One-sided level of the equivalence tests if it is not alpha: a run with several looks spends alpha in parts. */
    equivalenceAlpha: z.number().positive().max(0.5).optional(),
    baseline: z.string(),
    candidates: z.array(z.string()).max(4),
    metrics: z
      .array(MetricDeclaration)
      .refine((metrics) => distinct(metrics.map(({ id }) => id)), 'two metrics have the same id'),
    /** Limits for each candidate, and for a variant measured alone. */
    budgets: z.array(BudgetDeclaration).optional(),
    boots: z.array(SampleBoot),
    warnings: z.array(z.string()).default([]),
  })
  .refine(({ baseline, candidates }) => distinct([baseline, ...candidates]), {
    path: ['candidates'],
    message: 'list each candidate once, without the baseline',
  });
export type Samples = z.output<typeof Samples>;
