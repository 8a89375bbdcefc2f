/** From a place, as named on the command line, to the history that lives there. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { History } from '../../model/history.ts';
import type { Timer } from '../../model/provider.ts';
import { exists } from '../files.ts';
import { folderHistory, HISTORY_FILE } from './folder.ts';
import { gitHistory, parseGitPlace } from './git.ts';

export interface HistoryPlace {
  readonly cwd: string;
  readonly temporaryFolder: string;
  readonly timer: Timer;
}

/** A folder, or `git:<remote>#<branch>[/<folder>]`. */
export function openHistory(where: string, place: HistoryPlace): History {
  const git = parseGitPlace(where, place.cwd);
  return git ? gitHistory(git, place.temporaryFolder, place.timer) : folderHistory(path.resolve(place.cwd, where));
}

/** A blob container, which src/store cannot open. */
export const isAddress = (where: string): boolean => /^https?:\/\//.test(where);

/** The folder of a history in a folder; undefined for those that live elsewhere. */
export const historyFolder = (where: string, cwd: string): string | undefined =>
  isAddress(where) || parseGitPlace(where, cwd) ? undefined : path.resolve(cwd, where);

/** Names of the folders beside one that hold a history. */
export async function historiesBeside(folder: string): Promise<string[]> {
  const parent = path.dirname(folder);
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const isHistory = await Promise.all(folders.map((name) => exists(path.join(parent, name, HISTORY_FILE))));
  return folders.filter((_, index) => isHistory[index]);
}
