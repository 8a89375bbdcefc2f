/** Measures the images in the cache and removes the oldest on request. */
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { KeptImages } from '../../model/provider-kind.ts';

/** Folder names that `image-cache.ts` gives. */
const KEY = /^[0-9a-f]{64}$/;

/** stat counts blocks of this size on every disk. The images are sparse, so their length does not show how much they take. */
const BLOCK_BYTES = 512;

export function imagesInCache(folder: string): KeptImages {
  return {
    folder,
    async size() {
      const images = await imagesIn(folder);
      return { count: images.length, bytes: images.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    async prune(maxBytes) {
      const images = (await imagesIn(folder)).sort((a, b) => a.builtMs - b.builtMs);
      let left = images.reduce((sum, { bytes }) => sum + bytes, 0);
      const removed: string[] = [];
      for (const { key, bytes, isLocked } of images) {
        if (left <= maxBytes) break;
        if (isLocked) continue;
        await rm(path.join(folder, key), { recursive: true, force: true });
        left -= bytes;
        removed.push(key);
      }
      return removed;
    },
  };
}

async function imagesIn(folder: string) {
  const names = await readdir(folder).catch(() => [] as string[]);
  return Promise.all(
    names
      .filter((name) => KEY.test(name))
      .map(async (key) => {
        const image = path.join(folder, key);
        const files = await readdir(image).catch(() => [] as string[]);
        const facts = await Promise.all(files.map((file) => stat(path.join(image, file)).catch(() => undefined)));
        return {
          key,
          bytes: facts.reduce((sum, fact) => sum + (fact?.blocks ?? 0) * BLOCK_BYTES, 0),
          builtMs: Math.max(0, ...facts.map((fact) => fact?.mtimeMs ?? 0)),
          // A process is working on it.
          isLocked: names.includes(`${key}.lock`),
        };
      }),
  );
}
