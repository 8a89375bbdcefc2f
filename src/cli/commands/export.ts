/** `bench export`: a run in the format of another program, to stdout or to a file. */
import { type ExportRequest, exportNamed } from '../../stages/export.ts';
import { EXIT } from '../exit.ts';
import { note } from '../notes.ts';
import type { CliWorld } from '../world.ts';

export async function command(world: CliWorld, name: string, options: ExportRequest): Promise<number> {
  const { text, note: sent } = await exportNamed(name, options, world);
  if (sent !== undefined) note(world, sent);
  if (text !== undefined) world.stdout.write(text);
  return EXIT.fine;
}
