/** `bench init`: a scenario to start from. */
import { usageError } from '../../model/errors.ts';
import { proposedBudgets } from '../../stages/init/budgets.ts';
import { initScenario, TEMPLATE_NAMES, type Template } from '../../stages/init.ts';
import { EXIT } from '../exit.ts';
import { shownPath } from '../text.ts';
import type { CliWorld } from '../world.ts';

type InitOptions = Readonly<Partial<Record<Template, boolean | string>>> & { readonly budgets?: string };

export async function command(world: CliWorld, given: string | undefined, options: InitOptions): Promise<number> {
  if (options.budgets !== undefined) {
    if (given !== undefined)
      throw usageError('--budgets prints budgets and writes no scenario.', 'Leave the name out, and paste them.');
    world.stdout.write(await proposedBudgets(options.budgets, world));
    return EXIT.fine;
  }
  const machine = typeof options.host === 'string' ? options.host : undefined;
  const name = given ?? (machine === undefined ? undefined : nameOf(machine));
  if (name === undefined) throw usageError('Which name? bench init <name>', 'With --host it may be left out.');
  const chosen = TEMPLATE_NAMES.filter((template) => options[template]);
  if (chosen.length > 1) throw usageError(`--${chosen.join(' --')}: a scenario starts from one of them.`);
  const scenario = await initScenario({ name, template: chosen[0] ?? 'build', machine }, world);
  world.stdout.write(`${shownPath(world, scenario)}\n`);
  return EXIT.fine;
}

/** `root@node1.lab:2222` is `node1-lab-2222`. */
const nameOf = (machine: string): string =>
  machine
    .toLowerCase()
    .replace(/^[^@]*@/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
