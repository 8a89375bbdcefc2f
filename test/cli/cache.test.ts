import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootCache } from '../../src/store/boot-cache.ts';
import { bench as runBench } from '../support/bench.ts';

/** `bench cache`, with a separate cache folder for each test. */

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const IMAGE = 'a'.repeat(64);

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-cache-'));
  mkdirSync(at('images', IMAGE), { recursive: true });
  writeFileSync(at('images', IMAGE, 'disk.raw'), Buffer.alloc(2 ** 20, 1));
  for (const seed of ['1', '2'])
    await bootCache(at('boots'), () => '2026-08-01T07:00:00Z').keep({
      ...{ inputs: { seed }, run: 'r', boot: '0001-before', at: '2026-08-01T07:00:00Z', facts: {} },
      ...{ marks: [], warnings: [], harness: {}, artifacts: [] },
    });
});
afterEach(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) => runBench(['cache', ...args], { env: { HOME: folder, BENCH_CACHE: folder } });
const left = () => ({ boots: readdirSync(at('boots')).length, image: existsSync(at('images', IMAGE)) });

describe('bench cache', () => {
  test('counts boots and images, and says where they are', async () => {
    const { stdout, status } = await bench();
    expect(stdout).toMatch(/^2 boots, 0\.0 MiB, in .*\/boots\n1 image, 1\.0 MiB, in .*\/images\n$/);
    expect([status, left()]).toEqual([0, { boots: 2, image: true }]);
  });

  test('verify deletes damaged entries, says why, and keeps the rest', async () => {
    const [damaged = ''] = readdirSync(at('boots'));
    writeFileSync(at('boots', damaged), 'no entry');
    expect((await bench('verify')).stdout).toContain(`removed ${damaged}: `);
    expect(left()).toEqual({ boots: 1, image: true });
  });

  test('prune keeps what the limits allow, or the default limits when there are none', async () => {
    await bench('prune');
    expect(left()).toEqual({ boots: 2, image: true });
    await bench('prune', '--max-size', '0K');
    expect(left()).toEqual({ boots: 0, image: true });
    await bench('prune', '--max-image-size', '1K');
    expect(left()).toEqual({ boots: 0, image: false });
  });

  test.each([
    [['--max-size', '1K'], '--max-size 1K'],
    [['verify', '--all'], '--all'],
    [['--max-size', '1K', '--max-image-size', '1G'], '--max-size 1K --max-image-size 1G'],
  ])(
    '%j names what may stay, but without prune bench deletes nothing and reports the command to type',
    async (args, given) => {
      const { status, stderr } = await bench(...args);
      expect([status, left()]).toEqual([2, { boots: 2, image: true }]);
      expect(stderr).toContain(`${given}: only prune deletes by size.`);
      expect(stderr).toContain(`bench cache prune ${given}\n`);
    },
  );

  test('prune --all deletes boots and images; with an additional limit it deletes nothing, because the two conflict', async () => {
    const { status, stderr } = await bench('prune', '--all', '--max-image-size', '100G');
    expect([status, left()]).toEqual([2, { boots: 2, image: true }]);
    expect(stderr).toMatch(/--all deletes every boot and every image, so --max-image-size has no effect/);
    expect((await bench('prune', '--all')).status).toBe(0);
    expect(left()).toEqual({ boots: 0, image: false });
  });
});
