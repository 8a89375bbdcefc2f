import { execFile, spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootRecord, Outcome } from '../../src/model/boot.ts';
import type { Run } from '../../src/model/run.ts';
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

test('after a change to one variant, only its boots are made, and an audit', { timeout: 30 * MINUTES }, async () => {
  const scenarios = path.join(out, 'scenarios');
  mkdirSync(scenarios);
  cpSync('scenarios/local-regression.yaml', path.join(scenarios, 'local-regression.yaml'));
  cpSync('scenarios/local', path.join(scenarios, 'local'), { recursive: true });
  const run = async (name: string): Promise<string> => {
    const asked = ['--scenario', path.join(scenarios, 'local-regression.yaml'), '--seed', '1', '--boots', '2'];
    const began = performance.now();
    await bench('run', ...asked, '--out', path.join(out, name));
    console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
    return onlyFolder(path.join(out, name));
  };
  await run('before the change');
  appendFileSync(path.join(scenarios, 'local/lean/extra-work.sh'), '\n: a change\n');
  const folder = await run('after the change');
  const outcomes = readdirSync(path.join(folder, 'boots')).map((id) =>
    read<Outcome>(folder, 'boots', id, 'outcome.json'),
  );
  const made = outcomes.filter(({ cached, audit }) => cached === undefined && audit === undefined);
  expect(made.map(({ boot }) => boot.variant)).toEqual(['after', 'after']);
  expect(outcomes.filter(({ boot }) => boot.variant === 'before')).toHaveLength(2);
  expect(read<Run>(folder, 'run.json').cache?.differing).toEqual([]);
});
