/** The run folders in a folder. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../model/errors.ts';
import { type RunFolder, runFolder } from './run-folder.ts';

/** In the order of their names. `named`: the caller's spelling, for the message. */
export async function runsIn(place: string, named: string): Promise<RunFolder[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => {
    throw usageError(`The folder ${named} does not exist.`, 'Give a folder of runs, e.g. reports/runs.');
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const folders = names.sort().map((name) => runFolder(path.join(place, name)));
  const isRun = await Promise.all(folders.map((folder) => folder.hasRun()));
  return folders.filter((_, index) => isRun[index]);
}
