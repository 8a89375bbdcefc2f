/** Profiles of real boots of local-deferral: outcomes and records without raw files. `profile-default*`: of no named items. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { extract } from 'tar';
import { BootRecord, Outcome } from '../../../src/model/boot.ts';
import type { Profile } from '../../../src/model/profile.ts';
import { Run } from '../../../src/model/run.ts';
import { scenarioOf } from '../../../src/stages/derive/findings.ts';
import { profileOf } from '../../../src/stages/profile/derive.ts';
import type { Played } from '../../../src/stages/profile/played.ts';

export interface RealProfile {
  readonly run: Run;
  readonly played: Played[];
  readonly profile: Profile;
}

export async function realProfile(
  name: 'profile-local-deferral' | 'profile-default' | 'profile-default-2' = 'profile-local-deferral',
): Promise<RealProfile> {
  const folder = mkdtempSync(path.join(tmpdir(), 'profile-'));
  try {
    await extract({ file: `test/fixtures/runs/${name}.tgz`, cwd: folder });
    const read = (...file: string[]): unknown => JSON.parse(readFileSync(path.join(folder, ...file), 'utf8'));
    const run = Run.parse(read('run.json'));
    const played = readdirSync(path.join(folder, 'boots'))
      .sort()
      .map((id) => ({
        outcome: Outcome.parse(read('boots', id, 'outcome.json')),
        record: BootRecord.parse(read('boots', id, 'record.json')),
      }));
    return { run, played, profile: profileOf({ run, scenario: scenarioOf(run), played }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
