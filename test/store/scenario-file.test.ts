import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BenchError } from '../../src/model/errors.ts';
import type { Setting } from '../../src/model/scenario.ts';
import { loadScenario } from '../../src/stages/design/scenario.ts';
import { qemuScenario } from '../support/qemu-scenario.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'scenario-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
async function load(name: string, settings: Setting[] = [], environment: Record<string, string> = {}) {
  const loaded = await loadScenario(name, [() => settings], { cwd: folder, scenarioFolders: [folder], environment });
  return { ...loaded, scenario: qemuScenario(loaded.scenario) };
}
async function refusal(name: string, settings: Setting[] = []): Promise<string> {
  const error = await load(name, settings).then(
    () => expect.unreachable('it was accepted'),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(BenchError);
  expect((error as BenchError).kind).toBe('usage');
  return (error as BenchError).message;
}

const SMALL = `# Is it faster?
name: small
provider:
  kind: qemu
variants:
  before: {image: {file: a.qcow2}}
  after: {image: {file: b.qcow2}}
`;

describe('a scenario file', () => {
  test('needs only a name, a provider and variants', async () => {
    write('small.yaml', SMALL);
    const { scenario, question } = await load('small');
    expect(question).toBe('Is it faster?');
    expect(scenario.blocks).toBe(10);
    expect(scenario.ready.metric).toBe('boot.target');
    expect(Object.keys(scenario.variants)).toEqual(['before', 'after']);
    expect(scenario.expect).toEqual([{ failedUnits: 0 }]);
  });

  test('takes durations and shares with units, and keeps them as written for the run', async () => {
    write('small.yaml', `${SMALL}gates:\n  boot.target: {minimumEffect: 1.5%, floor: 1m 30s}\n`);
    const { scenario, document } = await load('small');
    expect(scenario.gates?.['boot.target']).toEqual({
      minimumEffect: 0.015,
      floor: 90_000_000,
      equivalenceMargin: 0.05,
    });
    expect(document.gates).toEqual({ 'boot.target': { minimumEffect: '1.5%', floor: '1m 30s' } });
  });

  test('takes another scenario as its base', async () => {
    write('small.yaml', SMALL);
    write('bigger.yaml', 'extends: small\nname: bigger\nblocks: 20\nprovider: {memory: 2G}\n');
    const { scenario } = await load('bigger');
    expect([scenario.name, scenario.blocks, scenario.provider.memory]).toEqual(['bigger', 20, 2 ** 31]);
    expect(Object.keys(scenario.variants)).toEqual(['before', 'after']);
  });

  test('is overridden from the command line, metric names with dots included', async () => {
    write('small.yaml', `${SMALL}gates:\n  boot.target: {floor: 1s}\n`);
    const { scenario } = await load('small', [
      { path: 'provider.timing', value: 'wall' },
      { path: 'gates.boot.target.floor', value: '2s' },
    ]);
    expect(scenario.provider.timing).toBe('wall');
    expect(scenario.gates?.['boot.target']?.floor).toBe(2_000_000);
  });

  test('reads variables of the environment, with defaults', async () => {
    write('small.yaml', SMALL.replace('a.qcow2', '"${env:IMAGE}"').replace('b.qcow2', '"${env:OTHER:-c.qcow2}"'));
    const { scenario } = await load('small', [], { IMAGE: 'mine.raw' });
    expect(scenario.variants.before?.image.file).toBe('mine.raw');
    expect(scenario.variants.after?.image.file).toBe('c.qcow2');
    expect(await refusal('small')).toBe('small.yaml:6:26: the environment variable IMAGE is not set');
  });

  test('has the same hash for the same content, and another hash for other content', async () => {
    write('small.yaml', SMALL);
    const first = await load('small');
    write('small.yaml', `${SMALL}\n# a comment\n`);
    expect((await load('small')).sha256).toBe(first.sha256);
    expect((await load('small', [{ path: 'blocks', value: '11' }])).sha256).not.toBe(first.sha256);
  });
});

describe('a scenario error takes one line and gives its place:', () => {
  const cases: [string, string, string][] = [
    [
      'an unknown key, with the likely one',
      SMALL.replace('kind: qemu', 'kind: qemu\n  acel: kvm'),
      'small.yaml:5:3: unknown key "acel" (did you mean "accel"?)',
    ],
    [
      'a value that is not allowed',
      SMALL.replace('kind: qemu', 'kind: qemu\n  accel: kmv'),
      'small.yaml:5:10: "kmv" is not allowed here: auto, kvm, tcg (did you mean "kvm"?)',
    ],
    ['a wrong type', `${SMALL}blocks: many\n`, 'small.yaml:8:9: "many" is a string, but a number is needed here'],
    ['a missing key', SMALL.replace('name: small\n', ''), 'small.yaml:2:1: "name" is missing: a string is needed here'],
    [
      'a duration without a unit',
      `${SMALL}ready: {within: "10"}\n`,
      'small.yaml:8:17: "10": a duration with its unit, e.g. 500ms, 1.5s, 15m',
    ],
    [
      'an unknown provider',
      SMALL.replace('qemu', 'quemu'),
      'small.yaml:4:9: "quemu" is not a provider (did you mean "qemu"?)',
    ],
    [
      'six variants',
      SMALL.replace(/ {2}after.*\n/, (after) =>
        'abcde'.replace(/./g, (name) => after.replace('after', `after-${name}`)),
      ),
      'small.yaml:6:3: 1 to 5 variants; the first is the baseline of the others',
    ],
    [
      'an image with two sources',
      SMALL.replace('a.qcow2', `a.qcow2, url: "https://example.org/a", sha256: "${'0'.repeat(64)}"`),
      'small.yaml:6:19: give exactly one of build, file or url',
    ],
    [
      'an expectation of a variant that is not there',
      `${SMALL}expect: [{failedUnits: 0, of: later}]\n`,
      'small.yaml:8:31: "later": one of the variants: before, after',
    ],
    ['a key given twice', `${SMALL}name: again\n`, 'small.yaml:8:1: not valid YAML: Map keys must be unique'],
    [
      'broken YAML',
      `${SMALL}expect: [}\n`,
      'small.yaml:8:10: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['something that is no mapping', '- a\n- b\n', 'small.yaml:1:1: a scenario is a mapping of keys to values'],
  ];
  test.each(cases)('%s', async (_, text, message) => {
    write('small.yaml', text);
    expect(await refusal('small')).toBe(message);
  });

  test('an unknown name, with the nearest one', async () => {
    write('small.yaml', SMALL);
    expect(await refusal('smal')).toBe('There is no scenario "smal" (did you mean "small"?).');
  });

  test('a scenario that extends itself', async () => {
    write('a.yaml', 'extends: b\n');
    write('b.yaml', 'extends: a\n');
    expect(await refusal('a')).toMatch(/extends itself/);
  });

  test('a wrong setting, with its path', async () => {
    write('small.yaml', SMALL);
    expect(await refusal('small', [{ path: 'provider.timing', value: 'wal' }])).toBe(
      '--set provider.timing: "wal" is not allowed here: virtual, wall (did you mean "wall"?)',
    );
  });

  test('aliases that expand exponentially', async () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...[...'bcdefgh'].map((key, i) => `${key}: &${key} [${Array(10).fill(`*${'abcdefg'[i]}`).join(', ')}]`),
    ];
    write('small.yaml', bomb.join('\n'));
    expect(await refusal('small')).toMatch(/alias/i);
  });

  test('more aliases than a user writes', async () => {
    const aliases = Array.from({ length: 20_000 }, (_, n) => `  - &a${n} x\n  - *a${n}`).join('\n');
    write('small.yaml', `${SMALL}controls:\n${aliases}\n`);
    expect(await refusal('small')).toMatch(/^small.yaml:\d+:5: there are more than 100 aliases \(\*\)$/);
  });

  test('very many problems: the first fifty and their total', async () => {
    write('small.yaml', SMALL + Array.from({ length: 60_000 }, (_, n) => `k${n}: 1\n`).join(''));
    const before = process.cpuUsage();
    const message = await refusal('small');
    // Searching from the top for the place of each took 25 s.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10);
    expect(message).toBe('There are 60000 problems; the first 50:');
  });

  test('lists nested beyond the limit of the parser, and a long tag in a short form', async () => {
    write('small.yaml', `${SMALL}x:\n  ${'- '.repeat(20_000)}\n`);
    expect(await refusal('small')).toMatch(/^small.yaml:9:\d+: its lists and mappings are nested too deeply$/);
    write('small.yaml', `${SMALL}x: ${'!!'.repeat(100_000)}\n`);
    expect((await refusal('small')).length).toBeLessThan(300);
  });
});
