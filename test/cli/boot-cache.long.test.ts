import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootRecord, Outcome } from '../../src/model/boot.ts';
import { bootOnly } from '../support/boot-only.ts';

/** The cache of boots with real machines of the lean image: what a cached boot says is what a fresh one says. */

const MINUTES = 60_000;
let out: string;
beforeAll(() => {
  out = mkdtempSync(path.join(tmpdir(), 'bench-boot-cache-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

async function bench(...args: string[]): Promise<void> {
  const env = { ...process.env, BENCH_BOOTS: path.join(out, 'boots') };
  const run = promisify(execFile)(process.execPath, ['dist/bench.js', ...args], { env, maxBuffer: 64 * 2 ** 20 });
  // 1: a gate failed, which is not what is looked at.
  await run.catch((error: { readonly code?: unknown }) => {
    if (error.code !== 1) throw error;
  });
}
const read = <T>(...file: string[]): T => JSON.parse(readFileSync(path.join(...file), 'utf8')) as T;
const onlyFolder = (folder: string): string => path.join(folder, readdirSync(folder)[0] ?? '');

/** One boot of the baseline, which is the audit where it is known. */
async function oneBoot(seed: number, name: string): Promise<string> {
  const folder = path.join(out, `${name}-${seed}`);
  const only = ['--items', '0', '--most-boots', '1'];
  await bench('profile', '--scenario', 'local-regression', '--seed', String(seed), ...only, '--out', folder, '--json');
  return path.join(onlyFolder(folder), 'boots', '0001-before');
}

describe('a cached boot', () => {
  test.each([1, 2, 3])(
    'of seed %i is that of a fresh machine, also of one on a loaded host',
    {
      timeout: 15 * MINUTES,
    },
    async (seed) => {
      const idle = await oneBoot(seed, 'idle');
      const busy = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);']));
      try {
        const loaded = await oneBoot(seed, 'loaded');
        expect(read<Outcome>(loaded, 'outcome.json').audit?.differences).toEqual([]);
        const records = [idle, loaded].map((boot) => bootOnly(read<BootRecord>(boot, 'record.json')));
        expect(JSON.stringify(records[1])).toBe(JSON.stringify(records[0]));
      } finally {
        for (const child of busy) child.kill('SIGKILL');
      }
    },
  );
});
