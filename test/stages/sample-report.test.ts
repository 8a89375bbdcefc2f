import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveFromRaw, type Findings, writeFindings } from '../../src/stages/derive/findings.ts';
import { runFolder } from '../../src/store/run-folder.ts';

/** Derives the committed run again from its raw files: real machines, from raw to HTML and comment, byte for byte. */

const SAMPLE = 'reports/sample';
const AGAIN = 'Derive it again and read the difference: ./bench report reports/sample --from-raw';

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

/** The files that no derivation made. */
const isGiven = (file: string): boolean =>
  ['run.json', 'journal.jsonl', 'outcome.json'].includes(path.basename(file)) || /\/raw\//.test(file);

let folder: string;
let findings: Findings;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sample-'));
  for (const file of filesOf(SAMPLE).filter(isGiven)) cpSync(path.join(SAMPLE, file), path.join(folder, file));
  findings = await deriveFromRaw(runFolder(folder));
  await writeFindings(runFolder(folder), findings);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the sample', () => {
  test('has the files that its raw files give, and no other', () => {
    expect(filesOf(SAMPLE), AGAIN).toEqual(filesOf(folder));
  });

  test.each(filesOf(SAMPLE).filter((file) => !isGiven(file)))('%s comes out the same, byte for byte', (file) => {
    const [committed, derived] = [SAMPLE, folder].map((place) => readFileSync(path.join(place, file), 'utf8'));
    expect(derived, AGAIN).toBe(committed);
  });

  test('answers its question: slower, and names the added unit', () => {
    const { comparison } = findings;
    expect(comparison.verdict).toBe('slower');
    const [added] = [...(comparison.attribution[0]?.rows ?? [])].sort((a, b) => b.differenceUs - a.differenceUs);
    expect(added?.item).toBe('unit:extra-work.service');
    expect(findings.records.every(({ outcome }) => outcome === 'booted')).toBe(true);
  });

  test('is small, and names no folder of the machine that made it', () => {
    const bytes = filesOf(SAMPLE).reduce((sum, file) => sum + statSync(path.join(SAMPLE, file)).size, 0);
    expect(bytes).toBeLessThan(5_000_000);
    expect(statSync(path.join(SAMPLE, 'report.html')).size).toBeLessThan(700_000);
    const named = filesOf(SAMPLE).filter((file) =>
      /"\/(?:home|root|tmp|work)\//.test(readFileSync(path.join(SAMPLE, file), 'utf8')),
    );
    expect(named).toEqual([]);
  });
});
