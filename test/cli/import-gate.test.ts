import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench as runBench } from '../support/bench.ts';

/** Six machines per side, with a systemd that does not log when it reached its default target. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-import-gate-'));
  for (const [variant, kernelMs] of [
    ['before', 9600],
    ['after', 8600],
  ] as const)
    for (const machine of [1, 2, 3, 4, 5, 6]) {
      const [kernel, user] = [kernelMs + machine * 7, 8000 + machine * 11];
      mkdirSync(path.join(folder, 'logs', variant, `node${machine}`), { recursive: true });
      writeFileSync(
        path.join(folder, 'logs', variant, `node${machine}`, 'time.txt'),
        `Startup finished in ${kernel}ms (kernel) + ${user}ms (userspace) = ${kernel + user}ms\n`,
      );
    }
});
afterAll(() => rmSync(folder, { recursive: true }));

const imported = async (...args: string[]) => {
  const { status, stdout, stderr } = await runBench(['import', 'logs', '--json', ...args], { cwd: folder });
  return { status, stderr, ...(JSON.parse(stdout) as { comparison: { verdict: string }; warnings: string[] }) };
};

test('an import of logs without the default target names the events they do show, and how to make one a gate', async () => {
  const { status, comparison, warnings } = await imported();
  expect([status, comparison.verdict]).toEqual([0, 'inconclusive']);
  expect(warnings).toEqual([
    'No boot was timed to boot.target, but 12 of 12 to boot.finish. To judge that, import with --map FILE, and in the file: gates: {boot.finish: {}}.',
  ]);
});

test('an import with a mapping of gates alone takes the variants from the words in the paths', async () => {
  writeFileSync(path.join(folder, 'map.yaml'), 'gates: {boot.finish: {}}\n');
  const { comparison, warnings } = await imported('--map', 'map.yaml');
  expect([comparison.verdict, warnings]).toEqual(['faster', []]);
});
