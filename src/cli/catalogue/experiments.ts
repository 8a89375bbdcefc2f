/** Commands that boot machines, or estimate what it would take. */
import {
  type CommandSpec,
  lazy,
  type OptionSpec,
  option,
  repeatable,
  settings,
  variantImages,
  wholeNumber,
} from '../command.ts';
import {
  BOOTS,
  DESIGN_SEED,
  KEEP_SECRETS,
  NAMED_SCENARIO,
  OUT,
  PRECISION,
  REQUIRE_VERDICT,
  SCENARIO,
} from './shared.ts';

const DESIGN: readonly OptionSpec[] = [
  option(SCENARIO, NAMED_SCENARIO),
  settings,
  option('--before <image>', 'image of the first variant, the baseline'),
  option('--after <image>', 'image of the second variant, the candidate'),
  variantImages,
  option('--only <variant>', 'boot only this variant: how long it takes, and whether it stays within its budgets'),
  BOOTS,
  PRECISION,
  option('--aa', 'compare the baseline with itself, to measure false alarms'),
  DESIGN_SEED,
  OUT,
];

export const EXPERIMENTS: readonly CommandSpec[] = [
  {
    name: 'run',
    summary: 'boot, collect, compare and report',
    options: [
      ...DESIGN,
      option('--dry-run', 'print the plan with its minutes, quota and cost; boot nothing'),
      option('--offline', 'with --dry-run: do not query the cloud for quota and prices'),
      option(
        '--resume <run>',
        'continue an interrupted run, or with --boots a longer one: its folder, or its id under --out',
      ),
      option(
        '--baseline <run>',
        'boot the candidate alone, and compare it with the baseline of this run (not interleaved)',
      ),
      option('--shard <i/n>', 'boot every n-th block, starting at the i-th; all shards need the same --seed'),
      option(
        '--history <where>',
        'add a line to this history (shards add none) and use the pinned reference as baseline',
      ),
      option('--link <address>', 'address of the run, for its line in the history'),
      option('--update-reference', 'if the candidate passes, pin its image in the scenario as the reference'),
      option('--keep-machines', 'leave the machines running and print how to reach and stop them (qemu)'),
      KEEP_SECRETS,
      option('--no-cache', 'boot every machine, even if its boot is cached (virtual time)'),
      REQUIRE_VERDICT,
      option('--json', 'print comparison.json when done'),
    ],
    examples: [
      'bench run --scenario local-deferral',
      'bench run --scenario local-deferral --boots 12 --seed 1 --dry-run',
    ],
    onInterruption: 'shutting down machines',
    action: lazy(() => import('../commands/run.ts')),
  },
  {
    name: 'plan',
    summary: 'show what a run would boot, in which order, and for how long',
    options: [
      ...DESIGN,
      option('--effect <share>', 'the change to detect (default: the smallest that the blocks can detect)'),
      option('--power <share>', 'probability of detecting it', { default: { value: '95%' } }),
      option('--sigma <share>', "spread of the blocks' ratios, if known"),
      option('--pilot <run...>', 'estimate the spread from these runs (a pilot, or A/A runs)'),
      option('--offline', 'do not query the cloud for quota and prices'),
      option('--json', 'print the plan as JSON'),
    ],
    examples: [
      'bench plan --scenario local-deferral --sigma 2%',
      'bench plan --scenario local-deferral --pilot reports/sample',
    ],
    action: lazy(() => import('../commands/plan.ts')),
  },
  {
    name: 'profile',
    args: '[run]',
    summary: 'find the units and steps that decide how long a boot takes',
    description:
      'delay one unit or step per boot, and measure how much later the boot ends. With a run folder, boot nothing and derive the result again from its files',
    options: [
      option(SCENARIO, NAMED_SCENARIO),
      settings,
      option('--of <variant>', 'variant to boot (default: the baseline)'),
      option('--items <n>', 'delay the n longest units and steps', { ...wholeNumber, default: { value: 12 } }),
      option('--item <name>', 'delay this unit or step, instead of the longest ones (repeatable)', repeatable),
      option(
        '--what-if <text>',
        "defer or leave out steps and units in one boot, e.g. 'defer: a, b; skip: c; mask: d.service' (repeatable)",
        repeatable,
      ),
      option('--dose <duration>', 'length of each delay', { default: { value: '2s' } }),
      option('--most-boots <n>', 'limit of boots', { ...wholeNumber, default: { value: 25 } }),
      DESIGN_SEED,
      OUT,
      option('--resume <run>', 'continue an interrupted profile: its folder'),
      option('--no-cache', 'boot every machine, even if its boot is cached (virtual time)'),
      option('--json', 'print profile.json'),
    ],
    examples: [
      'bench profile --scenario local-deferral',
      "bench profile --scenario local-deferral --what-if 'mask: background-update.service'",
    ],
    action: lazy(() => import('../commands/profile.ts')),
  },
];
