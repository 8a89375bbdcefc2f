/** From a place, as named on the command line, to its history: a folder, a git branch, a blob container. */
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import type { History, HistoryContent } from '../../model/history.ts';
import type { World } from '../../model/world.ts';
import { providerKinds } from '../../providers/registry.ts';
import { historiesBeside, historyFolder, isAddress, openHistory } from '../../store/history/open.ts';
import { shelfHistory } from '../../store/history/shelf.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import { meant } from '../../store/scenario-problems.ts';

export type HistoryWorld = Pick<World, 'cwd' | 'temporaryFolder' | 'environment' | 'timer'>;

/** `https://<account>.blob.core.windows.net/<container>[/<folder>]`, or what `openHistory` takes. */
export async function historyAt(where: string, world: HistoryWorld): Promise<History> {
  if (!isAddress(where)) return openHistory(where, world);
  const { cwd, environment, timer } = world;
  const shelf = providerKinds().find((kind) => kind.shelf)?.shelf;
  if (shelf === undefined) throw usageError(`${where}: bench cannot keep a history at this address.`);
  return shelfHistory(await shelf(where, environment, cwd), timer);
}

export const readHistory = async (
  where: string,
  world: HistoryWorld & Pick<World, 'signal'>,
): Promise<HistoryContent> => (await historyAt(where, world)).read(world.signal);

/** Opens an existing history for a reader: a mistyped name is no history. */
export async function readKnownHistory(
  where: string,
  world: HistoryWorld & Pick<World, 'signal'>,
): Promise<HistoryContent> {
  const content = await readHistory(where, world);
  if (content.lines.length + content.damaged.length > 0) return content;
  const home = historyFolder(where, world.cwd);
  const near = home === undefined ? '' : meant(path.basename(home), await historiesBeside(home), false);
  throw usageError(
    `There is no history in ${where}${near}.`,
    'The first run creates it: bench run --history <where>, or bench history add.',
  );
}

/** The caller's link, else the report's path from a history that is a folder; elsewhere a path would lead nowhere. */
export function linkTo(
  folder: RunFolder,
  where: string,
  link: string | undefined,
  { cwd }: Pick<World, 'cwd'>,
): string | undefined {
  if (link !== undefined) return link;
  const home = historyFolder(where, cwd);
  return home === undefined ? undefined : path.relative(home, folder.file.report).split(path.sep).join('/');
}
