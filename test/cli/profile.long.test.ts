import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/model/boot.ts';
import type { GateEffect, Profile, ProfileWhatIf } from '../../src/model/profile.ts';
import type { Run } from '../../src/model/run.ts';
import { bootOnly } from '../support/boot-only.ts';

/**
 * A profile of the main scenario on real virtual machines, and the cache of boots, for which the same boots suffice. The first test that
 * needs a boot makes it. With BENCH_BOOTS set, that folder keeps boots for the next attempt, so that the 15 minutes (on two idle cores)
 * can be split.
 */

const MINUTES = 60_000;
let out: string;
beforeAll(() => {
  out = mkdtempSync(path.join(tmpdir(), 'bench-profile-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

async function bench(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const env = { ...process.env, BENCH_BOOTS: process.env.BENCH_BOOTS || path.join(out, 'boots') };
  return promisify(execFile)(process.execPath, ['dist/bench.js', ...args], { env, maxBuffer: 64 * 2 ** 20 });
}
const onlyFolder = (folder: string): string => path.join(folder, readdirSync(folder)[0] ?? '');
const read = <T>(...file: string[]): T => JSON.parse(readFileSync(path.join(...file), 'utf8')) as T;
const seconds = (us: number | undefined): number => (us ?? Number.NaN) / 1_000_000;

const ASKED = [
  ...['--scenario', 'local-deferral', '--seed', '1'],
  ...[
    'setContainerdUlimits',
    'background-update.service',
    'configureNodeExporter',
    'ssh.service',
    'no-such.service',
  ].flatMap((item) => ['--item', item]),
  ...['skip: setContainerdUlimits', 'mask: background-update.service'].flatMap((text) => ['--what-if', text]),
  ...['--most-boots', '12'],
];

describe('a profile of local-deferral', () => {
  let profile: Profile;
  const at = (metric: string, item: string): GateEffect | undefined =>
    profile.items
      .find((each) => each.item === item)
      ?.doses.find(({ action }) => action === 'sleep')
      ?.gates.find((gate) => gate.metric === metric);
  const brings = (label: string): number => {
    const found: ProfileWhatIf | undefined = profile.whatIfs.find((each) => each.label === label);
    return seconds(found?.gates.find(({ metric }) => metric === 'node.ready')?.shift.estimate);
  };

  test('finds the items that decide, those with slack, and those on the way, and the gain of skipping them', {
    timeout: 30 * MINUTES,
  }, async () => {
    const { stdout } = await bench('profile', ...ASKED, '--out', path.join(out, 'first'), '--json');
    profile = JSON.parse(stdout) as Profile;
    const spread = (metric: string) => seconds(profile.nulls.find((band) => band.metric === metric)?.spreadUs);
    expect(spread('node.ready')).toBeLessThanOrEqual(0.15);
    expect(spread('boot.target')).toBeLessThanOrEqual(0.02);

    const ulimits = at('node.ready', 'task:setContainerdUlimits');
    expect(seconds(ulimits?.slack?.us)).toBeGreaterThan(1.2);
    expect(seconds(ulimits?.slack?.us)).toBeLessThan(1.7);
    expect(ulimits?.absorbedBy[0]).toMatchObject({ during: 'task:cleanUpGPUDrivers' });
    expect(at('node.ready', 'unit:background-update.service')?.share.estimate).toBeGreaterThanOrEqual(0.8);
    const exporter = at('node.ready', 'task:configureNodeExporter');
    expect([exporter?.effect, exporter?.onPathUs]).toEqual(['in-the-way', 0]);
    expect(seconds(exporter?.shift.estimate)).toBeLessThan(-1.2);
    expect(seconds(exporter?.shift.estimate)).toBeGreaterThan(-1.8);
    expect(at('boot.target', 'unit:ssh.service')?.effect).toBe('arrives');
    expect(at('node.ready', 'unit:ssh.service')?.effect).toBe('absorbed');
    expect(profile.items.find(({ item }) => item === 'unit:no-such.service')?.doses[0]).toMatchObject({
      outcome: 'not-delivered',
      gates: [],
    });

    expect(Math.abs(brings('skip: setContainerdUlimits'))).toBeLessThanOrEqual(0.25);
    expect(brings('mask: background-update.service')).toBeLessThan(-1.3);
    expect(brings('mask: background-update.service')).toBeGreaterThan(-1.9);
  });

  test('reuses its boots: a second profile boots only audits, and every record is the same', {
    timeout: 15 * MINUTES,
  }, async () => {
    const { stdout } = await bench('profile', ...ASKED, '--out', path.join(out, 'second'), '--json');
    const again = JSON.parse(stdout) as Profile;
    expect(again.boots).toMatchObject({ made: 2, cached: 10 });
    expect({ ...again, run: '', boots: {} }).toEqual({ ...profile, run: '', boots: {} });
    const [first, second] = ['first', 'second'].map((name) => onlyFolder(path.join(out, name))) as [string, string];
    for (const id of readdirSync(path.join(first, 'boots'))) {
      const records = [first, second].map((folder) => path.join(folder, 'boots', id, 'record.json'));
      const { cached, audit } = read<Outcome>(second, 'boots', id, 'outcome.json');
      const [one, other] = records.map((file) => readFileSync(file, 'utf8')) as [string, string];
      const madeTwice = cached === undefined || read<Outcome>(first, 'boots', id, 'outcome.json').audit !== undefined;
      if (!madeTwice) expect(other).toBe(one);
      else expect(bootOnly(JSON.parse(other))).toEqual(bootOnly(JSON.parse(one)));
      expect(cached !== undefined || audit?.differences.length === 0).toBe(true);
    }
    expect(read<Run>(second, 'run.json').cache).toEqual({ boots: 12, cached: 10, audited: 2, differing: [] });
  });

  test('prints the same from its files, and cannot take part in a comparison', { timeout: MINUTES }, async () => {
    const folder = onlyFolder(path.join(out, 'first'));
    const before = readFileSync(path.join(folder, 'profile.json'), 'utf8');
    rmSync(path.join(folder, 'profile.json'));
    const { stdout } = await bench('profile', folder);
    expect(stdout).toMatch(/configureNodeExporter[\s\S]*in the way/);
    expect(readFileSync(path.join(folder, 'profile.json'), 'utf8')).toBe(before);
    await expect(bench('compare', folder)).rejects.toThrow(/is a profile/);
  });
});
