/** `bench init`: a scenario to start from. */

import type { ToFill } from '../../model/cluster.ts';
import { usageError } from '../../model/errors.ts';
import { proposedBudgets } from '../../stages/init/budgets.ts';
import { initFromCluster } from '../../stages/init/cluster.ts';
import { initScenario, TEMPLATE_NAMES, type Template } from '../../stages/init.ts';
import { EXIT } from '../exit.ts';
import { shownPath } from '../text.ts';
import type { CliWorld } from '../world.ts';

type InitOptions = Readonly<Partial<Record<Template, boolean | string>>> & {
  readonly budgets?: string;
  readonly resourceGroup?: string;
  readonly from?: string;
};

export async function command(world: CliWorld, given: string | undefined, options: InitOptions): Promise<number> {
  if (options.budgets !== undefined) {
    if (given !== undefined)
      throw usageError(
        '--budgets prints budgets; it does not write a scenario.',
        'Omit the name and paste the budgets into a scenario.',
      );
    world.stdout.write(await proposedBudgets(options.budgets, world));
    return EXIT.fine;
  }
  const fromCluster =
    typeof options.aks === 'string' || options.from !== undefined || options.resourceGroup !== undefined;
  if (fromCluster) return ofCluster(world, given, options);
  const machine = typeof options.host === 'string' ? options.host : undefined;
  const name = given ?? (machine === undefined ? undefined : nameOf(machine));
  if (name === undefined) throw usageError('Name the scenario: bench init <name>', 'With --host the name is optional.');
  const chosen = TEMPLATE_NAMES.filter((template) => options[template]);
  if (chosen.length > 1) throw usageError(`--${chosen.join(' --')}: choose one of them.`);
  const scenario = await initScenario({ name, template: chosen[0] ?? 'build', machine }, world);
  world.stdout.write(`${shownPath(world, scenario)}\n`);
  return EXIT.fine;
}

async function ofCluster(world: CliWorld, given: string | undefined, options: InitOptions): Promise<number> {
  const cluster = typeof options.aks === 'string' ? options.aks : undefined;
  const others = TEMPLATE_NAMES.filter((template) => template !== 'aks' && options[template]);
  if (options.aks === undefined || others.length > 0)
    throw usageError('--from and --resource-group are of a cluster: bench init --aks <cluster> --from <file>.');
  if (cluster === undefined && options.from === undefined)
    throw usageError(
      'Which cluster? bench init --aks <cluster>',
      'Or --aks --from <file> of what az aks show -o json printed.',
    );
  const name = given ?? (cluster === undefined ? undefined : nameOf(cluster));
  if (name === undefined)
    throw usageError('Which name? bench init <name> --aks --from <file>', 'With --aks <cluster> it may be left out.');
  const { files, toFill } = await initFromCluster(
    { name, cluster, group: options.resourceGroup, from: options.from },
    world,
  );
  for (const file of files) world.stdout.write(`${shownPath(world, file)}\n`);
  world.stdout.write(toFillText(toFill, name));
  return EXIT.fine;
}

const toFillText = (toFill: readonly ToFill[], name: string): string =>
  [
    '',
    'Still to be filled in:',
    ...toFill.flatMap(({ names, what, commands }) => [
      `  ${names.join(' ')}: ${what}`,
      ...commands.map((each) => `      ${each}`),
    ]),
    '',
    `Then: bench run --scenario ${name} --dry-run`,
    '',
  ].join('\n');

/** `root@node1.lab:2222` is `node1-lab-2222`. */
const nameOf = (machine: string): string =>
  machine
    .toLowerCase()
    .replace(/^[^@]*@/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
