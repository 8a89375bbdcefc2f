/** `bench compare`: which claims a run's samples support, or those of two runs. */
import path from 'node:path';
import type { Comparison } from '../../model/comparison.ts';
import { compare } from '../../stages/compare.ts';
import { exitOfComparison } from '../exit.ts';
import { note } from '../notes.ts';
import { json } from '../text.ts';
import { type CliWorld, screenOf } from '../world.ts';

interface CompareOptions {
  readonly report?: boolean;
  readonly out?: string;
  readonly json?: boolean;
  readonly requireVerdict?: boolean;
}

export async function command(
  world: CliWorld,
  run: string,
  other: string | undefined,
  options: CompareOptions,
): Promise<number> {
  const { report = false, out } = options;
  const { comparison, text, notes, page } = await compare({ run, other, report, out }, world);
  for (const each of notes) note(world, each);
  world.stdout.write(options.json ? json<Comparison>(comparison) : text(screenOf(world)));
  if (page !== undefined)
    (options.json ? world.stderr : world.stdout).write(`\nreport  ${path.relative(world.cwd, page)}\n`);
  return exitOfComparison(comparison, options.requireVerdict === true);
}
