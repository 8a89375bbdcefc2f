/**
 * A scenario: a question to machines. This is the parsed form, without a provider's own keys (`providers/<kind>/scenario.ts`).
 * `src/store/scenario-file.ts` reads the YAML, `extends`, variables and positions.
 */
import * as z from 'zod';
import { BOOT_KINDS } from './boot.ts';
import { type BudgetDeclaration, QUANTILE_NAMES, QUANTILES, type QuantileName } from './budget.ts';
import { Expectation } from './expectation.ts';
import { duration, share, slug } from './scenario-values.ts';

export const Gate = z.strictObject({
  minimumEffect: share.prefault('5%').describe('Smallest relative change that fails the gate.'),
  floor: duration.prefault('100ms').describe('Smallest change in time that fails the gate.'),
  equivalenceMargin: share.prefault('5%').describe('A 90 % interval inside +-this counts as equivalent.'),
  owner: z.string().min(1).max(100).optional().describe('Who to notify when it changes, e.g. @team/node.'),
  slow: duration
    .optional()
    .describe('Boots slower than this count as slow. Default: a threshold derived from the boots.'),
});

const limit = (what: string) => duration.optional().describe(`Limit of the ${what}.`);

/** Limits for each variant by itself, whatever the run compares it with. */
const Budget = z
  .strictObject({
    median: limit('median'),
    p75: limit('75th percentile'),
    p90: limit('90th percentile'),
    p95: limit('95th percentile'),
    p99: limit('99th percentile'),
    over: duration.optional().describe('Limit for the share of slow boots.'),
    atMost: share.optional().describe('Share of boots allowed to take longer than `over`.'),
  } satisfies Record<QuantileName | 'over' | 'atMost', z.ZodType>)
  .refine((budget) => Object.keys(budget).length > 0, `give at least one limit: ${QUANTILE_NAMES.join(', ')}, or over`)
  .refine(({ over, atMost }) => (over === undefined) === (atMost === undefined), 'give over and atMost together')
  .refine(({ atMost = 0.5 }) => atMost > 0 && atMost < 1, 'atMost must be above 0 % and below 100 %')
  .refine(
    (budget) => Object.entries(budget).every(([key, value]) => key === 'atMost' || (value ?? 1) > 0),
    'a limit must be above 0',
  );

/** Bench checks each against every line or unit of every boot: far more than a user writes. */
const MOST_MARKERS = 200;
const MOST_LISTED = 1_000;

const Marker = z.strictObject({
  unit: z.string().describe('Unit whose journal lines to search.'),
  match: z.string().min(1).max(500).describe('Regular expression (RE2 syntax: linear time, no look-around).'),
});

/** Keys of every variant. A provider may add its own. */
export const variantKeys = <Image extends z.ZodType>(image: Image) => ({ image, description: z.string().optional() });

export const variantsOf = <Variant extends z.ZodType>(variant: Variant) =>
  z
    .record(slug, variant)
    .refine(
      (all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 5,
      '1 to 5 variants; the first is the baseline of the others',
    );

/** No look before this block: two-sided p cannot go below 2 / 2^blocks, which for five blocks is more than .05. */
export const FIRST_LOOK = 6;

/** More looks than this find no change sooner. */
export const MOST_LOOKS = 100;

const DEFAULT_REBOOTS = 3;

const common = {
  $schema: z.string().optional(),
  name: slug,
  boot: z
    .enum(BOOT_KINDS)
    .default('first')
    .describe('first: fresh machines. reboot: the same machine again; its first boot is not measured.'),
  reboots: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(`Measured reboots of each machine, with boot: reboot (default: ${DEFAULT_REBOOTS}).`),
  blocks: z.int().min(1).max(1000).default(10).describe('A block is one boot of every variant.'),
  precision: z
    .strictObject({
      detect: share.describe('The smallest change the run must detect.'),
      looks: z
        .array(
          z
            .int()
            .min(
              FIRST_LOOK,
              `the first look must be at block ${FIRST_LOOK} or later: fewer blocks cannot reach its level`,
            )
            .max(1000),
        )
        .min(1)
        .max(MOST_LOOKS)
        .refine((looks) => looks.every((blocks, i) => blocks > (looks[i - 1] ?? 0)), 'use ascending numbers of blocks')
        .optional()
        .describe(
          'Blocks after which the run may stop, in place of every block from the sixth on; the last one replaces blocks.',
        ),
      atMost: z.int().min(FIRST_LOOK).max(1000).default(20).describe('The run ends after so many blocks.'),
    })
    .optional(),
  concurrency: z
    .int()
    .min(1)
    .max(500)
    .optional()
    .describe('Machines (qemu) or blocks (azure) that boot at the same time.'),
  ready: z
    .strictObject({
      metric: z.string().default('boot.target').describe('The headline metric.'),
      within: duration.prefault('10m').describe('A boot that takes longer counts as failed.'),
      file: z.string().startsWith('/').optional().describe('Do not touch the machine until this file exists.'),
    })
    .prefault({}),
  gates: z
    .record(
      z.string(),
      Gate.nullable().transform((gate) => gate ?? Gate.parse({})),
    )
    .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 5, '1 to 5 gate metrics')
    .optional()
    .describe('The metrics that can fail a build (default: only the ready metric).'),
  budgets: z
    .record(z.string().min(1).max(200), Budget)
    .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 100, '1 to 100 metrics or patterns')
    .optional()
    .describe('Limits by metric, or by pattern (cse.*). Exceeding one fails a build.'),
  controls: z.array(z.string()).max(MOST_LISTED).default([]).describe('Metrics that the change cannot affect.'),
  markers: z
    .record(slug, Marker)
    .refine((all) => Object.keys(all).length <= MOST_MARKERS, `at most ${MOST_MARKERS} markers`)
    .default({}),
  environment: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'))
    .max(MOST_LISTED)
    .optional()
    .describe('Variables that may be used anywhere in this scenario; reports show their values.'),
  expect: z
    .array(Expectation)
    .max(MOST_LISTED)
    .default([{ failedUnits: 0 }])
    .describe('A boot that violates one is broken, however fast it was.'),
  profile: z
    .strictObject({
      whatIf: z
        .array(z.string())
        .max(MOST_LISTED)
        .default([])
        .describe("What-if boots for bench profile, e.g. 'defer: a, b; skip: c; mask: d.service'."),
    })
    .optional(),
};

/** Rejects an expectation of a variant that does not exist: it would silently apply to nothing. */
export function checkVariants(
  { variants: known, expect }: { readonly variants: object; readonly expect: readonly Expectation[] },
  context: z.RefinementCtx,
): void {
  for (const [index, { of }] of expect.entries())
    if (of !== undefined && !Object.hasOwn(known, of))
      context.addIssue({
        code: 'custom',
        path: ['expect', index, 'of'],
        message: `one of the variants: ${Object.keys(known).join(', ')}`,
      });
}

const REFERENCE = 'Pinned image; runs with --history use it as baseline, and --update-reference moves it.';

/** The keys of one provider's scenario, from the schemas of its options and its images; the provider adds further keys. */
export const scenarioKeys = <Options extends z.ZodType, Image extends z.ZodType>(options: Options, image: Image) => ({
  ...common,
  provider: options,
  variants: variantsOf(z.strictObject(variantKeys(image))),
  reference: image.optional().describe(REFERENCE),
});

/** The keys of a scenario for boots that others gathered: it boots nothing, so a variant is only a name, and one is enough. */
export const importedKeys = <Options extends z.ZodType>(options: Options) => ({
  ...common,
  expect: z.array(Expectation).max(MOST_LISTED).default([]),
  provider: options,
  variants: z.record(slug, z.strictObject({})),
});

const Common = z.strictObject(common);

/** The part common to the scenarios of all providers. Only the provider reads the rest, by its own type of scenario. */
export interface Scenario extends z.output<typeof Common> {
  readonly provider: { readonly kind: string };
  readonly variants: Readonly<Record<string, object>>;
}

/** Schemas of scenarios by `provider.kind`; the first serves a scenario without `kind`. */
export type ScenarioSchemas = ReadonlyMap<string, z.ZodType<Scenario>>;

/** Gates as the scenario has them; the ready metric alone where it names none. */
export const gatesOf = (scenario: Pick<Scenario, 'gates' | 'ready'>): Readonly<Record<string, z.output<typeof Gate>>> =>
  scenario.gates ?? { [scenario.ready.metric]: Gate.parse({}) };

/** Budgets one by one, in the order of the scenario. */
export const budgetsOf = ({ budgets = {} }: Pick<Scenario, 'budgets'>): BudgetDeclaration[] =>
  Object.entries(budgets).flatMap(([metric, { over, atMost, ...limits }]) => [
    ...QUANTILE_NAMES.flatMap((name) => {
      const limitUs = limits[name];
      return limitUs === undefined ? [] : [{ metric, quantile: QUANTILES[name], limitUs }];
    }),
    ...(over === undefined || atMost === undefined ? [] : [{ metric, overUs: over, atMost }]),
  ]);

/** Blocks that a run boots if it does not stop early. */
export const mostBlocks = ({ precision, blocks }: Pick<Scenario, 'precision' | 'blocks'>): number =>
  precision === undefined ? blocks : (precision.looks?.at(-1) ?? precision.atMost);

/** Measured boots of one machine. */
export const bootsPerMachine = ({ boot, reboots }: Pick<Scenario, 'boot' | 'reboots'>): number =>
  boot === 'first' ? 1 : (reboots ?? DEFAULT_REBOOTS);

/** A value that an option sets in a scenario: `provider.timing` = `wall`. */
export interface Setting {
  readonly path: string;
  readonly value: string;
  /** The option, if it is not `--set`. */
  readonly option?: string;
}
