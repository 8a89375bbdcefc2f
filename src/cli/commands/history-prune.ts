/** `bench history prune`: counts, or deletes, the lines of nights that are old enough. */
import { type PruneRequest, pruneHistory } from '../../stages/history.ts';
import { EXIT } from '../exit.ts';
import type { CliWorld } from '../world.ts';

export async function command(world: CliWorld, options: PruneRequest): Promise<number> {
  const { lines, old, before } = await pruneHistory({ ...options, yes: options.yes === true }, world);
  const what = options.yes ? 'deleted' : 'would be deleted (--yes)';
  world.stdout.write(
    `${old} of ${lines} lines are from nights before ${before}: ${old === 0 ? 'nothing to delete' : what}\n`,
  );
  return EXIT.fine;
}
