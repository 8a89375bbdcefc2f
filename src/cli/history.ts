/** From `--history` and `--link` to the history they mean. */
import path from 'node:path';
import type { HistoryContent } from '../model/history.ts';
import { historyAt } from '../stages/history/open.ts';
import { historyFolder } from '../store/history/open.ts';
import type { RunFolder } from '../store/run-folder.ts';
import type { World } from './world.ts';

export const readHistory = async (where: string, world: World): Promise<HistoryContent> =>
  (await historyAt(where, world)).read(world.signal);

/** What the caller said, else the report's path from a history that is a folder; elsewhere a path would lead nowhere. */
export function linkTo(folder: RunFolder, where: string, link: string | undefined, world: World) {
  if (link !== undefined) return link;
  const home = historyFolder(where, world.cwd);
  return home === undefined ? undefined : path.relative(home, folder.file.report).split(path.sep).join('/');
}
