/**
 * Images by content: a folder named after the hash of all that went into it. It appears whole, by rename, or not at all; two
 * builds of one image, in this or another process, become one.
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

/** The folder of `key`, made by `build` in a private folder first where it is not there yet. */
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

/** Waits for its turn as long as the holder lives; a dead holder's lock is broken. */
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
    // An empty file may be one whose writer has not written yet: it gets one more turn to do so.
    if (holder !== '' && !(await isAlive(holder))) await rm(file, { force: true });
    else await cache.timer.sleep(LOCK_POLL, signal);
  }
}
