/** Where bench writes a run: a folder to which no other process writes. */
import path from 'node:path';
import type { World } from '../model/world.ts';
import { isAlive, thisProcess } from '../providers/any/private-folder.ts';
import { type RunFolder, runFolder } from '../store/run-folder.ts';

/** Runs of one name that begin in one second get a number each. The folder's name is the run's id. */
export async function newRunFolder(out: string, id: string, { cwd }: Pick<World, 'cwd'>): Promise<RunFolder> {
  for (let number = 1; ; number++) {
    const folder = runFolder(path.resolve(cwd, out, number === 1 ? id : `${id}-${number}`));
    if (await folder.claim()) return folder;
  }
}

/** Locks out other processes until `use` is over; removes the folder if it is empty then. */
export async function inRunFolder<T>(folder: RunFolder, use: () => Promise<T>): Promise<T> {
  const unlock = await folder.lock({ thisProcess, isAlive });
  try {
    return await use();
  } finally {
    await unlock();
    await folder.abandon();
  }
}
