/**
 * Boots that bench need not make again: one file per boot, named after the hash of all that decided it. An entry appears whole or not at
 * all. A damaged one, or one that a stranger stored under a wrong name, counts as absent (`cached-boot.ts`).
 */
import { lstat, readdir, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type CachedBoot, entryOf, keyOfInputs, readEntry } from './cached-boot.ts';
import { writeFileWhole } from './files.ts';

export type BootCache = ReturnType<typeof bootCache>;

/** All entries together. A boot of the local scenarios takes 60 KB. */
const CACHE_LIMIT = 1024 * 2 ** 20;

export interface BootCachePlace {
  readonly cacheFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The folder that BENCH_BOOTS names, for users who share it, else the one with the images. */
export const bootCacheFolder = ({ cacheFolder, environment }: BootCachePlace): string =>
  environment.BENCH_BOOTS || path.join(cacheFolder, 'boots');

/** Writing the first entry creates `folder`. `now` dates the use of an entry: bench first deletes the ones unused for longest. */
export function bootCache(folder: string, now: () => string) {
  const fileOf = (key: string) => path.join(folder, `${key}.json.gz`);
  return {
    folder,

    /** Undefined if it is absent or does not match its name. */
    async find(key: string): Promise<CachedBoot | undefined> {
      const found = await readEntry(fileOf(key), key);
      if (typeof found === 'string') return undefined;
      const usedAt = new Date(now());
      await utimes(fileOf(key), usedAt, usedAt).catch(() => {});
      return found;
    },

    async keep(boot: CachedBoot): Promise<void> {
      await writeFileWhole(fileOf(keyOfInputs(boot.inputs)), await entryOf(boot));
    },

    drop: (key: string) => remove(fileOf(key)),

    size: async () => {
      const files = await entriesOf(folder);
      return { boots: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    },

    /** Reads every entry; removes those that do not match their name. Resolves with them and the reasons. */
    async verify(): Promise<string[]> {
      const removed: string[] = [];
      for (const { file, key } of await entriesOf(folder)) {
        const found = await readEntry(file, key);
        if (typeof found !== 'string') continue;
        removed.push(`${path.basename(file)}: ${found}`);
        await remove(file);
      }
      return removed;
    },

    /** Removes the entries longest unused until no more than `maxBytes` are left. Resolves with them. */
    async prune(maxBytes: number = CACHE_LIMIT): Promise<string[]> {
      const files = (await entriesOf(folder)).sort((a, b) => a.usedMs - b.usedMs);
      let left = files.reduce((sum, { bytes }) => sum + bytes, 0);
      const removed: string[] = [];
      for (const { file, bytes } of files) {
        if (left <= maxBytes) break;
        await remove(file);
        left -= bytes;
        removed.push(path.basename(file));
      }
      return removed;
    },
  };
}

/** Removes anything, a folder too; of a link, only the link itself. */
const remove = (file: string): Promise<void> => rm(file, { recursive: true, force: true });

const ENTRY = /^([0-9a-f]{64})\.json\.gz$/;

async function entriesOf(folder: string) {
  const names = await readdir(folder).catch(() => [] as string[]);
  const entries = await Promise.all(
    names.map(async (name) => {
      const key = ENTRY.exec(name)?.[1];
      const file = path.join(folder, name);
      const found = key === undefined ? undefined : await lstat(file).catch(() => undefined);
      return key === undefined || !found ? [] : [{ file, key, bytes: found.size, usedMs: found.mtimeMs }];
    }),
  );
  return entries.flat();
}
