import { spawn } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFolder } from '../../src/store/run-folder.ts';
import { type Laboratory, laboratory } from '../azure/laboratory.ts';

/** Where packages are found from. */
const DRIVER = path.resolve('node_modules/.cache/bench/crash-driver.mjs');

let lab: Laboratory;
beforeAll(async () => {
  lab = await laboratory();
  const bundle = { bundle: true, platform: 'node', format: 'esm', packages: 'external', target: 'node20' } as const;
  await build({ ...bundle, entryPoints: ['test/azure/crash-driver.ts'], outfile: DRIVER, logLevel: 'error' });
});
afterAll(() => lab.close());

/** One process of the run; resolves with how it ended. */
function drive(runId: string, lines: number): Promise<string> {
  const folder = path.join(lab.folder, runId);
  const child = spawn(process.execPath, [DRIVER, runId, folder, path.join(lab.folder, 'scratch', runId), `${lines}`], {
    env: { ...process.env, ...lab.context().environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  return new Promise((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? `${code} ${complaint}`.trim())),
  );
}

const machinePuts = (runId: string): string[] =>
  lab.endpoint.log
    .filter(({ method, path: at }) => method === 'PUT' && at.includes(`bench-${runId}/`) && /Machines\/[^/]+$/.test(at))
    .map(({ path: at }) => /\d{4}-(before|after)/.exec(at)?.[0] ?? at);

const BOOTS = ['0001-before', '0002-after', '0003-before', '0004-after'];

/** Dies after `lines` lines of the journal, and goes on; says what was wrong, which should be nothing. */
async function dieAndGoOn(lines: number): Promise<string[]> {
  const runId = `crash-${lines}`;
  const folder = runFolder(path.join(lab.folder, runId));
  const problems: string[] = [];
  const end = await drive(runId, lines);
  if (end !== 'SIGKILL') problems.push(`did not die: ${end}`);
  const done = await folder.boots();
  const before = machinePuts(runId).length;
  const again = await drive(runId, 0);
  if (again !== '0') problems.push(`did not go on: ${again}`);
  const repeated = machinePuts(runId).slice(before);
  const twice = done.filter((id) => repeated.includes(id));
  if (twice.length > 0) problems.push(`booted twice: ${twice.join(', ')}`);
  const lost = BOOTS.filter((id) => !done.includes(id) && !repeated.includes(id));
  if (lost.length > 0) problems.push(`never booted: ${lost.join(', ')}`);
  if ((await folder.boots()).join() !== BOOTS.join()) problems.push(`outcomes of ${(await folder.boots()).join(', ')}`);
  const left = lab.endpoint.left().filter((id) => id === `bench-${runId}` || id.includes(`/bench-${runId}/`));
  if (left.length > 0) problems.push(`left behind: ${left.join(', ')}`);
  return problems.map((problem) => `killed after line ${lines}: ${problem}`);
}

describe('a run that is killed', () => {
  test('after any line of its journal goes on: no boot is lost or made twice, and nothing is left in the cloud', async () => {
    expect(await drive('whole', 0)).toBe('0');
    const journal = await runFolder(path.join(lab.folder, 'whole')).readJournal();
    expect(journal.length).toBeGreaterThan(10);
    const limit = pLimit(2);
    const problems = await Promise.all(journal.map((_, index) => limit(() => dieAndGoOn(index + 1))));
    expect(problems.flat()).toEqual([]);
  }, 600_000);
});
