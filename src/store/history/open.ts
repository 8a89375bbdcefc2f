/** From a place, as named on the command line, to the history that lives there. */
import path from 'node:path';
import type { History } from '../../model/history.ts';
import { folderHistory } from './folder.ts';
import { gitHistory, parseGitPlace } from './git.ts';

export interface HistoryPlace {
  readonly cwd: string;
  readonly temporaryFolder: string;
}

/** A folder, or `git:<remote>#<branch>[/<folder>]`. */
export function openHistory(where: string, place: HistoryPlace): History {
  const git = parseGitPlace(where, place.cwd);
  return git ? gitHistory(git, place.temporaryFolder) : folderHistory(path.resolve(place.cwd, where));
}

/** A blob container, which this room cannot open. */
export const isAddress = (where: string): boolean => /^https?:\/\//.test(where);

/** The folder of a history that is one; undefined for those that live elsewhere. */
export const historyFolder = (where: string, cwd: string): string | undefined =>
  isAddress(where) || parseGitPlace(where, cwd) ? undefined : path.resolve(cwd, where);
