import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { putInPlace } from '../../tools/package/put-in-place.js';

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-place-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LAST = ['main.mjs', 'bench.js'];
const DAY_MS = 24 * 3_600_000;

/** A build whose program loads one part. */
function built(part: string): string {
  mkdirSync(at('built/parts'), { recursive: true });
  writeFileSync(at('built/main.mjs'), part);
  writeFileSync(at('built/bench.js'), 'main.mjs');
  writeFileSync(at('built/parts', part), part);
  return at('built');
}

const program = () => readFileSync(at('dist', 'main.mjs'), 'utf8');

test('the program is replaced after its parts: if that fails, the old program stays complete', async () => {
  await putInPlace(built('part-a'), at('dist'), { last: LAST });
  // A part that cannot move: something else has its name.
  mkdirSync(at('dist/parts/part-b/inside'), { recursive: true });
  await expect(putInPlace(built('part-b'), at('dist'), { last: LAST })).rejects.toThrow(/part-b/);
  expect([program(), existsSync(at('dist/parts/part-a'))]).toEqual(['part-a', true]);
  rmSync(at('dist/parts/part-b'), { recursive: true });
  await putInPlace(built('part-b'), at('dist'), { last: LAST });
  expect([program(), existsSync(at('dist/parts/part-b'))]).toEqual(['part-b', true]);
});

test('parts of an earlier build stay for a day for running programs, unless the build is to be alone', async () => {
  await putInPlace(built('part-c'), at('dist'), { last: LAST });
  expect(readdirSync(at('dist/parts'))).toContain('part-b');
  await putInPlace(built('part-d'), at('dist'), { last: LAST, nowMs: Date.now() + 2 * DAY_MS });
  expect(readdirSync(at('dist/parts'))).toEqual(['part-d']);
  await putInPlace(built('part-e'), at('dist'), { last: LAST, alone: true });
  expect(readdirSync(at('dist')).sort()).toEqual(['bench.js', 'main.mjs', 'parts']);
  expect(readdirSync(at('dist/parts'))).toEqual(['part-e']);
});
