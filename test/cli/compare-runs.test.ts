/** Comparisons of two runs: whatever the names of their folders, and also when the user names one of them twice. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sideNames } from '../../src/stages/derive/side-names.ts';
import { bench as runBench } from '../support/bench.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'bench-two-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const bench = (...args: string[]) => runBench(args, { cwd });

/** Twelve boots of each variant; `after` takes about `seconds`. */
function run(folder: string, seconds: number): void {
  const boots = Array.from({ length: 24 }, (_, i) => {
    const variant = i % 2 === 0 ? 'before' : 'after';
    const us = (variant === 'after' ? seconds : 20) * 1_000_000 * (1 + 0.001 * (i % 5));
    const identity = { id: `${i}-${variant}`, variant, block: Math.floor(i / 2) + 1, machine: `m${i}` };
    return { ...identity, bootKind: 'first', outcome: 'booted', broken: [], values: { 'boot.target': { us } } };
  });
  const metrics = [{ id: 'boot.target', unit: 'us', gate: true, minimumEffect: 0.02, equivalenceMargin: 0.02 }];
  const samples = {
    schema: 'bench/samples@1',
    scenario: 'cli',
    baseline: 'before',
    candidates: ['after'],
    metrics,
    boots,
  };
  mkdirSync(path.join(cwd, folder), { recursive: true });
  writeFileSync(path.join(cwd, folder, 'samples.json'), JSON.stringify(samples));
}

describe('runs in folders with the same name', () => {
  beforeEach(() => {
    run('main/run', 20);
    run('pr/run', 30);
  });

  test('are two sides whose names are the parts where their paths differ, and a slower one fails', async () => {
    const { status, stdout } = await bench('compare', 'main/run', 'pr/run', '--json');
    const { verdict, baseline, candidates, counts, metrics } = JSON.parse(stdout);
    expect([status, verdict, baseline, candidates]).toEqual([1, 'slower', 'after (main/run)', ['after (pr/run)']]);
    expect(counts.map(({ boots }: { boots: number }) => boots)).toEqual([12, 12]);
    expect(metrics[0].ratio.estimate).toBeCloseTo(1.5, 2);
  });

  test('are faster by the same amount in the opposite order', async () => {
    const { status, stdout } = await bench('compare', 'pr/run', 'main/run', '--json');
    expect([status, JSON.parse(stdout).verdict]).toEqual([0, 'faster']);
    expect(JSON.parse(stdout).metrics[0].ratio.estimate).toBeCloseTo(1 / 1.5, 2);
  });

  test('make a separate page with --report', async () => {
    const { status, stdout } = await bench('compare', 'main/run', 'pr/run', '--report');
    expect([status, stdout.split('\n').at(-2)]).toEqual([1, 'report  comparison.html']);
    expect(readFileSync(path.join(cwd, 'comparison.html'), 'utf8')).toContain('after (pr/run)');
    expect((await bench('compare', 'main/run', '--report', '--out', 'page.html')).stdout).toMatch(
      /\nreport {2}page\.html\n$/,
    );
    expect(await bench('compare', 'main/run', '--out', 'page.html')).toMatchObject({ status: 2 });
  });
});

describe('compare refuses the same boots on both sides', () => {
  const refused = async (...sides: string[]) => {
    const { status, stdout, stderr } = await bench('compare', ...sides);
    expect([status, stdout]).toEqual([2, '']);
    return stderr;
  };

  test('when the user names a run twice, by any path', async () => {
    run('main/run', 20);
    symlinkSync(path.join(cwd, 'main/run'), path.join(cwd, 'link'));
    expect(await refused('main/run', 'main/run')).toMatch(
      /main\/run is on both sides: bench cannot compare a run with itself\./,
    );
    expect(await refused('main/run', 'link')).toMatch(/is on both sides/);
    expect(await refused('main/run:before', 'link:before')).toMatch(/is on both sides/);
  });

  test('when one run is a copy of the other', async () => {
    run('main/run', 20);
    cpSync(path.join(cwd, 'main/run'), path.join(cwd, 'copy'), { recursive: true });
    expect(await refused('main/run', 'copy')).toMatch(/hold the same boots/);
    cpSync('reports/sample', path.join(cwd, 'one'), { recursive: true });
    cpSync('reports/sample', path.join(cwd, 'two'), { recursive: true });
    expect(await refused('one', 'two')).toMatch(/hold the same boots/);
  });

  test('but accepts two variants of one run', async () => {
    run('main/run', 30);
    const { status, stdout } = await bench('compare', 'main/run:before', 'main/run:after', '--json');
    expect([status, JSON.parse(stdout).verdict]).toEqual([1, 'slower']);
  });
});

test.each([
  [
    ['a/old', 'a/new'],
    ['old', 'new'],
  ],
  [
    ['main/run', 'pr/run'],
    ['main/run', 'pr/run'],
  ],
  [
    ['run', 'pr/run'],
    ['run', 'pr/run'],
  ],
  [
    ['../main/x/run', '../pr/x/run'],
    ['main/x/run', 'pr/x/run'],
  ],
  [
    ['same', 'same'],
    ['1', '2'],
  ],
  [
    [`${'a'.repeat(60)}/run`, 'b/run'],
    ['1', '2'],
  ],
] as const)('the sides %j get the names %j', (paths, names) => {
  expect(sideNames([paths[0], paths[1]])).toEqual(names);
});
