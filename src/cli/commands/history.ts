/** `bench history add`: a run that is there already gets its line. */
import { addRun, type HistoryPlace } from '../../stages/history.ts';
import { EXIT } from '../exit.ts';
import type { CliWorld } from '../world.ts';

export async function command(world: CliWorld, name: string, options: HistoryPlace): Promise<number> {
  world.stdout.write(`${await addRun(name, options, world)}\n`);
  return EXIT.fine;
}
