/** Runs every command block of the documents in a folder such as its reader has, and compares the output. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf, type Command, pages, pattern, shown } from './blocks.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'docs-'));
  mkdirSync(path.join(folder, 'bin'));
  symlinkSync(path.resolve('dist/bench.js'), path.join(folder, 'bin/bench'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The folder of a reader who follows the page from its top. */
function workplace(name: string): string {
  const place = path.join(folder, name);
  mkdirSync(place, { recursive: true });
  cpSync('reports/sample', path.join(place, 'reports/sample'), { recursive: true });
  cpSync('scenarios/examples', path.join(place, 'scenarios/examples'), { recursive: true });
  cpSync('docs/examples', path.join(place, 'docs/examples'), { recursive: true });
  return place;
}

function typed(command: string, cwd: string): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `set -o pipefail; exec 2>&1\n${command}`], {
    cwd,
    env: { PATH: `${folder}/bin:${path.dirname(process.execPath)}:/usr/bin:/bin:/usr/sbin:/sbin`, HOME: cwd },
    encoding: 'utf8',
    timeout: 60_000,
  });
  // A failed gate is expected; the page has to announce any worse exit code.
  const expected = Number(/# exit code (\d+)$/.exec(command)?.[1] ?? 1);
  if (status !== 0 && status !== expected) throw new Error(`${command}\nended with ${status}:\n${stdout}${stderr}`);
  return shown(stdout);
}

const run = (file: string) => blocksOf(file).filter(({ runs }) => runs === '');

describe.each(pages.filter((file) => run(file).length > 0))('%s', (file) => {
  const blocks = run(file);
  test('prints what it says', () => {
    const cwd = workplace(file.replaceAll('/', '-'));
    const seen = blocks.flatMap(({ line, commands }) =>
      commands.map((command) => ({ line, command, output: typed(command.text, cwd) })),
    );
    if (process.env.BENCH_DOCS === 'update') return rewrite(file, seen);
    for (const { line, command, output } of seen)
      if (!pattern(command.printed).test(output))
        expect(output, `${file}:${line}; BENCH_DOCS=update npx vitest run --project real test/docs mends it`).toBe(
          command.printed,
        );
  });
});

/** Leaves output unchanged if it still matches. */
function rewrite(file: string, seen: readonly { readonly command: Command; readonly output: string }[]): void {
  let text = readFileSync(file, 'utf8');
  for (const { command, output } of seen) {
    if (pattern(command.printed).test(output)) continue;
    const written = (printed: string) => `$ ${command.text}\n${printed === '' ? '' : `${printed}\n`}`;
    text = text.replace(written(command.printed), () => written(output));
  }
  writeFileSync(file, text);
}
