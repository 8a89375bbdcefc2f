import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { imagesInCache } from '../../../src/providers/qemu/cached-images.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cached-images-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const MEBIBYTE = 2 ** 20;

function image(letter: string, builtAtS: number): string {
  const key = letter.repeat(64);
  const disk = path.join(folder, key, 'disk.raw');
  mkdirSync(path.dirname(disk));
  writeFileSync(disk, Buffer.alloc(MEBIBYTE, 1));
  // Sparse, as disks are.
  truncateSync(disk, 1024 * MEBIBYTE);
  utimesSync(disk, builtAtS, builtAtS);
  return key;
}

test('an absent cache is an empty one', async () => {
  expect(await imagesInCache(path.join(folder, 'none')).size()).toEqual({ count: 0, bytes: 0 });
});

test('images count with their disk usage, and nothing else in the folder does', async () => {
  image('a', 1);
  mkdirSync(path.join(folder, 'building-x'));
  const { count, bytes } = await imagesInCache(folder).size();
  expect([count, bytes >= MEBIBYTE, bytes < 2 * MEBIBYTE]).toEqual([1, true, true]);
});

test('the oldest builds go first, and never one that a process is working on', async () => {
  const [old, locked, young] = [image('a', 100), image('b', 50), image('c', 200)];
  writeFileSync(path.join(folder, `${locked}.lock`), '');
  expect(await imagesInCache(folder).prune(2.5 * MEBIBYTE)).toEqual([old]);
  expect(readdirSync(folder).sort()).toEqual([locked, `${locked}.lock`, young]);
  expect(await imagesInCache(folder).prune(0)).toEqual([young]);
});
