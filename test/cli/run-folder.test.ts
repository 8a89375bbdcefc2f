/** Each run has its own folder, even with concurrent writers, and an interrupted run keeps its options when it continues. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { thisProcess } from '../../src/providers/any/private-folder.ts';
import { bench as runBench } from '../support/bench.ts';

const BENCH = path.resolve('dist/bench.js');

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'bench-folder-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const place = () => ({ cwd, env: { PATH: process.env.PATH ?? '', HOME: cwd, TMPDIR: cwd }, encoding: 'utf8' as const });

const bench = (...args: string[]) => runBench(args, { cwd, env: { TMPDIR: cwd } });

test('imports within the same second get separate folders', async () => {
  cpSync('test/fixtures/collectors/node/finished', path.join(cwd, 'node'), { recursive: true });
  const run = promisify(execFile);
  const imports = [1, 2, 3, 4].map(() => run(process.execPath, [BENCH, 'import', 'node', '--json'], place()));
  const folders = (await Promise.all(imports)).map(({ stdout }) => JSON.parse(stdout).run as string);
  expect(new Set(folders).size).toBe(4);
  for (const folder of folders)
    expect(JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')).id).toBe(path.basename(folder));
});

describe('a run that continues', () => {
  beforeEach(() => cpSync('reports/sample', path.join(cwd, 'sample'), { recursive: true }));

  test('refuses to start while another process works in its folder, and names that process', async () => {
    writeFileSync(path.join(cwd, 'sample/run.lock'), await thisProcess());
    expect(await bench('run', '--resume', './sample')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        `bench: Another process (pid ${process.pid}) is using ${path.join(cwd, 'sample')}.\n` +
        '       Wait for it or stop it, then continue with --resume.\n',
    });
    expect(existsSync(path.join(cwd, 'sample/run.lock'))).toBe(true);
    expect(readdirSync(path.join(cwd, 'sample')).filter((name) => name.startsWith('run.lock'))).toHaveLength(1);
  });

  test.each([
    [['--seed', '99'], '--seed 99'],
    [['--precision', '5%'], '--precision 5%'],
    [['--after', 'other.raw'], '--after'],
    [['--variant', 'after=other.raw'], '--variant after'],
    [['--set', 'concurrency=1', '--aa'], '--aa, --set concurrency'],
    [['--scenario', 'local-aa'], '--scenario local-aa'],
  ])('with %j fails, because it would be another run', async (options, named) => {
    const { status, stderr } = await bench('run', '--resume', './sample', ...options);
    expect([status, stderr.split('\n')[0]]).toEqual([
      2,
      expect.stringContaining(`; ${named} would change that design`),
    ]);
  });
});

test('bench never shortens a run', async () => {
  cpSync('reports/sample', path.join(cwd, 'sample'), { recursive: true });
  const { status, stderr } = await bench('run', '--resume', './sample', '--boots', '2');
  expect([status, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining('--boots 2 would take some away')]);
});

test.each([
  [['--scenario', 'local-deferral'], 'made from another scenario: '],
  [['--scenario', 'local-regression', '--aa'], 'boots the candidate alone: --aa'],
  [['--scenario', 'local-regression', '--resume', './sample'], 'boots the candidate alone: --resume'],
])('run and dry run refuse a baseline that they cannot check against %j', async (options, named) => {
  cpSync('reports/sample', path.join(cwd, 'sample'), { recursive: true });
  for (const dry of [[], ['--dry-run']]) {
    const { status, stderr } = await bench('run', ...options, '--baseline', './sample', ...dry);
    expect([status, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(named)]);
  }
});

test('bench reports a folder that it cannot create, with the option that names another', async () => {
  writeFileSync(path.join(cwd, 'file'), '');
  mkdirSync(path.join(cwd, 'images'));
  const run = await bench('run', '--scenario', 'local-deferral', '--out', 'file');
  expect(run).toMatchObject({ status: 3, stdout: '' });
  expect(run.stderr).toMatch(
    /^bench: Could not make the folder \S+\/file\/local-deferral-\S+: .*\n {7}Choose another folder with --out\.\n$/,
  );
});
