/** Images on the command line go to the variants of the scenario, whatever the names of these variants. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bench as runBench } from '../support/bench.ts';
import { qcow2Disk } from '../support/disk-image.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'bench-variants-'));
  for (const name of ['one', 'two', 'three', 'a', 'b', 'c'])
    writeFileSync(path.join(cwd, `${name}.qcow2`), qcow2Disk());
});
afterEach(() => rmSync(cwd, { recursive: true }));

const image = (name: string) => `{image: {file: ${name}.qcow2}}`;
const scenario = (names: readonly string[]) =>
  `name: mine\nprovider: {kind: qemu}\nblocks: 1\nvariants: {${names.map((name, i) => `${name}: ${image('abc'[i] ?? 'a')}`).join(', ')}}\n`;

function bench(variants: readonly string[], ...options: string[]) {
  writeFileSync(path.join(cwd, 'mine.yaml'), scenario(variants));
  return runBench(['plan', '--scenario', './mine.yaml', '--seed', '1', ...options], { cwd });
}

/** The variants that a plan boots, in alphabetical order. */
async function planned(variants: readonly string[], ...options: string[]): Promise<string[]> {
  const { stdout, stderr } = await bench(variants, ...options, '--json');
  expect(stdout, stderr).not.toBe('');
  const { blocks } = JSON.parse(stdout) as { blocks: { boots: { variant: string }[] }[] };
  return blocks.flatMap(({ boots }) => boots.map(({ variant }) => variant)).sort();
}

test('--before and --after are the first and the second variant, whatever their names', async () => {
  expect(await planned(['old', 'new'], '--before', 'one.qcow2', '--after', 'two.qcow2')).toEqual(['new', 'old']);
  expect(await planned(['old', 'new', 'newer'], '--after', 'two.qcow2')).toEqual(['new', 'newer', 'old']);
});

test('--variant names the image of any variant', async () => {
  expect(await planned(['old', 'new', 'newer'], '--variant', 'newer=three.qcow2', '--before', 'one.qcow2')).toEqual([
    'new',
    'newer',
    'old',
  ]);
});

test.each([
  [['--variant', 'newerr=one.qcow2'], 'the scenario has no variant "newerr" (did you mean "newer"?).'],
  [['--variant', 'newer=one.qcow2', '--variant', 'newer=two.qcow2'], 'the variant newer has two images.'],
  [['--after', 'one.qcow2', '--variant', 'new=two.qcow2'], 'the variant new has two images.'],
  [['--aa', '--after', 'one.qcow2'], '--aa compares the baseline with itself, so --after has no effect.'],
])('plan refuses %j', async (options, said) => {
  const { status, stdout, stderr } = await bench(['old', 'new', 'newer'], ...options);
  expect([status, stdout, stderr.split('\n')[0]]).toEqual([2, '', expect.stringContaining(said)]);
});

test('--variant requires an image', async () => {
  expect(await bench(['old', 'new'], '--variant', 'old')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('It takes name=image.'),
  });
});

test('--aa boots the baseline twice, and applies the expectations of the baseline to both', async () => {
  const expectation = '[{failedUnits: 0}, {unit: a.service, is: active, of: new}]';
  expect(await planned(['old', 'new'], '--aa', '--set', `expect=${expectation}`)).toEqual(['old', 'old-again']);
});

test('--only boots one variant, and fails where it has no meaning', async () => {
  expect(await planned(['old', 'new'], '--only', 'new', '--boots', '3')).toEqual(['new', 'new', 'new']);
  const refusals = [
    [['--only', 'nwe'], 'has no variant "nwe" (did you mean "new"?)'],
    [['--only', 'new', '--aa'], '--aa needs two to compare'],
    [['--only', 'new', '--precision', '5%'], '--precision needs two to compare'],
  ] as const;
  for (const [options, words] of refusals) {
    const { status, stderr } = await bench(['old', 'new'], ...options);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
  }
});

test('a scenario may have one variant', async () => {
  expect(await planned(['image'], '--boots', '2')).toEqual(['image', 'image']);
  expect((await bench(['image'], '--precision', '5%')).stderr).toContain(
    'has only one variant, so there is nothing to compare',
  );
});

test('a plan says how many boots each budget needs, and what the planned boots can show', async () => {
  const budgets = 'budgets: {boot.target: {p95: 5s}}\n';
  writeFileSync(path.join(cwd, 'held.yaml'), scenario(['image']) + budgets);
  const plan = (...options: string[]) =>
    runBench(['plan', '--scenario', './held.yaml', '--seed', '1', ...options], { cwd });
  expect((await plan('--boots', '12')).stdout).toContain(
    'budget boot.target, p95 at most 5 s: within needs at least 59 boots; exceeded with at least 3 of 12 over it',
  );
  const {
    budgets: [budget],
  } = JSON.parse((await plan('--boots', '59', '--json')).stdout) as { budgets: unknown[] };
  expect(budget).toMatchObject({ needs: 59, boots: 59, withinUpTo: 0, exceededFrom: 7 });
  writeFileSync(path.join(cwd, 'held.yaml'), scenario(['image']) + budgets.replace('boot.target', 'boots.*'));
  expect((await plan()).stderr).toContain('no metric matches "boots.*"');
});
