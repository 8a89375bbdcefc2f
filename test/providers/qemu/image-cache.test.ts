import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  isAlive,
  makePrivateFolder,
  sweepPrivateFolders,
  thisProcess,
} from '../../../src/providers/any/private-folder.ts';
import { cached, cacheKey, type ImageCache } from '../../../src/providers/qemu/image-cache.ts';
import { forever, runContext } from './lab.ts';

let cache: ImageCache;
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-cache-'));
  cache = { folder, timer: runContext({ cacheFolder: '', scratchFolder: '', scenarioFolder: '' }).timer };
});
afterEach(() => rm(cache.folder, { recursive: true }));

const write = (content: string) => (folder: string) => writeFile(path.join(folder, 'disk'), content);

test('the first use builds an image, the second finds it', async () => {
  const folder = await cached(cache, 'k1', write('one'), forever);
  expect(await cached(cache, 'k1', write('two'), forever)).toBe(folder);
  expect(await readFile(path.join(folder, 'disk'), 'utf8')).toBe('one');
  expect(await readdir(cache.folder)).toEqual(['k1']);
});

test('two users of one image at the same time share one build', async () => {
  let builds = 0;
  const build = async (folder: string) => {
    builds += 1;
    await write('x')(folder);
  };
  const folders = await Promise.all([cached(cache, 'k', build, forever), cached(cache, 'k', build, forever)]);
  expect(builds).toBe(1);
  expect(folders[0]).toBe(folders[1]);
});

test('a build that fails leaves nothing, and the next one starts afresh', async () => {
  const fail = async (folder: string) => {
    await write('half')(folder);
    throw new Error('no space');
  };
  await expect(cached(cache, 'k', fail, forever)).rejects.toThrow('no space');
  expect(await readdir(cache.folder)).toEqual([]);
  expect(await readFile(path.join(await cached(cache, 'k', write('whole'), forever), 'disk'), 'utf8')).toBe('whole');
});

test('the lock and the half-built image of a killed process block nothing', async () => {
  // Process 1 lives, but started at another time: the process that the lock names is dead.
  await writeFile(path.join(cache.folder, 'k.lock'), '1-1');
  await mkdir(path.join(cache.folder, 'building-1-1-abcdef'));
  await cached(cache, 'k', write('x'), forever);
  expect(await readdir(cache.folder)).toEqual(['k']);
});

test('an abort ends the wait for another’s build', async () => {
  await writeFile(path.join(cache.folder, 'k.lock'), await thisProcess());
  const abort = new AbortController();
  const waiting = cached(cache, 'k', write('x'), abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow(/enough|aborted/);
});

test('bench deletes a private folder after its process has ended, not before', async () => {
  const own = await makePrivateFolder(cache.folder, 'building');
  await mkdir(path.join(cache.folder, 'building-999999999-5-abcdef'));
  await mkdir(path.join(cache.folder, 'other-999999999-5-abcdef'));
  expect(await sweepPrivateFolders(cache.folder, 'building')).toEqual(['building-999999999-5-abcdef']);
  expect((await readdir(cache.folder)).sort()).toEqual([path.basename(own), 'other-999999999-5-abcdef'].sort());
});

test('the cache distinguishes a process from a later one with the same number', async () => {
  const self = await thisProcess();
  expect(await isAlive(self)).toBe(true);
  expect(await isAlive(self.replace(/-\d+$/, '-1'))).toBe(false);
});

test('other inputs make another key', () => {
  expect(cacheKey(['a', 1])).toMatch(/^[0-9a-f]{64}$/);
  expect(cacheKey(['a', 1])).toBe(cacheKey(['a', 1]));
  expect(cacheKey(['a', 1])).not.toBe(cacheKey(['a', 2]));
});
