/** The commands of `bench`, in the order of its help. */
import {
  type CommandSpec,
  lazy,
  type OptionSpec,
  option,
  repeatable,
  required,
  settings,
  variantImages,
  wholeNumber,
} from './command.ts';

const OUT = option('--out <folder>', 'where runs are kept', { default: { value: 'reports/runs' } });
const SCENARIO = '--scenario <name>';
const NAMED_SCENARIO = 'scenario: a name, or the path of a YAML file';
const BOOTS = option('--boots <n>', 'boots per variant, one in each block', wholeNumber);
const PRECISION = option('--precision <share>', 'check several times and stop early; the change to find, e.g. 5%');
const SEED = option('--seed <n>', 'seed of everything random (default: from the time)', wholeNumber);
const DESIGN_SEED = option(
  '--seed <n>',
  'seed of everything random (default: from the time; 1 in virtual time, so that cached boots can be used)',
  wholeNumber,
);
const KEEP_SECRETS = option('--keep-secrets', 'store tokens in artifacts as they are; without it they become ***');
const REQUIRE_VERDICT = option('--require-verdict', 'exit with 4 when the result is inconclusive');
const OPEN = option('--open', 'open it in the browser');

/** What `run` and `plan` have in common. */
const DESIGN: readonly OptionSpec[] = [
  option(SCENARIO, NAMED_SCENARIO),
  settings,
  option('--before <image>', 'image of the first variant, the baseline'),
  option('--after <image>', 'image of the second variant, the candidate'),
  variantImages,
  option('--only <variant>', 'boot this variant alone: how long it takes, and whether it keeps its budgets'),
  BOOTS,
  PRECISION,
  option('--aa', 'boot the baseline against itself, to measure false alarms'),
  DESIGN_SEED,
  OUT,
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'run',
    summary: 'boot, collect, compare, report: all of it',
    options: [
      ...DESIGN,
      option('--dry-run', 'print the plan with its minutes, quota and money, boot nothing'),
      option('--offline', 'with --dry-run: ask no cloud for quota and prices'),
      option('--resume <run>', 'continue an interrupted run: its folder, or its id under --out'),
      option('--shard <i/n>', 'boot only every n-th block, from the i-th on; all shards need one --seed'),
      option(
        '--history <where>',
        'add a line to this history (a shard adds none), and take the pinned reference as baseline',
      ),
      option('--link <address>', 'where the run can be looked at, for its line in the history'),
      option(
        '--update-reference',
        "write the candidate's image into the scenario as the pinned reference, if it passes",
      ),
      option('--keep-machines', 'leave the machines running, and say how to reach and end them (qemu)'),
      KEEP_SECRETS,
      option('--no-cache', 'boot every machine, even if the same boot is cached (virtual time)'),
      REQUIRE_VERDICT,
      option('--json', 'print comparison.json at the end'),
    ],
    examples: [
      'bench run --scenario local-deferral',
      'bench run --scenario local-deferral --boots 12 --seed 1 --dry-run',
    ],
    onInterruption: 'shutting down machines',
    action: lazy(() => import('./commands/run.ts')),
  },
  {
    name: 'plan',
    summary: 'what a run would boot, in which order, and for how long',
    options: [
      ...DESIGN,
      option('--effect <share>', 'the change to find; without it, the smallest that the blocks can see is sought'),
      option('--power <share>', 'probability of finding it', { default: { value: '95%' } }),
      option('--sigma <share>', "spread of the blocks' ratios, if you know it"),
      option('--pilot <run...>', 'runs (a pilot, or A/A runs) to take the spread from'),
      option('--offline', 'ask no cloud for quota and prices'),
      option('--json', 'print the plan as JSON'),
    ],
    examples: [
      'bench plan --scenario local-deferral --sigma 2%',
      'bench plan --scenario local-deferral --pilot reports/sample',
    ],
    action: lazy(() => import('./commands/plan.ts')),
  },
  {
    name: 'profile',
    args: '[run]',
    summary: 'which step decides: delay each part of a boot and see what arrives',
    description:
      'delay each part of a boot in a boot of its own, and measure how much of the delay reaches the end. With a run, derive the result again from its files',
    options: [
      option(SCENARIO, NAMED_SCENARIO),
      settings,
      option('--of <variant>', 'whose boots (default: the baseline)'),
      option('--items <n>', 'delay the n longest items', { ...wholeNumber, default: { value: 12 } }),
      option('--item <name>', 'delay this unit or step, and no other that is not named (repeatable)', repeatable),
      option('--what-if <text>', "boot it so, e.g. 'defer: a, b; skip: c; mask: d.service' (repeatable)", repeatable),
      option('--dose <duration>', 'length of a delay', { default: { value: '2s' } }),
      option('--most-boots <n>', 'make no more boots than these', { ...wholeNumber, default: { value: 25 } }),
      DESIGN_SEED,
      OUT,
      option('--resume <run>', 'continue an interrupted profile: its folder'),
      option('--no-cache', 'boot every machine, even if the same boot is cached (virtual time)'),
      option('--json', 'print profile.json'),
    ],
    examples: [
      'bench profile --scenario local-deferral',
      "bench profile --scenario local-deferral --what-if 'mask: background-update.service'",
    ],
    action: lazy(() => import('./commands/profile.ts')),
  },
  {
    name: 'record',
    args: '<boot-or-run>',
    summary: 'read the raw artifacts of a boot (or of all boots of a run) again',
    options: [
      option('--explain <metric>', 'explain a number, line by line'),
      option('--json', 'print the records as JSON'),
    ],
    examples: ['bench record reports/sample/boots/0001-after --explain boot.userspace'],
    action: lazy(() => import('./commands/record.ts')),
  },
  {
    name: 'compare',
    args: '<run> [other]',
    summary: 'compare the variants of a run, or two runs',
    description: 'compare the variants of a run, or two runs; a folder needs to hold no more than a samples.json',
    options: [
      option('--report', 'write the page as well: report.html of the run, or comparison.html here where there are two'),
      option('--out <file>', 'the page, with --report'),
      REQUIRE_VERDICT,
      option('--json', 'print comparison.json'),
    ],
    examples: ['bench compare reports/sample', 'bench compare main/run pr/run --report'],
    action: lazy(() => import('./commands/compare.ts')),
  },
  {
    name: 'report',
    args: '<run>',
    summary: 'write report.html again',
    options: [
      OPEN,
      option('--from-raw', 'read the raw artifacts again first, and derive everything else from them'),
      option('--history <where>', 'state the false-alarm rate of the A/A runs in this history'),
      option('--profile <run>', 'show the profile in this folder, too'),
      option('--json', 'print the verdict and what was written, as JSON'),
    ],
    examples: ['bench report reports/sample --from-raw'],
    action: lazy(() => import('./commands/report.ts')),
  },
  {
    name: 'comment',
    args: '<run...>',
    summary: 'post the result to its pull request, or print it',
    description:
      'post the result to its pull request (GitHub, Azure DevOps) and to the page of the CI job, or print it (Markdown) where there is none; several runs make one comment',
    options: [
      option('--repo <owner/name>', 'default: that of the job'),
      option('--pr <number>', 'pull request (default: that of the event)', wholeNumber),
      option('--report-url <url>', 'where the report can be read (default: the page of the job)'),
      option('--check', 'also post a check run, with annotations on the scenario'),
      option('--only-failures', 'comment only when a gate fails; an earlier comment is kept up to date'),
      option('--print', 'print it, post nothing'),
      option('--json', 'print what was posted, as JSON'),
    ],
    examples: ['bench comment reports/sample --print'],
    onInterruption: 'stopping',
    action: lazy(() => import('./commands/comment.ts')),
  },
  {
    name: 'export',
    args: '<run>',
    summary: 'the run for other programs: traces, tables, test reports',
    options: [
      required('--format <format>', 'perfetto, otlp, csv, junit, benchstat, openmetrics, github-benchmark or bencher'),
      option('--out <file>', 'default: stdout'),
    ],
    examples: ['bench export reports/sample --format junit --out results.xml'],
    action: lazy(() => import('./commands/export.ts')),
  },
  {
    name: 'import',
    args: '<path...>',
    summary: 'make a run of artifacts or logs that others gathered: files, folders, .zip, .tgz',
    options: [
      option('--map <file>', 'YAML file that says which machine was of which variant'),
      OUT,
      KEEP_SECRETS,
      option('--json', 'print the run, its comparison and what was left out, as JSON'),
    ],
    examples: ['bench import machines/before machines/after'],
    action: lazy(() => import('./commands/import.ts')),
  },
  {
    name: 'merge',
    args: '<shard...>',
    summary: 'put the shards of one run together',
    options: [required('--out <folder>', 'folder of the whole run'), option('--json', 'print comparison.json')],
    examples: ['bench merge shard-1 shard-2 --out reports/runs/whole'],
    action: lazy(() => import('./commands/merge.ts')),
  },
  {
    name: 'history add',
    args: '<run>',
    summary: 'add the line of a run that is there already, e.g. one merged from shards',
    options: [
      required(
        '--history <where>',
        'a folder, git:<remote>#<branch>[/<folder>], or the https address of a container in Azure Blob Storage',
      ),
      option('--link <address>', 'where the run can be looked at'),
    ],
    examples: ['bench history add reports/runs/whole --history nightly'],
    onInterruption: 'stopping',
    action: lazy(() => import('./commands/history.ts')),
  },
  {
    name: 'history prune',
    summary: 'delete lines of nights that are old enough',
    options: [
      required('--history <where>', 'a folder, or git:<remote>#<branch>[/<folder>]'),
      option('--keep-days <n>', 'nights that are kept', { default: { value: 730 }, ...wholeNumber }),
      option('--yes', 'delete them; without it, they are only counted'),
    ],
    examples: ['bench history prune --history nightly --keep-days 365'],
    onInterruption: 'stopping',
    action: lazy(() => import('./commands/history-prune.ts')),
  },
  {
    name: 'trend',
    args: '<history>',
    summary: 'what changed over the nights: trend.html, since when and with which image',
    options: [
      option('--out <file>', 'the page (default: trend.html in the history, or here)'),
      OPEN,
      option('--json', 'print series and changes as JSON'),
    ],
    examples: ['bench trend nightly --open'],
    action: lazy(() => import('./commands/trend.ts')),
  },
  {
    name: 'confirm',
    args: '<history> <change>',
    summary: 'boot the images before and after a change of the trend against each other',
    options: [
      option('--bisect', 'also search the versions around it for the two between which it lies'),
      option(SCENARIO, "the scenario, where it is not found under the history's name for it"),
      settings,
      BOOTS,
      PRECISION,
      SEED,
      option('--link <address>', 'where the run can be looked at'),
      OUT,
      REQUIRE_VERDICT,
      option('--json', 'print the outcome as JSON'),
    ],
    examples: ['bench confirm nightly 2026-07-04 --bisect'],
    onInterruption: 'shutting down machines',
    action: lazy(() => import('./commands/confirm.ts')),
  },
  {
    name: 'alert',
    args: '<history>',
    summary: 'announce confirmed changes, once each',
    description:
      'announce changes that booting both images confirmed, once each: an issue, closed when the change is gone, and a webhook. Inconclusive changes are not announced',
    options: [
      option('--webhook <url>', 'also post them as JSON (signed with BENCH_WEBHOOK_SECRET, if set)'),
      option('--webhook-format <format>', 'bench (JSON), slack or teams (default: from the address)'),
      option('--repo <owner/name>', 'where issues are opened (default: that of the job)'),
      option('--dry-run', 'print the announcements, send none'),
      option('--json', 'print it as JSON'),
    ],
    examples: ['bench alert nightly --dry-run'],
    onInterruption: 'stopping',
    action: lazy(() => import('./commands/alert.ts')),
  },
  {
    name: 'calibrate',
    args: '<folder>',
    summary: 'false-alarm rate of the gates, from the A/A runs in a folder',
    options: [option('--json', 'print it as JSON')],
    examples: ['bench calibrate reports/runs'],
    action: lazy(() => import('./commands/calibrate.ts')),
  },
  {
    name: 'gc',
    summary: 'find and delete what killed runs left in the cloud',
    options: [
      option(SCENARIO, 'take subscription, credentials and cloud from this scenario'),
      option('--subscription <id>', 'default: AZURE_SUBSCRIPTION_ID'),
      option('--yes', 'delete what is due; without it, it is only listed'),
      option('--all', 'also what is not due yet; only safe when no run is in progress'),
      option('--offline', 'ask for no prices'),
      option('--json', 'print it as JSON'),
    ],
    examples: ['bench gc', 'bench gc --yes'],
    onInterruption: 'stopping',
    action: lazy(() => import('./commands/gc.ts')),
  },
  {
    name: 'scenarios',
    summary: 'list the scenarios and their questions',
    options: [option('--json', 'print them as JSON')],
    examples: ['bench scenarios'],
    action: lazy(() => import('./commands/scenarios.ts')),
  },
  {
    name: 'init',
    args: '[name]',
    summary: 'write a scenario to start from',
    description:
      'write scenarios/<name>.yaml to start from, by default of images that are built here, and the schema for editors beside it',
    options: [
      option('--file', 'of disk images that you have'),
      option('--azure', 'of images in Azure'),
      option('--aks', 'of images in Azure, each machine a Kubernetes node'),
      option('--host <user@machine>', 'of a machine that is there already, over SSH'),
      option('--budgets <run>', 'print budgets for a scenario, proposed from this run with head-room, to be reviewed'),
    ],
    examples: ['bench init my-change', 'bench init node-image --aks', 'bench init --host root@node1'],
    action: lazy(() => import('./commands/init.ts')),
  },
  {
    name: 'doctor',
    summary: 'check this computer, or the subscription of a scenario, and say what to do',
    options: [
      option(SCENARIO, 'a scenario in Azure: look at its subscription, permissions, images and quota'),
      option('--json', 'print the findings as JSON'),
    ],
    examples: ['bench doctor', 'bench doctor --scenario mariner-kata'],
    onInterruption: 'shutting down machines',
    action: lazy(() => import('./commands/doctor.ts')),
  },
  {
    name: 'cache',
    args: '[action]',
    summary: 'known boots and built images: their size, prune, verify',
    description:
      'boots in virtual time that need not be made again, and images that were built. Without an action: how many there are; prune: delete the boots longest unused and the images built longest ago; verify: read each boot and delete what is damaged',
    options: [
      option('--max-size <size>', 'prune: boots that may be left, e.g. 500M (default: 1G)'),
      option('--max-image-size <size>', 'prune: images that may be left (default: 20G)'),
      option('--all', 'prune: delete every boot and every image'),
      option('--json', 'print it as JSON'),
    ],
    examples: ['bench cache', 'bench cache prune --max-size 500M --max-image-size 5G'],
    action: lazy(() => import('./commands/cache.ts')),
  },
  {
    name: 'image build',
    summary: 'build the images of a scenario, or find them in the cache',
    options: [required(SCENARIO, NAMED_SCENARIO), settings, option('--json', 'print the disks as JSON')],
    examples: ['bench image build --scenario local-deferral'],
    onInterruption: 'shutting down machines',
    action: lazy(() => import('./commands/image.ts')),
  },
  {
    name: 'completion',
    args: '<bash|zsh|fish> [words...]',
    summary: 'print the script that completes commands in a shell',
    description:
      'print the script that completes commands, options, scenarios, runs and metrics in a shell. bash: eval "$(bench completion bash)" in ~/.bashrc; zsh: source <(bench completion zsh) in ~/.zshrc; fish: bench completion fish > ~/.config/fish/completions/bench.fish',
    options: [],
    examples: ['bench completion bash'],
    action: lazy(() => import('./commands/completion.ts')),
  },
  {
    name: 'help',
    args: '[topic...]',
    summary: 'the documentation in the terminal: a topic, or the help of a command',
    description:
      'the documentation in the terminal: how to read a verdict, Azure, CI and more. Without a topic, the list of topics; with the name of a command, its help',
    options: [],
    examples: ['bench help', 'bench help verdict', 'bench help run'],
    action: lazy(() => import('./commands/help.ts')),
  },
];

/** What commands of two words have in common. */
export const GROUPS: Readonly<Record<string, string>> = {
  history: 'one line per run, for the trend',
  image: 'local images',
};
