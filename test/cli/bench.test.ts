import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bench as runBench } from '../support/bench.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'cli-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const bench = (args: readonly string[], env: Record<string, string> = {}) => runBench(args, { cwd, env });

/** Six blocks in which `after` takes longer than `before` by the share `effect`. */
function samples(effect: number, broken: string[] = []) {
  const boots = Array.from({ length: 12 }, (_, i) => {
    const block = Math.floor(i / 2) + 1;
    const variant = i % 2 === 0 ? 'before' : 'after';
    // The deviation from the effect alternates between the blocks: up in one, down in the next.
    const us = (20_000_000 + block * 10_000) * (variant === 'after' ? 1 + effect + 0.001 * (-1) ** block : 1);
    return {
      id: `${i}-${variant}`,
      variant,
      block,
      machine: `m${i}`,
      bootKind: 'first',
      outcome: 'booted',
      broken: variant === 'after' ? broken : [],
      values: { 'boot.target': { us } },
    };
  });
  const metrics = [{ id: 'boot.target', unit: 'us', gate: true, minimumEffect: 0.02, equivalenceMargin: 0.02 }];
  return { schema: 'bench/samples@1', scenario: 'cli', baseline: 'before', candidates: ['after'], metrics, boots };
}

function folderOf(content: unknown, name = 'run'): string {
  mkdirSync(path.join(cwd, name));
  writeFileSync(path.join(cwd, name, 'samples.json'), JSON.stringify(content));
  return name;
}

describe('bench compare', () => {
  test.each([
    ['slower', 0.05, 1],
    ['faster', -0.05, 0],
    ['equivalent', 0, 0],
  ])('%s: the verdict decides the exit code', async (verdict, effect, code) => {
    const { status, stdout, stderr } = await bench(['compare', folderOf(samples(effect)), '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).verdict).toBe(verdict);
    expect(status).toBe(code);
  });

  test('a broken candidate fails, even when it is faster', async () => {
    const { status, stdout } = await bench([
      'compare',
      folderOf(samples(-0.2, ['ssh.service is not active'])),
      '--json',
    ]);
    expect([status, JSON.parse(stdout).verdict]).toEqual([1, 'broken']);
  });

  test('a changed control leaves every gate unjudged: neither passed nor failed, and without a required verdict', async () => {
    const slower = samples(0.2);
    const moved = {
      ...slower,
      metrics: [...slower.metrics, { id: 'boot.kernel', control: true }],
      boots: slower.boots.map((boot) => ({
        ...boot,
        values: { ...boot.values, 'boot.kernel': boot.values['boot.target'] },
      })),
    };
    const folder = folderOf(moved);
    const { status, stdout } = await bench(['compare', folder]);
    expect([status, (await bench(['compare', folder, '--require-verdict'])).status]).toEqual([0, 4]);
    expect(stdout).toContain('SLOWER, UNPROVEN, NO GATE JUDGED');
    expect(JSON.parse((await bench(['compare', folder, '--json'])).stdout)).toMatchObject({
      verdict: 'slower',
      unproven: true,
    });
  });

  test('an inconclusive result succeeds, unless the user requires a verdict', async () => {
    const few = samples(0.05);
    const folder = folderOf({ ...few, boots: few.boots.slice(0, 4) });
    expect((await bench(['compare', folder])).status).toBe(0);
    expect((await bench(['compare', folder, '--require-verdict'])).status).toBe(4);
  });

  test('writes the same bytes every time', async () => {
    const folder = folderOf(samples(0.05));
    const read = () => readFileSync(path.join(cwd, folder, 'comparison.json'), 'utf8');
    const first = [(await bench(['compare', folder])).status, read()];
    expect([(await bench(['compare', folder])).status, read()]).toEqual(first);
    expect((await bench(['compare', folder, '--json'])).stdout).toBe(first[1]);
  });

  test('ignores unknown keys and names them; refuses files that it cannot parse', async () => {
    const known = samples(0.05);
    const more = { ...known, note: 1, boots: known.boots.map((boot) => ({ ...boot, host: 'h1' })) };
    const { status, stdout } = await bench(['compare', folderOf(more), '--json']);
    expect([status, JSON.parse(stdout).warnings]).toEqual([
      1,
      [{ code: 'samples', text: 'Ignored unknown keys of samples.json: boots.host, note.' }],
    ]);
    const twice = { ...known, candidates: ['after', 'before'] };
    expect(await bench(['compare', folderOf(twice, 'twice')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('at candidates: list each candidate once'),
    });
  });

  test('compares two separate runs without blocks, and reports that', async () => {
    const { stdout } = await bench([
      'compare',
      `${folderOf(samples(0), 'old')}:before`,
      `${folderOf(samples(0.05), 'new')}:after`,
      '--json',
    ]);
    const { verdict, blocks, metrics, warnings } = JSON.parse(stdout);
    expect([verdict, blocks]).toEqual(['slower', 0]);
    expect(JSON.stringify([metrics[0].warnings, warnings])).toMatch(/interleaved/);
  });

  test('prints no colour outside a terminal or with NO_COLOR, but does when forced', async () => {
    const folder = folderOf(samples(0.05));
    const coloured = /\u001b\[/;
    expect((await bench(['compare', folder])).stdout).not.toMatch(coloured);
    expect((await bench(['compare', folder], { FORCE_COLOR: '1' })).stdout).toMatch(coloured);
    expect((await bench(['compare', folder], { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toMatch(coloured);
  });

  test('still compares a folder that it cannot write, and reports that', async () => {
    const folder = folderOf(samples(0.05));
    mkdirSync(path.join(cwd, folder, 'comparison.json'));
    const { status, stdout, stderr } = await bench(['compare', folder, '--json']);
    expect([status, JSON.parse(stdout).verdict]).toEqual([1, 'slower']);
    expect(stderr).toMatch(/Could not write .*comparison\.json/);
  });
});

const SMALL = `name: mine
provider: {kind: qemu}
variants:
  {before: {image: {file: a.raw}}, after: {image: {file: b.raw}}}
`;

const AZURE = [
  ...['--scenario', 'flatcar', '--set', 'bootstrap={"kind":"files"}'],
  ...['--before', 'publisher:offer:sku:1.0.0', '--after', 'publisher:offer:sku:1.0.1'],
];

describe('bad input is one clear line and exit code 2', () => {
  const line = /^bench: [^\n]+\n( {7}[^\n]+\n)?$/;
  test.each([
    [
      'an unknown scenario',
      ['run', '--scenario', 'local-defferal'],
      /There is no scenario "local-defferal" \(did you mean "local-deferral"\?\)/,
    ],
    ['no scenario', ['run'], /No scenario given/],
    [
      'a scenario file that is not there',
      ['run', '--scenario', './none.yaml'],
      /The scenario file \.\/none\.yaml does not exist/,
    ],
    [
      'a wrong setting',
      ['run', '--scenario', 'local-aa', '--set', 'provider.timing=wal'],
      /--set provider\.timing: "wal" is not allowed here: virtual, wall/,
    ],
    [
      'an unknown metric',
      ['plan', '--scenario', 'local-aa', '--set', 'ready.metric=boot.targte'],
      /there is no metric "boot\.targte"; did you mean boot\.target\?/,
    ],
    [
      'reboots of first boots',
      ['plan', '--scenario', 'local-aa', '--set', 'reboots=2'],
      /--set reboots: only boot: reboot reboots machines/,
    ],
    [
      'reboots where the provider has none',
      ['plan', ...AZURE, '--set', 'boot=reboot'],
      /--set boot: the azure provider measures first boots only/,
    ],
    [
      'keeping machines where a run deletes them all',
      ['run', ...AZURE, '--keep-machines'],
      /--keep-machines: the azure provider deletes the resource group of the run/,
    ],
    ['a wrong shard', ['run', '--scenario', 'local-aa', '--shard', '5/2'], /--shard 5\/2/],
    ['a shard without a seed', ['run', '--scenario', 'local-aa', '--shard', '1/2'], /--shard 1\/2 needs --seed/],
    ['a shard without blocks', ['run', '--scenario', 'local-aa', '--shard', '7/9'], /there are only 6 blocks/],
    ['a folder without a run', ['compare', '.'], /contains neither samples\.json nor run\.json/],
    ['an unknown run', ['run', '--resume', 'nothing'], /nothing\/run\.json: no such file/],
    [
      'a share without its unit',
      ['plan', '--scenario', 'local-aa', '--sigma', '5'],
      /--sigma 5: give a share with its unit/,
    ],
  ])('%s', async (_, args, message) => {
    const { status, stdout, stderr } = await bench(args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(line);
    expect([status, stdout]).toEqual([2, '']);
  });

  test.each([
    ['malformed YAML', 'name: mine\nvariants: {before: [\n', /^bench: mine\.yaml:\d+:\d+: /],
    [
      'a wrong type',
      `${SMALL}blocks: many\n`,
      /^bench: mine\.yaml:5:9: "many" is a string, but a number is needed here\n/,
    ],
    ['a misspelt key', `${SMALL}blokcs: 3\n`, /^bench: mine\.yaml:5:1: .*blokcs.*blocks/],
    [
      'a digest that YAML takes for a number',
      `${SMALL.replace('a.raw', `a.raw, sha256: ${'0'.repeat(64)}`)}`,
      /sha256|string/,
    ],
  ])('%s in a scenario is named with its place', async (_, text, message) => {
    writeFileSync(path.join(cwd, 'mine.yaml'), text);
    const { status, stdout, stderr } = await bench(['run', '--scenario', './mine.yaml']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(line);
    expect([status, stdout]).toEqual([2, '']);
    expect(readdirSync(cwd)).toEqual(['mine.yaml']);
  });

  test.each([[['rnu']], [['run', '--boot', '3']], [['run', '--boots', 'many']], [['compare']]])(
    '%j: usage',
    async (args) => {
      const { status, stderr } = await bench(args);
      expect(stderr).toMatch(/^error: /);
      expect(status).toBe(2);
    },
  );

  test('names the key of damaged samples', async () => {
    const { status, stderr } = await bench(['compare', folderOf({ ...samples(0), baseline: 7 })]);
    expect(stderr).toMatch(/samples\.json at baseline: /);
    expect(status).toBe(2);
  });
});

describe('bench run', () => {
  test('--dry-run prints the blocks and the minutes, and boots nothing', async () => {
    const { status, stdout } = await bench(['run', '--scenario', 'local-aa', '--dry-run', '--seed', '1']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^local-aa: 12 boots in 6 blocks, 2 at a time, seed 1\nabout \d+ min/);
    expect(stdout.match(/ {2}block +\d+ {2}/g)).toHaveLength(6);
  });

  test('--dry-run counts unmeasured boots: the first boot of each machine that the run reboots', async () => {
    const reboots = ['--set', 'boot=reboot', '--set', 'reboots=2', '--boots', '6'];
    const { stdout } = await bench(['run', '--scenario', 'local-aa', '--dry-run', '--seed', '1', ...reboots]);
    expect(stdout).toMatch(
      /^local-aa: 24 boots in 6 blocks, 2 at a time, seed 1\nabout 15 min of booting \(50 s a boot\)/,
    );
    expect(stdout).toMatch(/block +1 {2}(before|after) \(2 reboots\), (before|after) \(2 reboots\)\n/);
  });

  test('names the missing package and exits with 3 where QEMU is absent and bench cannot install it', async () => {
    const { status, stderr } = await bench(['run', '--scenario', 'local-aa'], { PATH: cwd, BENCH_NO_INSTALL: '1' });
    expect(stderr).toMatch(/apt-get install .*qemu-system-x86/);
    expect(stderr).toMatch(/dnf install .*qemu/);
    expect(status).toBe(3);
  });

  test('a cache folder that bench cannot create is an environment failure', async () => {
    writeFileSync(path.join(cwd, 'file'), '');
    chmodSync(path.join(cwd, 'file'), 0o400);
    const { status, stderr } = await bench(['run', '--scenario', 'local-aa'], {
      BENCH_CACHE: path.join(cwd, 'file/cache'),
      PATH: `${process.env.PATH}:/usr/sbin`,
    });
    expect(stderr).toMatch(/file\/cache/);
    expect(status).toBe(3);
  });
});

describe('bench', () => {
  test('--help names every command and the exit codes', async () => {
    const { status, stdout } = await bench(['--help']);
    expect(status).toBe(0);
    for (const name of [
      'run',
      'plan',
      'record',
      'compare',
      'report',
      'comment',
      'merge',
      'export',
      'trend',
      'alert',
      'doctor',
      'scenarios',
      'init',
      'image',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    }
    expect(stdout).toMatch(/4 inconclusive/);
  });

  test('export prints the run for another program, and names the formats when the user gives none', async () => {
    const folder = folderOf(samples(0.05));
    expect(await bench(['export', folder, '--format', 'csv'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^boot,variant,.*\r\n0-before,before,1,first,booted,0,boot\.target,true,20010000,/),
    });
    const { status, stderr } = await bench(['export', folder, '--format', 'xml']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^bench: --format xml: choose one of perfetto, otlp, csv, junit, benchstat(, [a-z-]+)*\.\n$/,
    );
  });

  test('scenarios lists their names and questions', async () => {
    const { stdout } = await bench(['scenarios']);
    expect(stdout).toMatch(/^local-deferral +\S.*\?/m);
  });

  test('init writes a valid scenario', async () => {
    expect((await bench(['init', 'mine'])).stdout).toBe('scenarios/mine.yaml\n');
    expect((await bench(['plan', '--scenario', 'mine'])).status).toBe(0);
    expect(await bench(['init', 'mine'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/already exists/) });
  });

  test('init --host names the scenario after the machine, and doctor says what prevents a run', async () => {
    expect((await bench(['init', '--host', 'admin@node1.lab:2222'])).stdout).toBe('scenarios/node1-lab-2222.yaml\n');
    expect((await bench(['plan', '--scenario', 'node1-lab-2222'])).status).toBe(0);
    const { status, stdout } = await bench(['doctor', '--scenario', 'node1-lab-2222']);
    expect(status).toBe(3);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/access|known_hosts has no key of node1\.lab \(port 2222\)/);
    expect(await bench(['init', '--host', 'no machine'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--host no machine.*a machine in ssh notation/s),
    });
    expect((await bench(['plan', '--scenario', 'no-machine'])).status).toBe(2);
  });

  test('plan says which effect the boots could find', async () => {
    const { stdout } = await bench(['plan', '--scenario', 'local-aa', '--sigma', '5%', '--effect', '5%']);
    expect(stdout).toMatch(/to detect 5 % in 95 % of runs takes \d+ blocks, \d+ boots/);
  });
});

test('an import names no command to repeat it, because nothing can boot it again', async () => {
  mkdirSync(path.join(cwd, 'node1'));
  writeFileSync(
    path.join(cwd, 'node1', 'analyze.txt'),
    'Startup finished in 2.341s (kernel) + 1.085s (userspace) = 3.426s \ngraphical.target reached after 1.000s in userspace.\n',
  );
  expect(await bench(['import', 'node1', '--out', 'runs'])).toMatchObject({ status: 0 });
  const run = path.join(cwd, 'runs', readdirSync(path.join(cwd, 'runs'))[0] ?? '');
  expect((await bench(['comment', run, '--print'])).stdout).not.toContain('bench run');
  const report = readFileSync(path.join(run, 'report.html'), 'utf8');
  expect(report).not.toContain('bench run --scenario');
  expect(report).toContain('These boots were imported: bench cannot boot them again.');
});
