/** For each saved cluster: a dry run accepts the written scenario once the user has supplied what the list requests. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GALLERY } from '../azure/catalogue.ts';

const BENCH = path.resolve('dist/bench.js');
const FIXTURES = path.resolve('test/fixtures/azure/clusters');
const CLUSTERS = readdirSync(FIXTURES).map((file) => path.basename(file, '.json'));

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'init-cluster-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function bench(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env.PATH, HOME: cwd, NO_COLOR: '1', ...environment };
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) =>
    execFile(process.execPath, [BENCH, ...args], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    ),
  );
}

/** A value of the right kind for each variable that the list names. */
const filled = (list: string): Record<string, string> =>
  Object.fromEntries(
    [...list.matchAll(/\bBENCH_[A-Z_]+\b/g)].map(([name]) => {
      if (name.endsWith('_IMAGE'))
        return [name, `${GALLERY}/versions/${name === 'BENCH_BEFORE_IMAGE' ? '1.1.9' : '1.1.10'}`];
      return [name, name.endsWith('_URL') ? 'http://localhost:8080' : 'filled-in'];
    }),
  );

test.each(CLUSTERS)('a dry run accepts the scenario of the cluster %s with the values of its list', async (name) => {
  const init = await bench(['init', '--aks', name, '--from', path.join(FIXTURES, `${name}.json`)]);
  expect(init).toMatchObject({ code: 0, stderr: '' });
  expect(init.stdout.split('\n')[0]).toMatch(/^scenarios\/.+\.yaml$/);
  const scenario = path.basename(init.stdout.split('\n')[0] ?? '', '.yaml');
  const run = ['run', '--scenario', scenario, '--dry-run', '--offline', '--seed', '1'];
  expect(await bench(run, filled(init.stdout))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${scenario}: 40 boots in 20 blocks`),
  });
});
