/** Remarks beside a result, on stderr. */
import { printable } from './text.ts';
import type { CliWorld } from './world.ts';

export const note = ({ stderr }: Pick<CliWorld, 'stderr'>, text: string): void =>
  void stderr.write(`bench: ${printable(text)}\n`);
