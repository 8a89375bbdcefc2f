/** `bench profile`: the options that it refuses for a new profile and for one that continues. The folder is that of real boots. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/model/run.ts';
import { bench as runBench } from '../support/bench.ts';

let cwd: string;
beforeAll(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'bench-profile-resume-'));
  mkdirSync(path.join(cwd, 'begun'));
  await extract({ file: 'test/fixtures/runs/profile-default.tgz', cwd: path.join(cwd, 'begun') });
  // As `--set concurrency=1` would have left it: no scenario file reports it.
  const file = path.join(cwd, 'begun/run.json');
  const run = JSON.parse(readFileSync(file, 'utf8')) as Run;
  writeFileSync(
    file,
    JSON.stringify({ ...run, scenario: { ...run.scenario, concurrency: 1 }, scenarioSha256: '0'.repeat(64) }),
  );
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** On a computer without QEMU: the command fails there unless it refuses earlier. */
const resume = (...options: string[]) =>
  runBench(['profile', '--resume', 'begun', ...options], { cwd, env: { TMPDIR: cwd, HOME: cwd, PATH: '/nowhere' } });

describe('a profile that continues', () => {
  test('takes its settings from its folder, so the user need not repeat them', { timeout: 120_000 }, async () => {
    const { status, stderr } = await resume();
    expect([status, stderr]).toEqual([3, expect.stringMatching(/qemu/i)]);
  });

  test.each([
    [['--set', 'concurrency=2'], '; --set concurrency would change that design.'],
    [['--seed', '99'], '; --seed 99 would change that design.'],
    [['--scenario', 'local-aa'], '; --scenario local-aa would change that design.'],
    [['--item', 'ssh.service'], 'has its items and what-ifs already; --item ssh.service would change them.'],
    [['--what-if', 'skip: a'], "has its items and what-ifs already; --what-if 'skip: a' would change them."],
  ])('with %j fails: it would be another profile', async (options, named) => {
    const { status, stderr } = await resume(...options);
    expect([status, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(named)]);
  });

  test('is no run: `bench run` names the command that continues it', async () => {
    const begun = path.join(cwd, 'begun');
    expect(await runBench(['run', '--resume', './begun'], { cwd, env: { TMPDIR: cwd } })).toEqual({
      status: 2,
      stdout: '',
      stderr: `bench: ${begun} is a profile.\n       Continue it: bench profile --resume ${begun}\n`,
    });
  });
});

test.each([
  [['--dose', '0s'], '--dose 0s: give a duration above 0 with its unit'],
  [['--most-boots', '0'], '--most-boots 0 boots nothing.'],
  [['--what-if', 'skip: a; defer: a'], '--what-if: a is named twice; name it once'],
])('a new profile with %j fails before bench prepares anything', async (options, named) => {
  const place = { cwd, env: { TMPDIR: cwd, HOME: cwd, PATH: '/nowhere' } };
  const { status, stderr } = await runBench(['profile', '--scenario', 'local-deferral', ...options], place);
  expect([status, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(named)]);
});

test('a profile has no shards: merge refuses it and writes nothing', async () => {
  const { status, stderr } = await runBench(['merge', './begun', '--out', './merged'], { cwd, env: { TMPDIR: cwd } });
  expect([status, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining('is a profile, which has no shards.')]);
  expect(existsSync(path.join(cwd, 'merged'))).toBe(false);
});
