/** What a user has who installs the package: the command, the scenarios and the schemas, without the checkout. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-packed-'));
  mkdirSync(at('elsewhere'));
  // The build is there: packing would build again, under the feet of other tests.
  const packed = npm('pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  const [{ filename = '' } = {}] = JSON.parse(packed) as { filename?: string }[];
  const quietly = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  npm('install', '--global', '--prefix', at('prefix'), ...quietly, at(filename));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const npm = (...args: string[]) => execFileSync('npm', args, { encoding: 'utf8' });

/** As typed in a folder that has nothing of bench. */
const bench = (...args: string[]) =>
  execFileSync(at('prefix/bin/bench'), args, {
    cwd: at('elsewhere'),
    env: { PATH: process.env.PATH ?? '', HOME: folder },
    encoding: 'utf8',
  });

test('the package has the command, the scenarios with what they need, and the schemas, and no more', () => {
  const root = path.dirname(path.dirname(realpathSync(at('prefix/bin/bench'))));
  for (const name of ['dist/schemas/samples.schema.json', 'scenarios/local/lean/quiet.sh', 'LICENSE', 'README.md'])
    expect(existsSync(path.join(root, name)), name).toBe(true);
  for (const name of ['src', 'test', 'tools']) expect(existsSync(path.join(root, name)), name).toBe(false);
});

test('the command works where the checkout is not', () => {
  expect(bench('--help')).toMatch(/^Usage: bench /);
  expect(bench('scenarios')).toMatch(/^local-deferral +\S/m);
  const plan = bench('run', '--scenario', 'local-deferral', '--dry-run', '--seed', '1');
  expect(plan).toMatch(/^local-deferral: 12 boots in 6 blocks, 2 at a time, seed 1\n/);
});
