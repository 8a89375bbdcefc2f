/**
 * Keeps images in folders named after the hash of all inputs. A folder appears complete, by rename, or not at all. If two callers
 * need the same image, in this or another process, one builds it and the other waits.
 */
import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readSmallText } from '../../files/regular.ts';
import type { Timer } from '../../model/provider.ts';
import { placedIn } from '../../model/system-error.ts';
import { ms } from '../../model/units.ts';
import { isAlive, makePrivateFolder, sweepPrivateFolders, thisProcess } from '../any/private-folder.ts';

export interface ImageCache {
  /** Folder of all images. */
  readonly folder: string;
  readonly timer: Timer;
}

const LOCK_POLL = ms(500);

/** SHA-256 over a value's JSON: object keys must come in a fixed order. */
export const cacheKey = (inputs: unknown): string => createHash('sha256').update(JSON.stringify(inputs)).digest('hex');

export const cachedFolder = (cache: ImageCache, key: string): string => path.join(cache.folder, key);

export async function isCached(cache: ImageCache, key: string): Promise<boolean> {
  return stat(cachedFolder(cache, key)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Returns the folder of `key`. If it is missing, `build` makes it in a private folder first. */
export async function cached(
  cache: ImageCache,
  key: string,
  build: (folder: string) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  const folder = cachedFolder(cache, key);
  if (await isCached(cache, key)) return folder;
  await mkdir(cache.folder, { recursive: true });
  await sweepPrivateFolders(cache.folder, 'building');
  const release = await lock(cache, key, signal).catch(placedIn(cache.folder));
  try {
    if (await isCached(cache, key)) return folder;
    const building = await makePrivateFolder(cache.folder, 'building');
    try {
      await build(building).catch(placedIn(building));
      await rename(building, folder);
    } finally {
      await rm(building, { recursive: true, force: true });
    }
    return folder;
  } finally {
    await release();
  }
}

/** Waits while the lock's holder lives; removes the lock of a dead holder. */
async function lock(cache: ImageCache, key: string, signal: AbortSignal): Promise<() => Promise<void>> {
  const file = path.join(cache.folder, `${key}.lock`);
  const self = await thisProcess();
  for (;;) {
    signal.throwIfAborted();
    const taken = await writeFile(file, self, { flag: 'wx' }).then(
      () => true,
      (cause: NodeJS.ErrnoException) => {
        if (cause.code === 'EEXIST') return false;
        throw cause;
      },
    );
    if (taken) return () => rm(file, { force: true });
    const holder = await readSmallText(file).catch(() => '');
    // The writer of an empty file may not have written yet: wait one more turn.
    if (holder !== '' && !(await isAlive(holder))) await rm(file, { force: true });
    else await cache.timer.sleep(LOCK_POLL, signal);
  }
}
