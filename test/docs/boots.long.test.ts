/** The documents' command blocks that boot virtual machines. Numbers differ between machines; the test compares everything else. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allBlocks, looksLike, shown } from './blocks.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'docs-boots-'));
  mkdirSync(path.join(folder, 'bin'));
  for (const name of ['bin/bench', 'bench']) symlinkSync(path.resolve('dist/bench.js'), path.join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const typed = (command: string): string =>
  shown(
    execFileSync('bash', ['-c', `set -o pipefail; ${command}`], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${folder}/bin:${process.env.PATH}`,
        BENCH_CACHE: path.resolve('node_modules/.cache/bench-test'),
        // With a cached boot, the output would mention it.
        BENCH_BOOTS: path.join(folder, 'boots'),
      },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );

const blocks = allBlocks().filter(({ runs }) => runs === 'boots');

test.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))(
  '%s prints what it says',
  (_, block) => {
    for (const { text, printed } of block.commands) {
      const output = typed(text);
      if (!looksLike(printed, output)) expect(output).toBe(printed);
    }
  },
);
