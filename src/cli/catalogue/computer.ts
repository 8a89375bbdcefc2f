/** Commands for this computer, for what a run left behind, and for bench itself. */
import { type CommandSpec, lazy, option, required, settings } from '../command.ts';
import { NAMED_SCENARIO, SCENARIO } from './shared.ts';

export const COMPUTER: readonly CommandSpec[] = [
  {
    name: 'gc',
    summary: 'find and delete what interrupted runs left in the cloud',
    options: [
      option(SCENARIO, 'take subscription, credentials and cloud from this scenario'),
      option('--subscription <id>', 'default: AZURE_SUBSCRIPTION_ID'),
      option('--yes', 'delete what is due (default: only list it)'),
      option('--all', 'include what is not due yet; safe only when no run is in progress'),
      option('--offline', 'skip prices'),
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
    summary: 'write a starter scenario',
    description:
      'write a starter scenario to scenarios/<name>.yaml, with its schema for editors. By default its images are built on this computer',
    options: [
      option('--file', 'start from disk images you have'),
      option('--azure', 'start from images in Azure'),
      option(
        '--aks [cluster]',
        'start from images in Azure; each machine becomes a Kubernetes node. With the name of a cluster, the scenario copies its settings',
      ),
      option(
        '--resource-group <group>',
        'with --aks: resource group of the cluster (default: search the subscription)',
      ),
      option('--from <file>', 'with --aks: what az aks show -o json printed, in place of asking Azure'),
      option('--host <user@machine>', 'start from an existing machine, reached over SSH'),
      option('--budgets <run>', 'propose budgets from this run or history, with head-room, and print them for review'),
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
    summary: 'check this computer, or the subscription of a scenario, and print fixes',
    options: [
      option(SCENARIO, 'a scenario in Azure: check its subscription, permissions, images and quota'),
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
    summary: 'build or download the images of a scenario, or reuse cached ones',
    options: [required(SCENARIO, NAMED_SCENARIO), settings, option('--json', 'print the paths of the disks as JSON')],
    examples: ['bench image build --scenario local-deferral'],
    onInterruption: 'shutting down machines',
    action: lazy(() => import('../commands/image.ts')),
  },
  {
    name: 'completion',
    args: '<bash|zsh|fish> [words...]',
    summary: 'print a shell completion script',
    description:
      'print a script that completes commands, options, scenarios, runs and metrics. bash: eval "$(bench completion bash)" in ~/.bashrc; zsh: source <(bench completion zsh) in ~/.zshrc; fish: bench completion fish > ~/.config/fish/completions/bench.fish',
    options: [],
    examples: ['bench completion bash'],
    action: lazy(() => import('../commands/completion.ts')),
  },
  {
    name: 'help',
    args: '[topic...]',
    summary: 'show a documentation topic, or the help of a command',
    description:
      'show the documentation in the terminal: how to read a verdict, Azure, CI and more. Without a topic it lists the topics; with the name of a command it prints its help',
    options: [],
    examples: ['bench help', 'bench help verdict', 'bench help run'],
    action: lazy(() => import('../commands/help.ts')),
  },
];
