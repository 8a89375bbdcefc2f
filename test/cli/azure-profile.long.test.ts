import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dose, Profile } from '../../src/model/profile.ts';

/** A profile of first boots in a cloud of real machines: a boothook brings the drop-ins, and BASH_ENV wraps the steps. */

const MINUTES = 60_000;
/** Emulated machines on a shared computer differ by up to a second, so the dose is longer than usual. */
const DOSE_US = 5_000_000;
const ASKED = [
  ...['--scenario', 'mariner-kata', '--set', 'concurrency=1', '--seed', '1', '--dose', '5s', '--most-boots', '40'],
  ...['setContainerdUlimits', 'kubelet.service'].flatMap((item) => ['--item', item]),
];
let temporary: string;
let ended: { code: number | null; stderr: string };
let folder: string;
let profile: Profile;

beforeAll(async () => {
  temporary = mkdtempSync(path.join(tmpdir(), 'b-'));
  const out = path.join(temporary, 'runs');
  const args = [...ASKED, '--out', out];
  const child = spawn(process.execPath, ['tools/run.js', 'test/azure/cloud.ts', 'profile', ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  ended = { code, stderr };
  folder = path.join(out, readdirSync(out)[0] ?? '');
  profile = read<Profile>('profile.json');
}, 25 * MINUTES);
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const read = <T>(...file: string[]): T => JSON.parse(readFileSync(path.join(folder, ...file), 'utf8')) as T;
const doseOf = (item: string): Dose | undefined => profile.items.find((each) => each.item === item)?.doses[0];

describe('bench profile --scenario mariner-kata, in a cloud of real machines', () => {
  test('ends well, and leaves nothing in the cloud', () => {
    expect(ended.stderr).toContain('left at the endpoint: nothing\nwhat was there before: as it was\n');
    expect(ended.code).toBe(0);
    expect(profile.boots).toMatchObject({ cached: 0, failed: 0, broken: 0 });
  });

  test.each(['task:setContainerdUlimits', 'unit:kubelet.service'])(
    '%s takes its dose, by its own stamps, and the dose arrives',
    (item) => {
      const dose = doseOf(item);
      expect(dose).toMatchObject({ outcome: 'measured', times: 1 });
      expect(Math.abs((dose?.deliveredUs ?? 0) - DOSE_US)).toBeLessThan(500_000);
      const gate = dose?.gates.find(({ metric }) => metric === 'node.ready');
      expect(gate?.share.estimate).toBeGreaterThan(0.5);
      expect(gate?.share.low).toBeLessThan(gate?.share.high ?? 0);
    },
  );
});
