/** `bench compare`: what may be claimed from a run's samples, or from those of two runs. */
import type { Comparison } from '../../model/comparison.ts';
import { compare } from '../../stages/compare.ts';
import { exitOfComparison } from '../exit.ts';
import { note } from '../notes.ts';
import { json } from '../text.ts';
import { type CliWorld, screenOf } from '../world.ts';

type CompareOptions = { readonly json?: boolean; readonly requireVerdict?: boolean };

export async function command(
  world: CliWorld,
  name: string,
  other: string | undefined,
  options: CompareOptions,
): Promise<number> {
  const { comparison, text, notes } = await compare(name, other, world);
  for (const each of notes) note(world, each);
  world.stdout.write(options.json ? json<Comparison>(comparison) : text(screenOf(world)));
  return exitOfComparison(comparison, options.requireVerdict === true);
}
