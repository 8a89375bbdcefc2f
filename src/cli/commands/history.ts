/** `bench history add`: adds the line of an existing run. */
import { addRun, type HistoryPlace } from '../../stages/history.ts';
import { EXIT } from '../exit.ts';
import type { CliWorld } from '../world.ts';

export async function command(world: CliWorld, name: string, options: HistoryPlace): Promise<number> {
  world.stdout.write(`${await addRun(name, options, world)}\n`);
  return EXIT.fine;
}
