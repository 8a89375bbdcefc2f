import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootCache, bootCacheFolder } from '../../src/store/boot-cache.ts';
import { type CachedBoot, keyOfInputs } from '../../src/store/cached-boot.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'boot-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const now = () => '2026-08-01T07:00:00Z';
const boot = (seed: string): CachedBoot => ({
  inputs: { disk: 'd1', command: `qemu -seed ${seed}` },
  run: 'r1',
  boot: '0001-before',
  at: now(),
  facts: { accelerator: 'tcg' },
  marks: [],
  warnings: [],
  harness: { collectMs: 5 },
  artifacts: [
    {
      path: 'systemd/units.show',
      collector: 'systemd',
      command: 'systemctl show',
      exitCode: 0,
      truncated: false,
      bytes: Buffer.from([0, 255, 10, 65]),
    },
  ],
});
const fileOf = (entry: CachedBoot) => path.join(folder, `${keyOfInputs(entry.inputs)}.json.gz`);

/** The text of an entry in which each of these names refers to its one artifact. */
function withArtifacts(whole: string, names: readonly string[]): string {
  const entry = JSON.parse(whole) as { artifacts: { path: string }[] };
  return JSON.stringify({ ...entry, artifacts: names.map((name) => ({ ...entry.artifacts[0], path: name })) });
}

describe('the cache of boots', () => {
  test('returns every byte of a boot for the hash of its inputs', async () => {
    const cache = bootCache(folder, now);
    await cache.keep(boot('1'));
    expect(await cache.find(keyOfInputs(boot('1').inputs))).toEqual(boot('1'));
    expect(await cache.find(keyOfInputs(boot('2').inputs))).toBeUndefined();
    expect(await cache.size()).toMatchObject({ boots: 1 });
  });

  test('the key depends on every input, but not on their order', () => {
    expect(keyOfInputs({ a: '1', b: '2' })).toBe(keyOfInputs({ b: '2', a: '1' }));
    expect(keyOfInputs({ a: '1', b: '2' })).not.toBe(keyOfInputs({ a: '1', b: '3' }));
    expect(keyOfInputs({ a: '1' })).not.toBe(keyOfInputs({ a: '1', b: '' }));
  });

  test('a damaged or misplaced entry is no boot; verify removes it and gives the reason', async () => {
    const cache = bootCache(folder, now);
    const [whole, cut, renamed, forged] = ['1', '2', '3', '4'].map(boot) as [
      CachedBoot,
      CachedBoot,
      CachedBoot,
      CachedBoot,
    ];
    for (const entry of [whole, cut, renamed, forged]) await cache.keep(entry);
    writeFileSync(fileOf(cut), readFileSync(fileOf(cut)).subarray(0, 60));
    const other = path.join(folder, `${'0'.repeat(64)}.json.gz`);
    writeFileSync(other, readFileSync(fileOf(renamed)));
    const content = gunzipSync(readFileSync(fileOf(forged))).toString();
    writeFileSync(fileOf(forged), gzipSync(content.replace(/"base64":"[^"]*"/, '"base64":"AAAA"')));
    for (const entry of [cut, forged]) expect(await cache.find(keyOfInputs(entry.inputs))).toBeUndefined();
    expect(await cache.find('0'.repeat(64))).toBeUndefined();
    const removed = await cache.verify();
    expect(removed).toHaveLength(3);
    expect(removed.join('\n')).toMatch(/0{64}.*another hash/);
    expect(removed.join('\n')).toMatch(/systemd\/units\.show has another hash/);
    expect(await cache.size()).toMatchObject({ boots: 2 });
    expect(await cache.find(keyOfInputs(whole.inputs))).toEqual(whole);
  });

  test('what a stranger put there is bounded, no link and no pipe, and names no file outside its boot', {
    timeout: 60_000,
  }, async () => {
    const cache = bootCache(folder, now);
    const key = keyOfInputs(boot('1').inputs);
    const tried = async (put: (file: string) => unknown) => {
      rmSync(fileOf(boot('1')), { recursive: true, force: true });
      await cache.keep(boot('1'));
      const whole = gunzipSync(readFileSync(fileOf(boot('1')))).toString();
      rmSync(fileOf(boot('1')));
      const forged = put(fileOf(boot('1')));
      if (typeof forged === 'function') writeFileSync(fileOf(boot('1')), gzipSync(forged(whole)));
      expect(await cache.find(key)).toBeUndefined();
      const [why = ''] = await cache.verify();
      expect(readdirSync(folder)).toEqual([]);
      return why;
    };
    const named = (...names: string[]) => tried(() => (whole: string) => withArtifacts(whole, names));
    for (const names of [['../../x'], ['/etc/x'], ['index.json'], ['a', 'a'], ['a', 'a/b'], ['a//b'], ['a\0b']])
      expect(await named(...names)).toMatch(/is not a valid name for an artifact of it/);
    const outside = path.join(folder, '..', `${path.basename(folder)}-outside`);
    writeFileSync(outside, 'untouched');
    expect(await tried((file) => symlinkSync(outside, file))).toMatch(/symbolic link/);
    expect(readFileSync(outside, 'utf8')).toBe('untouched');
    rmSync(outside);
    expect(await tried((file) => execFileSync('mkfifo', [file]))).toMatch(/pipe/);
    expect(await tried((file) => mkdirSync(path.join(file, 'x'), { recursive: true }))).toMatch(/folder/);
    expect(await tried(() => (whole: string) => whole.replace('bench/cached-boot@1', 'bench/cached-boot@9'))).toMatch(
      /not an entry of this version/,
    );
  });

  test('an entry that unpacks beyond the limit is no boot', { timeout: 60_000 }, async () => {
    const cache = bootCache(folder, now);
    await cache.keep(boot('1'));
    const mebibyte = gzipSync(Buffer.alloc(2 ** 20));
    writeFileSync(fileOf(boot('1')), Buffer.concat(Array(513).fill(mebibyte)));
    expect(await cache.find(keyOfInputs(boot('1').inputs))).toBeUndefined();
  });

  test('prune removes the longest unused boots first; a lookup counts as use', async () => {
    let day = 1;
    const cache = bootCache(folder, () => `2026-08-0${day}T07:00:00Z`);
    const entries = ['1', '2', '3'].map(boot);
    for (const entry of entries) {
      await cache.keep(entry);
      utimesSync(fileOf(entry), new Date('2026-07-01'), new Date('2026-07-01'));
    }
    const [oldest, used] = entries as [CachedBoot, CachedBoot];
    day = 2;
    await cache.find(keyOfInputs(used.inputs));
    day = 3;
    await cache.find(keyOfInputs(oldest.inputs));
    const { bytes } = await cache.size();
    await cache.prune(Math.ceil((bytes * 2) / 3) + 20);
    expect(readdirSync(folder).sort()).toEqual(
      [fileOf(oldest), fileOf(used)].map((file) => path.basename(file)).sort(),
    );
    await cache.prune(0);
    expect(await cache.size()).toEqual({ boots: 0, bytes: 0 });
  });

  test('is at BENCH_BOOTS, or else beside the images', () => {
    expect(bootCacheFolder({ cacheFolder: '/c', environment: { BENCH_BOOTS: '/shared' } })).toBe('/shared');
    expect(bootCacheFolder({ cacheFolder: '/c', environment: {} })).toBe('/c/boots');
  });
});
