/** Where a run is written: its own folder that no other process writes to. */
import path from 'node:path';
import type { World } from '../model/world.ts';
import { isAlive, thisProcess } from '../providers/any/private-folder.ts';
import { type RunFolder, runFolder } from '../store/run-folder.ts';

/** Runs of one name that are begun in one second get a number each. The folder's name is the id of the run. */
export async function newRunFolder(out: string, id: string, { cwd }: Pick<World, 'cwd'>): Promise<RunFolder> {
  for (let number = 1; ; number++) {
    const folder = runFolder(path.resolve(cwd, out, number === 1 ? id : `${id}-${number}`));
    if (await folder.claim()) return folder;
  }
}

/** Other processes are kept out until `use` is over; a folder that is empty then is removed. */
export async function inRunFolder<T>(folder: RunFolder, use: () => Promise<T>): Promise<T> {
  const unlock = await folder.lock({ thisProcess, isAlive });
  try {
    return await use();
  } finally {
    await unlock();
    await folder.abandon();
  }
}
