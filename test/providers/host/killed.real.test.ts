/**
 * A run on a machine that is there, killed after every line of its journal, and at every reboot that it orders. The machine is
 * a stand-in (fake-host.ts): each death costs six reboots, which real machines would make half an hour of.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFolder } from '../../../src/store/run-folder.ts';
import { textFiles } from '../../../tools/text-files.js';
import { scenarioText } from './experiment.ts';
import { type FakeHost, startFakeHost, whyNoHost } from './fake-host.ts';

/** Where packages are found from. */
const DRIVER = path.resolve('node_modules/.cache/bench/host-crash-driver.mjs');
/** Of one block: run-started, for each of two boots starting, over, destroyed, collected; run-ended. */
const LINES = 10;

let home: string;
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'bench-host-killed-'));
  const bundle = { bundle: true, platform: 'node', format: 'esm', packages: 'external', target: 'node20' } as const;
  const entryPoints = ['test/providers/crash-driver.ts'];
  await build({ ...bundle, entryPoints, outfile: DRIVER, logLevel: 'error', plugins: [textFiles] });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** One process of the run; resolves with how it ended. `kill` is given a way to end it. */
function live(machine: FakeHost, folder: string, lines = 0, atReboot?: number): Promise<string> {
  const child = spawn(process.execPath, [DRIVER, JSON.stringify(scenarioText([machine])), folder, String(lines)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const before = machine.reboots();
  machine.onReboot((count) => count - before === atReboot && child.kill('SIGKILL'));
  return new Promise((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? `${code} ${complaint}`.trim())),
  );
}

/** Dies once and goes on; says what is wrong then, which should be nothing. */
async function dieAndGoOn(
  name: string,
  death: { readonly lines?: number; readonly atReboot?: number },
): Promise<string[]> {
  const machine = await startFakeHost();
  const folder = path.join(home, name);
  try {
    const died = await live(machine, folder, death.lines, death.atReboot);
    const done = await runFolder(path.join(folder, 'run')).boots();
    const outcomes = await Promise.all(done.map((id) => runFolder(path.join(folder, 'run')).readOutcome(id)));
    const end = await live(machine, folder);
    const store = runFolder(path.join(folder, 'run'));
    const after = await store.readOutcomes();
    return [
      ...(died === 'SIGKILL' ? [] : [`did not die: ${died}`]),
      ...(end === '0' ? [] : [`did not go on: ${end}`]),
      ...((await store.boots()).length === 2 ? [] : ['outcomes are missing']),
      ...[...outcomes, ...after].filter(({ outcome }) => outcome !== 'booted').map(({ boot }) => `${boot.id} failed`),
      ...(machine.entry() === 'installed' ? [] : [`runs ${machine.entry()}`]),
      ...(machine.left().locked ? ['is still locked'] : []),
      ...(machine.left().next ? ['would boot a variant next'] : []),
    ].map((problem) => `${name}: ${problem}`);
  } finally {
    await machine.stop();
  }
}

test.skipIf(whyNoHost())(
  'killed after any line of its journal, a run goes on, and the machine is put back',
  async () => {
    const limit = pLimit(3);
    const numbers = Array.from({ length: LINES }, (_, index) => index + 1);
    const problems = numbers.map((lines) => limit(() => dieAndGoOn(`line-${lines}`, { lines })));
    expect((await Promise.all(problems)).flat()).toEqual([]);
  },
  900_000,
);

test.skipIf(whyNoHost())(
  'killed at any reboot that it orders, the one that puts the machine back among them, it goes on too',
  async () => {
    const limit = pLimit(3);
    const problems = [1, 2, 3, 4, 5].map((atReboot) => limit(() => dieAndGoOn(`reboot-${atReboot}`, { atReboot })));
    expect((await Promise.all(problems)).flat()).toEqual([]);
  },
  900_000,
);
