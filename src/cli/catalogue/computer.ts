/** Commands on this computer, on what a run left behind, and on bench itself. */
import { type CommandSpec, lazy, option, required, settings } from '../command.ts';
import { NAMED_SCENARIO, SCENARIO } from './shared.ts';

export const COMPUTER: readonly CommandSpec[] = [
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
    action: lazy(() => import('../commands/gc.ts')),
  },
  {
    name: 'scenarios',
    summary: 'list the scenarios and their questions',
    options: [option('--json', 'print them as JSON')],
    examples: ['bench scenarios'],
    action: lazy(() => import('../commands/scenarios.ts')),
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
      option(
        '--aks [cluster]',
        'of images in Azure, each machine a Kubernetes node; written from a cluster where one is named',
      ),
      option('--resource-group <group>', 'with --aks: of the cluster; by default it is looked for in the subscription'),
      option('--from <file>', 'with --aks: what az aks show -o json printed, in place of asking Azure'),
      option('--host <user@machine>', 'of a machine that is there already, over SSH'),
      option('--budgets <run>', 'print budgets for a scenario, proposed from this run with head-room, to be reviewed'),
    ],
    examples: [
      'bench init my-change',
      'bench init node-image --aks',
      'bench init --aks my-cluster',
      'bench init --host root@node1',
    ],
    action: lazy(() => import('../commands/init.ts')),
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
    action: lazy(() => import('../commands/doctor.ts')),
  },
  {
    name: 'cache',
    args: '[action]',
    summary: 'show, check or shrink the caches of boots and images',
    description:
      'show how many boots (virtual time) and images are cached, and their size. prune: delete the least recently used boots and the oldest images; verify: read every cached boot and delete the damaged ones',
    options: [
      option('--max-size <size>', 'prune: keep at most this much of boots, e.g. 500M (default: 1G)'),
      option('--max-image-size <size>', 'prune: keep at most this much of images (default: 20G)'),
      option('--all', 'prune: delete every boot and every image'),
      option('--json', 'print it as JSON'),
    ],
    examples: ['bench cache', 'bench cache prune --max-size 500M --max-image-size 5G'],
    action: lazy(() => import('../commands/cache.ts')),
  },
  {
    name: 'image build',
    summary: 'build the images of a scenario, or find them in the cache',
    options: [required(SCENARIO, NAMED_SCENARIO), settings, option('--json', 'print the disks as JSON')],
    examples: ['bench image build --scenario local-deferral'],
    onInterruption: 'shutting down machines',
    action: lazy(() => import('../commands/image.ts')),
  },
  {
    name: 'completion',
    args: '<bash|zsh|fish> [words...]',
    summary: 'print the script that completes commands in a shell',
    description:
      'print the script that completes commands, options, scenarios, runs and metrics in a shell. bash: eval "$(bench completion bash)" in ~/.bashrc; zsh: source <(bench completion zsh) in ~/.zshrc; fish: bench completion fish > ~/.config/fish/completions/bench.fish',
    options: [],
    examples: ['bench completion bash'],
    action: lazy(() => import('../commands/completion.ts')),
  },
  {
    name: 'help',
    args: '[topic...]',
    summary: 'the documentation in the terminal: a topic, or the help of a command',
    description:
      'the documentation in the terminal: how to read a verdict, Azure, CI and more. Without a topic, the list of topics; with the name of a command, its help',
    options: [],
    examples: ['bench help', 'bench help verdict', 'bench help run'],
    action: lazy(() => import('../commands/help.ts')),
  },
];
