/** What a user gets by installing the package: the command, the scenarios and the schemas, without the checkout. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-packed-'));
  for (const name of ['elsewhere', 'checkout']) mkdirSync(at(name));
  // Packing changes package.json for a moment, and builds: work on a copy, away from other tests.
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'dist', 'scenarios', 'tools'])
    cpSync(name, at('checkout', name), { recursive: true });
  execFileSync(process.execPath, ['tools/package/manifest.js', 'publish'], { cwd: at('checkout') });
  const packed = npm('pack', '--ignore-scripts', '--json', '--pack-destination', folder, at('checkout'));
  const [{ filename = '' } = {}] = JSON.parse(packed) as { filename?: string }[];
  // No registry and an empty cache: the installation would fail if it needed any other package.
  const alone = ['--offline', '--cache', at('cache'), '--no-audit', '--no-fund', '--loglevel=error'];
  npm('install', '--global', '--prefix', at('prefix'), ...alone, at(filename));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const npm = (...args: string[]) => execFileSync('npm', args, { encoding: 'utf8' });
const root = () => path.dirname(path.dirname(realpathSync(at('prefix/bin/bench'))));

/** As a user types it in a folder that contains nothing of bench. */
const bench = (...args: string[]) =>
  execFileSync(at('prefix/bin/bench'), args, {
    cwd: at('elsewhere'),
    env: { PATH: process.env.PATH ?? '', HOME: folder },
    encoding: 'utf8',
  });

// docs: npm install --global bootbench
test('the package has the command, the scenarios with what they need, the schemas and the licences, and nothing else', () => {
  const names = ['dist/schemas/scenario.schema.json', 'scenarios/local/lean/quiet.sh', 'CHANGELOG.md', 'LICENSE'];
  for (const name of [...names, 'README.md']) expect(existsSync(path.join(root(), name)), name).toBe(true);
  for (const name of ['src', 'test', 'tools', 'node_modules', 'dist/.stamp'])
    expect(existsSync(path.join(root(), name)), name).toBe(false);
  expect(readdirSync(at('prefix/lib/node_modules'))).toEqual(['bootbench']);
});

test('installing it fetches nothing else and runs nothing', () => {
  const manifest = JSON.parse(readFileSync(path.join(root(), 'package.json'), 'utf8'));
  expect(Object.keys(manifest).filter((key) => /dependencies$|^scripts$/i.test(key))).toEqual([]);
  expect(manifest).toMatchObject({ bin: { bench: 'dist/bench.js' }, engines: { node: '>=20.19' } });
  expect(manifest.repository.url).toMatch(/^git\+https:.*\.git$/);
});

test('the licence of everything in the bundle comes with it', () => {
  const text = readFileSync(path.join(root(), 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  const own = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies);
  for (const name of own) expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\S+ \\(.+\\)$`, 'm'));
});

test('a Node that is too old gets a message', () => {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '12.22.12' }); require(process.argv[1])`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', pretend, path.join(root(), 'dist/bench.js')], {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/^bench: Node\.js 20\.19 or newer is needed; this is v/);
  expect(status).toBe(3);
});

test('the command works without the checkout', () => {
  expect(bench('--help')).toMatch(/^Usage: bench /);
  expect(bench('--version')).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{12}(\.dirty)?\n$/);
  expect(bench('scenarios')).toMatch(/^local-deferral +\S/m);
  const plan = bench('run', '--scenario', 'local-deferral', '--dry-run', '--seed', '1');
  expect(plan).toMatch(/^local-deferral: 12 boots in 6 blocks, 2 at a time, seed 1\n/);
});

test('every part of the bundle loads without the packages that it bundles', () => {
  const parts = path.join(root(), 'dist/parts');
  const load = `for (const part of process.argv.slice(1)) await import(part)`;
  const files = readdirSync(parts).map((name) => path.join(parts, name));
  const options = { cwd: at('elsewhere'), encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', load, ...files], options);
  expect([status, stderr]).toEqual([0, '']);
});

test('the bundle makes the same report as the sources', () => {
  const run = at('elsewhere/sample');
  cpSync('reports/sample', run, { recursive: true });
  rmSync(path.join(run, 'report.html'));
  bench('report', 'sample');
  expect(readFileSync(path.join(run, 'report.html')).equals(readFileSync('reports/sample/report.html'))).toBe(true);
});
