import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootRecord } from '../../src/model/boot.ts';
import type { Profile } from '../../src/model/profile.ts';

/**
 * A profile of reboots on real machines: bench installs the intervention over SSH, the machine reboots, and bench removes it
 * afterwards. `extra-work.service` is on the path to the default target of `after`, by construction.
 */

const MINUTES = 60_000;
let out: string;
let folder: string;
let profile: Profile;
beforeAll(async () => {
  out = mkdtempSync(path.join(tmpdir(), 'bench-reboots-'));
  const of = ['--scenario', 'local-regression', '--of', 'after', '--seed', '1'];
  const items = ['extra-work.service', 'no-such.service'].flatMap((item) => ['--item', item]);
  const more = ['--what-if', 'mask: extra-work.service', '--most-boots', '12', '--set', 'boot=reboot'];
  const args = ['dist/bench.js', 'profile', ...of, ...items, ...more, '--out', out, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 2 ** 20 });
  profile = JSON.parse(stdout) as Profile;
  folder = path.join(out, readdirSync(out)[0] ?? '');
}, 20 * MINUTES);
afterAll(() => rmSync(out, { recursive: true, force: true }));

const doseOf = (item: string) => profile.items.find((each) => each.item === item)?.doses[0];

describe('a profile of reboots', () => {
  test('delays a unit in the measured reboot, and the whole delay arrives', () => {
    const dose = doseOf('unit:extra-work.service');
    expect(dose).toMatchObject({ outcome: 'measured', times: dose?.boots.length });
    expect(Math.abs((dose?.deliveredUs ?? 0) - 2_000_000)).toBeLessThan(100_000);
    const [gate] = dose?.gates ?? [];
    expect([gate?.metric, gate?.effect]).toEqual(['boot.target', 'arrives']);
    expect(Math.abs((gate?.share.estimate ?? 0) - 1)).toBeLessThan(0.2);
  });

  test('skips the items of the what-if, and reports the gain', () => {
    const [tried] = profile.whatIfs;
    expect(tried).toMatchObject({ label: 'mask: extra-work.service', outcome: 'measured', broken: [] });
    expect(tried?.gates[0]?.shift.estimate).toBeLessThan(0);
  });

  test('reports that an item that does not exist got no delay', () => {
    expect(doseOf('unit:no-such.service')).toMatchObject({ outcome: 'not-delivered', gates: [] });
  });

  test('every measured boot is a reboot that ran well', () => {
    expect(profile.boots).toMatchObject({ failed: 0, broken: 0, cached: 0 });
    for (const id of readdirSync(path.join(folder, 'boots'))) {
      const file = path.join(folder, 'boots', id, 'record.json');
      const { boot, outcome } = JSON.parse(readFileSync(file, 'utf8')) as BootRecord;
      expect([boot.bootKind, outcome]).toEqual(['reboot', 'booted']);
    }
  });
});
