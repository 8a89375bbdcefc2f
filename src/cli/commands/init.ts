/** `bench init`: a scenario to start from. */
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import { initScenario, TEMPLATE_NAMES, type Template } from '../../stages/init.ts';
import { EXIT } from '../exit.ts';
import type { CliWorld } from '../world.ts';

type InitOptions = Readonly<Partial<Record<Template, boolean>>>;

export async function command(world: CliWorld, name: string, options: InitOptions): Promise<number> {
  const chosen = TEMPLATE_NAMES.filter((template) => options[template]);
  if (chosen.length > 1) throw usageError(`--${chosen.join(' --')}: a scenario starts from one of them.`);
  const scenario = await initScenario({ name, template: chosen[0] ?? 'build' }, world);
  world.stdout.write(`${path.relative(world.cwd, scenario)}\n`);
  return EXIT.fine;
}
