/** Names that every object has, numbers beyond their range, YAML with cycles. */
import { type Attack, check, DISK, type Lab, refused } from '../lab.ts';

const kind = 'names';
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf'];

/** The tests use these two, which differ most. */
const IN_SHORT = NAMES.slice(0, 2);

const SMALL =
  'name: x\nprovider: {kind: qemu}\nvariants:\n  before: {image: {file: a.raw}}\n  after: {image: {file: a.raw}}\n';

const plan = (lab: Lab, text: string, ...more: string[]) => {
  lab.write('a.raw', DISK);
  lab.write('x.yaml', text);
  return lab.bench(['plan', '--scenario', './x.yaml', '--offline', ...more]);
};

/** An attack that must end with exit 2 and name the place. */
const wrong = (name: string, text: string, ...words: readonly (string | RegExp)[]): Attack => ({
  kind,
  name,
  async run(lab) {
    refused(await plan(lab, text), /x\.yaml|image before/, ...words);
  },
});

const settings = (setting: string): Attack => ({
  kind,
  name: `--set ${setting}`,
  async run(lab) {
    refused(await plan(lab, SMALL, '--set', setting), '--set');
  },
});

/** A sample run in which one text replaces another throughout. */
const renamed = (from: string, to: string, command: readonly string[]): Attack => ({
  kind,
  name: `${from} is named ${to} (${command[0]})`,
  async run(lab) {
    lab.sampleRun();
    for (const file of ['run/samples.json', 'run/run.json'])
      lab.write(file, lab.read(file).replaceAll(`"${from}"`, `"${to}"`));
    const { status, stderr } = await lab.bench(command);
    check(status !== 3 && status !== null, `exit ${status}: ${stderr}`);
    check(({} as Record<string, unknown>).polluted === undefined, 'the prototype was changed');
  },
});

const number = (text: string): Attack => ({
  kind,
  name: `a sample of ${text} microseconds`,
  async run(lab) {
    lab.sampleRun();
    lab.write('run/samples.json', lab.read('run/samples.json').replace(/"us": ?[\d.]+/, `"us": ${text}`));
    const { status, stdout, stderr } = await lab.bench(['compare', 'run', '--json']);
    check(status !== 3, `exit ${status}: ${stderr}`);
    check(!/NaN|Infinity/.test(stdout), 'NaN or Infinity is printed');
  },
});

export const names: readonly Attack[] = [
  ...NAMES.flatMap((name) => [
    wrong(`the key ${name}`, `${SMALL}${name}: 1\n`, name),
    wrong(
      `the variant ${name}`,
      SMALL.replace('  after:', `  ${name}:`).replace('before:', 'Before:'),
      /Before|__proto__/,
    ),
    wrong(`a gate ${name}`, `${SMALL}gates: {${name}: {minimumEffect: 5%}}\n`, name),
    wrong(`the metric of ready: ${name}`, `${SMALL}ready: {metric: "${name}"}\n`, name),
    wrong(`an image built from ${name}`, SMALL.replace('{file: a.raw}', `{build: {from: "${name}"}}`), name),
    renamed('after', name, ['report', 'run']),
    renamed('boot.userspace', name, ['compare', 'run']),
    {
      kind,
      name: `a file named ${name}`,
      async run(lab) {
        for (const variant of ['before', 'after'])
          lab.write(`logs/${variant}/${name}/time.txt`, 'Startup finished in 1s (kernel) + 2s (userspace) = 3s\n');
        lab.write(`logs/${name}`, 'nothing');
        const { status, stderr } = await lab.bench(['import', 'logs', '--out', 'out']);
        check(status === 0, stderr);
      },
    } satisfies Attack,
  ]).map((attack, index, all) => ({ ...attack, long: index >= (all.length * IN_SHORT.length) / NAMES.length })),
  wrong('a number beyond its range', `${SMALL}blocks: 1e400\n`, 'number'),
  ...['.nan', '.inf', '-0', '0xFFFFFFFFFF', '9'.repeat(20), '1e3e3'].map((text) =>
    wrong(`${text} blocks`, `${SMALL}blocks: ${text}\n`, 'x.yaml:6:9'),
  ),
  wrong('a merge key', `${SMALL}gates:\n  boot.target: &g {floor: 1ms}\n  boot.kernel: {<<: *g}\n`, '<<'),
  wrong('a tag that makes objects', `${SMALL}controls: !!js/function "function(){}"\n`),
  wrong('a budget __proto__', `${SMALL}budgets: {__proto__: {p90: 5s}}\n`, '__proto__'),
  {
    kind,
    name: 'a mapping with names of the prototype',
    async run(lab) {
      lab.write('n/time.txt', 'Startup finished in 1s (kernel) + 2s (userspace) = 3s\n');
      lab.write('map.yaml', 'variants: {__proto__: ["n*"], constructor: ["m*"]}\n');
      refused(await lab.bench(['import', 'n', '--map', 'map.yaml', '--out', 'out']), 'map.yaml:1:12', '__proto__');
    },
  },
  {
    kind,
    name: 'steps and units with names of the prototype',
    async run(lab) {
      const step = (name: string) => `+ logs_to_events ${name} x\n+ local 'startTime=2026-08-01 07:14:02.000'\n`;
      for (const variant of ['before', 'after']) {
        lab.write(`l/${variant}/n/cluster-provision.log`, NAMES.map(step).join(''));
        lab.write(`l/${variant}/n/analyze-blame.txt`, NAMES.map((name) => `5s ${name}.service\n`).join(''));
      }
      const { status, stderr } = await lab.bench(['import', 'l', '--out', 'out']);
      check(status === 0, stderr);
    },
  },
  wrong('a size beyond its range', SMALL.replace('{kind: qemu}', '{kind: qemu, memory: 9e400G}'), 'size'),
  wrong('a duration beyond its range', `${SMALL}ready: {within: ${'9'.repeat(400)}h}\n`, 'duration'),
  ...['1e400', '9e400', '-1', '1e308', '"x"', 'null', '-0'].map(number),
  wrong('anchors in a cycle', `${SMALL}markers: &m {a: *m}\n`, /alias|anchor/i),
  wrong('a list in itself', `${SMALL}controls: &c [*c]\n`, /alias|anchor/i),
  wrong(
    'a billion laughs',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]`)
      .join('\n')}\n${SMALL}`,
  ),
  wrong('lists within lists', `${SMALL}controls: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`),
  wrong('mappings within mappings', `${SMALL}markers: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}\n`),
  wrong('300,000 keys', `${SMALL}${Array.from({ length: 300_000 }, (_, n) => `k${n}: 1`).join('\n')}\n`, 'MiB'),
  wrong('90,000 keys', `${SMALL}${Array.from({ length: 90_000 }, (_, n) => `k${n}: 1`).join('\n')}\n`),
  wrong('a marker that counts', `${SMALL}markers: {m: {unit: a.service, match: "\\\\pL{1000}{1000}"}}\n`, 'pL{1000}'),
  {
    kind,
    name: 'a marker of a thousand letters',
    async run(lab) {
      const { status, stderr, seconds } = await plan(
        lab,
        `${SMALL}markers: {m: {unit: a.service, match: "\\\\pL{1000}{1}"}}\n`,
      );
      check((status === 0 || status === 2) && seconds < 30, `exit ${status} after ${seconds} s: ${stderr}`);
    },
  },
  ...[
    'name={',
    'name=[',
    'name="',
    "name='",
    '__proto__.x=1',
    'blocks=&a [*a]',
    'name=!!binary x',
    'provider=*x',
    'constructor.prototype.polluted=1',
  ].map(settings),
];
