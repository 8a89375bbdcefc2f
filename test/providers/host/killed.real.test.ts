/**
 * A run on an existing machine, killed after every line of its journal, and at every reboot that it orders. The machine is
 * a stand-in (fake-host.ts): each kill costs six reboots, which would take real machines half an hour.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFolder } from '../../../src/store/run-folder.ts';
import { scenarioText } from './experiment.ts';
import { startFakeHost, whyNoHost } from './fake-host.ts';
import { buildDriver, live } from './killed.ts';

/** Of one block: run-started, for each of two boots starting, over, destroyed, collected; run-ended. */
const LINES = 10;

let home: string;
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'bench-host-killed-'));
  await buildDriver();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Dies once and continues; returns the faults after that, which should be none. */
async function dieAndGoOn(
  name: string,
  death: { readonly lines?: number; readonly atReboot?: number },
): Promise<string[]> {
  const machine = await startFakeHost();
  const folder = path.join(home, name);
  try {
    const text = scenarioText([machine]);
    const first = live(text, folder, death.lines);
    const before = machine.reboots();
    machine.onReboot((count) => count - before === death.atReboot && first.kill());
    const died = await first.end;
    machine.onReboot(() => {});
    const done = await runFolder(path.join(folder, 'run')).boots();
    const outcomes = await Promise.all(done.map((id) => runFolder(path.join(folder, 'run')).readOutcome(id)));
    const { end: ended } = live(text, folder);
    const end = await ended;
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
  'killed after any line of its journal, a run continues and restores the machine',
  async () => {
    const limit = pLimit(3);
    const numbers = Array.from({ length: LINES }, (_, index) => index + 1);
    const problems = numbers.map((lines) => limit(() => dieAndGoOn(`line-${lines}`, { lines })));
    expect((await Promise.all(problems)).flat()).toEqual([]);
  },
  900_000,
);

test.skipIf(whyNoHost())(
  'killed at any reboot that it orders, including the one that restores the machine, it continues too',
  async () => {
    const limit = pLimit(3);
    const problems = [1, 2, 3, 4, 5].map((atReboot) => limit(() => dieAndGoOn(`reboot-${atReboot}`, { atReboot })));
    expect((await Promise.all(problems)).flat()).toEqual([]);
  },
  900_000,
);
