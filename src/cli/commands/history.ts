/** `bench history add`: a run that is there already, e.g. one merged from shards, gets its line. */
import path from 'node:path';
import { deriveFindings } from '../../stages/derive/findings.ts';
import { historyLine } from '../../stages/history/line.ts';
import { historyAt } from '../../stages/history/open.ts';
import { runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import { linkTo } from '../history.ts';
import type { World } from '../world.ts';

export async function command(
  world: World,
  name: string,
  options: { readonly history: string; readonly link?: string },
): Promise<number> {
  const folder = runFolder(path.resolve(world.cwd, name));
  const line = historyLine(await deriveFindings(folder), linkTo(folder, options.history, options.link, world));
  await (await historyAt(options.history, world)).append(line, world.signal);
  world.stdout.write(`${line.id}\n`);
  return EXIT.fine;
}
