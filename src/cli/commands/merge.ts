/** `bench merge`: combines the shards of one run, and compares. */
import type { Comparison } from '../../model/comparison.ts';
import { merge } from '../../stages/merge.ts';
import { EXIT } from '../exit.ts';
import { note } from '../notes.ts';
import { json, shownPath } from '../text.ts';
import type { CliWorld } from '../world.ts';

type MergeOptions = { readonly out: string; readonly json?: boolean };

export async function command(world: CliWorld, names: readonly string[], options: MergeOptions): Promise<number> {
  const { comparison, folder } = await merge(names, options.out, world);
  world.stdout.write(options.json ? json<Comparison>(comparison) : `${shownPath(world, folder)}\n`);
  // Merging judges nothing; but a run in which nothing booted must not look like a result.
  if (comparison.result !== 'nothing-booted') return EXIT.fine;
  for (const { code, text } of comparison.warnings) if (code === 'nothing-booted') note(world, text);
  return EXIT.world;
}
