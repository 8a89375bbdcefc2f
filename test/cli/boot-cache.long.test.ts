import { execFile, spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootRecord, Outcome } from '../../src/model/boot.ts';
import type { Run } from '../../src/model/run.ts';
import { bootOnly } from '../support/boot-only.ts';

/** The cache of boots with real machines of the lean image: a cached boot must equal a fresh one. */

const MINUTES = 60_000;
let out: string;
beforeAll(() => {
  out = mkdtempSync(path.join(tmpdir(), 'bench-boot-cache-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

async function bench(...args: string[]): Promise<void> {
  const env = { ...process.env, BENCH_BOOTS: path.join(out, 'boots') };
  const run = promisify(execFile)(process.execPath, ['dist/bench.js', ...args], { env, maxBuffer: 64 * 2 ** 20 });
  // Exit code 1: a gate failed, which this test does not check.
  await run.catch((error: { readonly code?: unknown }) => {
    if (error.code !== 1) throw error;
  });
}
const read = <T>(...file: string[]): T => JSON.parse(readFileSync(path.join(...file), 'utf8')) as T;
const onlyFolder = (folder: string): string => path.join(folder, readdirSync(folder)[0] ?? '');

/** One boot of the baseline; where the cache already has it, that boot is the audit. */
async function oneBoot(seed: number, name: string): Promise<string> {
  const folder = path.join(out, `${name}-${seed}`);
  const only = ['--items', '0', '--most-boots', '1'];
  await bench('profile', '--scenario', 'local-regression', '--seed', String(seed), ...only, '--out', folder, '--json');
  return path.join(onlyFolder(folder), 'boots', '0001-before');
}

describe('a cached boot', () => {
  test.each([1, 2, 3])(
    'of seed %i equals that of a fresh machine, even on a loaded host',
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

/** Outcomes of the boots of the only run in `folder`, per variant. */
function outcomesOf(folder: string): Record<'before' | 'after', Outcome[]> {
  const boots = path.join(onlyFolder(folder), 'boots');
  const all = readdirSync(boots).map((id) => read<Outcome>(boots, id, 'outcome.json'));
  const of = (variant: string) => all.filter(({ boot }) => boot.variant === variant);
  return { before: of('before'), after: of('after') };
}

test('after a change to one variant, a run boots only the audits of the other', {
  timeout: 20 * MINUTES,
}, async () => {
  cpSync('scenarios', path.join(out, 'scenarios'), { recursive: true });
  const scenario = path.join(out, 'scenarios', 'local-regression.yaml');
  const run = (name: string) =>
    bench('run', '--scenario', scenario, '--boots', '3', '--seed', '4', '--out', path.join(out, name));
  await run('unchanged');
  appendFileSync(path.join(out, 'scenarios', 'local', 'lean', 'extra-work.sh'), '# A line that does nothing.\n');
  await run('changed');
  const { before, after } = outcomesOf(path.join(out, 'changed'));
  expect(before.every(({ cached, audit }) => cached !== undefined || audit?.differences.length === 0)).toBe(true);
  expect(after.every(({ cached }) => cached === undefined)).toBe(true);
  const made = before.filter(({ cached }) => cached === undefined).length;
  const { cache } = read<Run>(onlyFolder(path.join(out, 'changed')), 'run.json');
  expect(cache).toEqual({ boots: 6, cached: 3 - made, audited: made, differing: [] });
  expect(made).toBeLessThan(2);
});
