import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measure } from '../../src/metrics/measure.ts';
import type { BootRecord, Outcome } from '../../src/model/boot.ts';
import type { Profile } from '../../src/model/profile.ts';
import { us } from '../../src/model/units.ts';
import { bootsPerDose, nullBand } from '../../src/statistics/profile/shift.ts';

/**
 * A profile in wall time, where boots differ. The spread of four boots without a dose decides how many boots each dose gets, and every
 * share has an interval. `extra-work.service` is on the path to the default target of `after`, by construction.
 */

const MINUTES = 60_000;
const DOSE_US = us(12_000_000);
let out: string;
let folder: string;
let profile: Profile;
beforeAll(async () => {
  out = mkdtempSync(path.join(tmpdir(), 'bench-wall-'));
  const of = ['--scenario', 'local-regression', '--of', 'after', '--set', 'provider.timing=wall', '--seed', '1'];
  const items = ['extra-work.service', 'ssh.service'].flatMap((item) => ['--item', item]);
  const args = [
    'dist/bench.js',
    'profile',
    ...of,
    ...items,
    '--dose',
    '12s',
    '--most-boots',
    '60',
    '--out',
    out,
    '--json',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 2 ** 20 });
  profile = JSON.parse(stdout) as Profile;
  folder = path.join(out, readdirSync(out)[0] ?? '');
}, 40 * MINUTES);
afterAll(() => rmSync(out, { recursive: true, force: true }));

const read = <T>(id: string, file: string): T =>
  JSON.parse(readFileSync(path.join(folder, 'boots', id, file), 'utf8')) as T;
const doseOf = (item: string) => profile.items.find((each) => each.item === item)?.doses[0];

describe('a profile in wall time', () => {
  test('takes nothing from the cache of boots, and every boot is sound', () => {
    expect(profile.timing).toBe('wall');
    expect(profile.boots).toMatchObject({ cached: 0, failed: 0, broken: 0 });
  });

  test('boots each dose as often as the spread of the boots without an intervention requires', () => {
    const bare = readdirSync(path.join(folder, 'boots')).filter(
      (id) => read<Outcome>(id, 'outcome.json').trial?.interventions.length === 0,
    );
    expect(bare.length).toBe(4);
    const ends = bare.flatMap((id) => {
      const measured = measure('boot.target', read<BootRecord>(id, 'record.json'));
      return measured.kind === 'measured' ? [measured.valueUs] : [];
    });
    const { sdUs } = nullBand('boot.target', ends);
    expect(sdUs).toBeGreaterThan(0);
    for (const item of ['unit:extra-work.service', 'unit:ssh.service'])
      expect(doseOf(item)?.boots.length).toBe(bootsPerDose(sdUs, DOSE_US));
  });

  test('the share of the item on the path has an interval that contains the whole dose', () => {
    const dose = doseOf('unit:extra-work.service');
    expect(dose?.outcome).toBe('measured');
    const [gate] = dose?.gates ?? [];
    expect([gate?.metric, gate?.effect]).toEqual(['boot.target', 'arrives']);
    const { low = 0, high = 0, estimate = 0 } = gate?.share ?? {};
    expect(high).toBeGreaterThan(low);
    expect(Math.abs(estimate - 1)).toBeLessThan(Math.max(0.25, (high - low) / 2));
  });
});
