import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { moveReference } from '../../src/store/scenario-reference.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bench-reference-'));
  file = path.join(folder, 'mine.yaml');
});
afterEach(() => rm(folder, { recursive: true }));

async function moved(text: string, image: unknown) {
  await writeFile(file, text);
  const told = await moveReference(file, image);
  return { told, text: await readFile(file, 'utf8') };
}

const SCENARIO = `# Is it ready as soon as before?
name: mine
variants:                  # the first is the baseline
  before: {image: {file: a.raw}}
  after:  {image: {file: b.raw}}   # tonight's

# only these can fail a build
gates:
  boot.target:    {minimumEffect: 2%,   floor: 50ms}
`;

test('a scenario without a reference gets one below its variants, and nothing else changes', async () => {
  const { told, text } = await moved(SCENARIO, { file: 'b.raw', sha256: 'f'.repeat(64) });
  const line = `reference: {file: b.raw, sha256: ${'f'.repeat(64)}}`;
  expect(told).toEqual({ file, before: undefined, after: line });
  expect(text.split('\n').filter((each) => each !== line)).toEqual(SCENARIO.split('\n'));
  expect(text.split('\n').indexOf(line)).toBeGreaterThan(SCENARIO.split('\n').indexOf('variants:'));
});

test('a new reference replaces the old one in place; its comment and all other bytes remain', async () => {
  const with1 = SCENARIO.replace('# only', 'reference: /old/versions/1   # reviewed in March\n# only');
  const { told, text } = await moved(with1, '/old/versions/2');
  expect(told).toMatchObject({ before: 'reference: /old/versions/1', after: 'reference: /old/versions/2' });
  expect(text).toBe(with1.replace('versions/1', 'versions/2'));
});

test('a reference of several lines becomes one line', async () => {
  const written = SCENARIO.replace('# only', 'reference:\n  file: a.raw\n  sha256: "0"\n# only');
  const { text } = await moved(written, { file: 'b.raw' });
  expect(text).toBe(SCENARIO.replace('# only', 'reference: {file: b.raw}\n# only'));
});

test('a scenario that inherits its variants gets the reference at its end', async () => {
  const { text } = await moved('extends: other\nname: mine', 'a:b:c:1.2.3');
  expect(text).toBe('extends: other\nname: mine\nreference: a:b:c:1.2.3\n');
});
