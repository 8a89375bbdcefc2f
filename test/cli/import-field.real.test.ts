/** The command imports real users' files: test/fixtures/field has one folder per case, each with its correct reading. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Expected, wrongWith } from '../support/field-case.ts';

const FOLDER = path.resolve('test/fixtures/field');
const cases = readdirSync(FOLDER).filter((name) => !name.endsWith('.md'));

test('there are cases', () => expect(cases.length).toBeGreaterThanOrEqual(116));

test.each(cases)('%s', (name) => {
  const expected = JSON.parse(readFileSync(path.join(FOLDER, name, 'expected.json'), 'utf8')) as Expected;
  const paths = (expected.import ?? ['.']).map((each) => path.join(FOLDER, name, 'input', each));
  const out = mkdtempSync(path.join(tmpdir(), 'bench-field-'));
  try {
    const { status, stderr } = spawnSync(process.execPath, ['dist/bench.js', 'import', ...paths, '--out', out], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, NO_COLOR: '1' },
    });
    expect(wrongWith(expected, { exitCode: status ?? -1, stderr, out })).toEqual([]);
  } finally {
    rmSync(out, { recursive: true });
  }
});
