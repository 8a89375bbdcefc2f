/** A run whose machines three programs make, killed after every line of its journal: it continues, and no machine remains. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFolder } from '../../../src/store/run-folder.ts';
import { bundled } from '../../../tools/bundled.js';
import { type Cloud, newCloud, scenarioText } from './cloud.ts';

const DRIVER = path.resolve('node_modules/.cache/bench/command-crash-driver.mjs');
/** Of one block: run-started, for each of two boots starting, over, destroyed, collected; run-ended. */
const LINES = Array.from({ length: 10 }, (_, index) => index + 1);

let cloud: Cloud;
beforeAll(async () => {
  cloud = await newCloud();
  await bundled('test/providers/crash-driver.ts', DRIVER);
});
afterAll(() => cloud.close());

/** One process of the run; resolves with how it ended. */
function live(folder: string, lines: number): Promise<string> {
  const child = spawn(process.execPath, [DRIVER, JSON.stringify(scenarioText('', 1)), folder, String(lines)], {
    env: { ...process.env, ...cloud.environment },
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

test('killed after any line of its journal, a run continues, counts no boot twice and leaves no machine', async () => {
  const left: number[] = [];
  for (const lines of LINES) {
    const folder = path.join(cloud.folder, '..', `line-${lines}`);
    mkdirSync(folder);
    expect(await live(folder, lines), `line ${lines}`).toBe('SIGKILL');
    left.push(cloud.machines().length);
    expect(await live(folder, 0), `line ${lines}`).toBe('0');
    expect(cloud.machines(), `line ${lines}`).toEqual([]);
    const outcomes = await runFolder(path.join(folder, 'run')).readOutcomes();
    expect(
      outcomes.map(({ outcome }) => outcome),
      `line ${lines}`,
    ).toEqual(['booted', 'booted']);
  }
  // Some of the kills did leave machines: otherwise the test shows nothing.
  expect(Math.max(...left)).toBeGreaterThan(0);
}, 600_000);
