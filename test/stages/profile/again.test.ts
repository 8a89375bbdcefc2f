import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { extract } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profileAgain } from '../../../src/stages/profile.ts';
import { record } from '../../../src/stages/record.ts';
import { realProfile } from './real-profile.ts';

/** The run of a real profile, copied without the artifacts of its boots. */
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'profile-again-'));
  await extract({ file: 'test/fixtures/runs/profile-local-deferral.tgz', cwd: folder });
});
afterEach(() => rmSync(folder, { recursive: true }));
const recordFile = (id: string) => path.join(folder, 'boots', id, 'record.json');

describe('bench profile <run> where the artifacts of the boots are missing', () => {
  test('uses the existing records, changes none, and says what is missing', async () => {
    const known = (await realProfile()).profile;
    const before = readFileSync(recordFile('0001-before'), 'utf8');
    const { profile, text } = await profileAgain('.', { cwd: folder });
    expect({ ...profile, warnings: known.warnings }).toEqual(known);
    expect(readFileSync(recordFile('0001-before'), 'utf8')).toBe(before);
    const boots = known.boots.made + known.boots.cached;
    expect(text({ color: false, width: 100 }).replaceAll('\n', ' ')).toContain(
      `Warning: raw/ is missing in ${boots} of ${boots} boots; their record.json was used as it is. Copy the whole run folder to derive them again`,
    );
  }, 60_000);

  test('refuses a boot without a record, and names it', async () => {
    rmSync(recordFile('0003-before'));
    await expect(profileAgain('.', { cwd: folder })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/boots\/0003-before: raw\/ is missing, so its record cannot be derived\.$/),
      hint: 'Copy the whole run folder, with the raw/ folder of every boot.',
    });
  }, 60_000);

  test('bench record refuses to replace a record by an empty one', async () => {
    const before = readFileSync(recordFile('0001-before'), 'utf8');
    const { boots } = await record('.', undefined, { cwd: folder });
    await expect(async () => {
      for await (const _ of boots);
    }).rejects.toThrow(/raw\/ is missing/);
    expect(readFileSync(recordFile('0001-before'), 'utf8')).toBe(before);
  });
});
