/**
 * Boots that need not be made again: one file a boot, named after the hash of all that decided it. An entry appears whole or not at
 * all, and is read as something that a stranger may have written, since caches are shared: what is damaged counts as absent.
 */
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { MachineFacts } from '../model/boot.ts';
import type { BootInputs } from '../model/provider.ts';
import { BootEvent, Warning } from '../model/timeline.ts';
import { withoutTokens } from '../model/tokens.ts';
import type { StoredArtifact } from './boot-files.ts';
import { sha256, writeFileWhole } from './files.ts';

const Stored = z.strictObject({
  path: z.string(),
  collector: z.string(),
  command: z.string(),
  exitCode: z.int().nullable(),
  truncated: z.boolean(),
  sha256: z.string(),
  base64: z.string(),
});

const CachedBoot = z.strictObject({
  schema: z.literal('bench/cached-boot@1'),
  /** All that decided the boot, by name; its hash is the key. */
  inputs: z.record(z.string(), z.string()),
  run: z.string(),
  boot: z.string(),
  at: z.string(),
  facts: MachineFacts,
  marks: z.array(BootEvent),
  warnings: z.array(Warning),
  harness: z.record(z.string(), z.number()),
  artifacts: z.array(Stored),
});

/** A boot as it was made, with where it came from. */
export interface CachedBoot extends Omit<z.output<typeof CachedBoot>, 'schema' | 'artifacts'> {
  readonly artifacts: readonly StoredArtifact[];
}

export type BootCache = ReturnType<typeof bootCache>;

/** Unpacked: what a machine may send is 256 MiB, and base64 makes a third more of it. */
const ENTRY_LIMIT = 512 * 2 ** 20;
/** Together. A boot of the local scenarios takes 60 KB. */
const CACHE_LIMIT = 1024 * 2 ** 20;

export const keyOfInputs = (inputs: BootInputs): string =>
  sha256(JSON.stringify(Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))));

export interface BootCachePlace {
  readonly cacheFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** In the folder that BENCH_BOOTS names, for those who share it, else with the images. */
export const bootCacheFolder = ({ cacheFolder, environment }: BootCachePlace): string =>
  environment.BENCH_BOOTS || path.join(cacheFolder, 'boots');

/** `folder` is made when the first entry is written. `now` dates the use of an entry: the ones nobody asks for are the first to go. */
export function bootCache(folder: string, now: () => string) {
  const fileOf = (key: string) => path.join(folder, `${key}.json.gz`);
  return {
    folder,

    /** Undefined where it is absent, or is not what its name says. */
    async find(key: string): Promise<CachedBoot | undefined> {
      const found = await readEntry(fileOf(key), key);
      if (typeof found === 'string') return undefined;
      const usedAt = new Date(now());
      await utimes(fileOf(key), usedAt, usedAt).catch(() => {});
      return found;
    },

    async keep(boot: CachedBoot): Promise<void> {
      // A cache is shared: tokens are in none of its entries.
      const clean = boot.artifacts.map((artifact) => ({ ...artifact, bytes: withoutTokens(artifact.bytes).bytes }));
      const artifacts = clean.map(({ bytes, ...rest }) => ({
        ...rest,
        sha256: sha256(bytes),
        base64: Buffer.from(bytes).toString('base64'),
      }));
      const entry = CachedBoot.parse({ schema: 'bench/cached-boot@1', ...boot, artifacts });
      await writeFileWhole(fileOf(keyOfInputs(boot.inputs)), await promisify(gzip)(JSON.stringify(entry)));
    },

    drop: (key: string) => rm(fileOf(key), { force: true }),

    size: async () => {
      const files = await entriesOf(folder);
      return { boots: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    },

    /** Reads every entry; removes those that are not what their name says. Resolves with them, and why. */
    async verify(): Promise<string[]> {
      const removed: string[] = [];
      for (const { file, key } of await entriesOf(folder)) {
        const found = await readEntry(file, key);
        if (typeof found !== 'string') continue;
        removed.push(`${path.basename(file)}: ${found}`);
        await rm(file, { force: true });
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
        await rm(file, { force: true });
        left -= bytes;
        removed.push(path.basename(file));
      }
      return removed;
    },
  };
}

const ENTRY = /^([0-9a-f]{64})\.json\.gz$/;

async function entriesOf(folder: string) {
  const names = await readdir(folder).catch(() => [] as string[]);
  const entries = await Promise.all(
    names.map(async (name) => {
      const key = ENTRY.exec(name)?.[1];
      const file = path.join(folder, name);
      const found = key === undefined ? undefined : await stat(file).catch(() => undefined);
      return key === undefined || !found ? [] : [{ file, key, bytes: found.size, usedMs: found.mtimeMs }];
    }),
  );
  return entries.flat();
}

/** The entry, or what is wrong with it. */
async function readEntry(file: string, key: string): Promise<CachedBoot | string> {
  try {
    const text = await promisify(gunzip)(await readFile(file), { maxOutputLength: ENTRY_LIMIT });
    const parsed = CachedBoot.safeParse(JSON.parse(text.toString('utf8')));
    if (!parsed.success) return `not an entry of this version (${parsed.error.issues[0]?.path.join('.') ?? ''})`;
    const { schema: _, artifacts, ...boot } = parsed.data;
    if (keyOfInputs(boot.inputs) !== key) return 'its inputs have another hash';
    const unpacked = artifacts.map(({ base64, sha256: sum, ...rest }) => {
      const bytes = Buffer.from(base64, 'base64');
      return { ...rest, bytes, whole: sha256(bytes) === sum };
    });
    const bad = unpacked.find(({ whole }) => !whole);
    if (bad) return `${bad.path} has another hash`;
    return { ...boot, artifacts: unpacked.map(({ whole: _whole, ...artifact }) => artifact) };
  } catch (cause) {
    return cause instanceof Error ? cause.message : 'unreadable';
  }
}
