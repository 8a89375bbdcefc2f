/** `bench merge`: the shards of one run put together, and compared. */
import path from 'node:path';
import { deriveFindings, deriveRecords, deriveSamples, writeFindings } from '../../stages/derive.ts';
import { mergeShards } from '../../stages/merge.ts';
import { runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import type { Surroundings } from '../surroundings.ts';

export async function command(
  world: Surroundings,
  names: readonly string[],
  options: { readonly out: string },
): Promise<number> {
  const shards = names.map((name) => runFolder(path.resolve(world.cwd, name)));
  const into = runFolder(path.resolve(world.cwd, options.out));
  const run = await mergeShards(shards, into);
  await deriveSamples(into, run, await deriveRecords(into, run));
  await writeFindings(into, await deriveFindings(into));
  world.stdout.write(`${path.relative(world.cwd, into.folder)}\n`);
  return EXIT.fine;
}
