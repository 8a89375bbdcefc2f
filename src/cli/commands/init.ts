/** `bench init`: a scenario to start from. */
import path from 'node:path';
import { initScenario } from '../../stages/init.ts';
import { EXIT } from '../exit.ts';
import type { CliWorld } from '../world.ts';

export async function command(world: CliWorld, name: string): Promise<number> {
  world.stdout.write(`${path.relative(world.cwd, await initScenario(name, world))}\n`);
  return EXIT.fine;
}
