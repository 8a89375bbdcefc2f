import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Samples } from '../../src/model/samples.ts';
import { GALLERY } from '../azure/catalogue.ts';
import { NODE_GROUP, nodeGroup } from '../azure/cluster.ts';
import { openLab } from '../azure/fleets.ts';
import type { CommandResult, Power } from '../azure/power.ts';
import { realTimer } from '../support/timer.ts';

/** The nightly as it is: five processes of one run, started at once, against one subscription. */

const BENCH = path.resolve('dist/bench.js');
const SHARDS = 5;
const BLOCKS = 10;
const S = 1_000_000;

/** What systemd of a machine says: its own number is in it, so that a value that came from another machine shows. */
const targetUs = (machine: string): number => {
  const [, number = '', variant = ''] = /-(\d{4})-(before|after)/.exec(machine) ?? [];
  return (variant === 'after' ? 40 : 20) * S + Number(number) * 1000;
};

/** All that it is asked: the state of the machine, the stamps of its manager, and its one unit. */
const systemctl = (reachedUs: number): string => `#!/bin/sh
case "$*" in
*is-system-running*) echo running ;;
*--property=*Userspace*) printf 'UserspaceTimestampMonotonic=${S}\\nFinishTimestampMonotonic=${reachedUs}\\n' ;;
*show*) printf 'Id=multi-user.target\\nNames=default.target\\nActiveState=active\\nInactiveExitTimestampMonotonic=${reachedUs}\\nActiveEnterTimestampMonotonic=${reachedUs}\\n' ;;
esac
`;

/** No SSH: the guest agent runs the collecting script, where `systemctl` is that of the machine. */
function agents(folder: string): Power {
  return async ({ name }) => {
    const bin = path.join(folder, `bin-${name}`);
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'systemctl'), systemctl(targetUs(name)));
    chmodSync(path.join(bin, 'systemctl'), 0o755);
    const run = (command: string) =>
      new Promise<CommandResult>((resolve) => {
        const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder };
        execFile('sh', ['-c', command], { env, maxBuffer: 64 * 2 ** 20 }, (error, output) =>
          resolve({ exitCode: Number(error?.code ?? 0), output }),
        );
      });
    return { run, console: () => '', stop: () => undefined };
  };
}

const scenario = `name: nightly
provider:
  kind: azure
  location: westus3
  sizes: [Standard_D4s_v5]
  credentials: environment
  reach: {kind: run-command}
variants:
  before: {image: ${GALLERY}/versions/1.1.9}
  after: {image: ${GALLERY}/versions/1.1.10}
blocks: ${BLOCKS}
concurrency: 2
ready: {metric: boot.target, within: 10m}
gates:
  boot.target: {minimumEffect: 5%, floor: 500ms, equivalenceMargin: 5%}
`;

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

test('five shards that start in one second share nothing, are right, and leave nothing', async () => {
  const lab = await openLab({ timer: realTimer, power: (order) => agents(lab.folder)(order) });
  const file = path.join(lab.folder, 'nightly.yaml');
  writeFileSync(file, scenario);
  const env = {
    ...process.env,
    ...lab.context().environment,
    BENCH_CACHE: path.join(lab.folder, 'cache'),
    NO_COLOR: '1',
  };
  const folderOf = (shard: number) => path.join(lab.folder, `shard-${shard}`);
  const bench = (...args: string[]): Promise<Ended> => {
    const child = spawn(process.execPath, [BENCH, ...args], { env, cwd: lab.folder });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
  };
  const startedMs = performance.now();
  const shards = Array.from({ length: SHARDS }, (_, index) =>
    bench('run', '--scenario', file, '--shard', `${index + 1}/${SHARDS}`, '--seed', '7', '--out', folderOf(index + 1)),
  );
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  const ended = await Promise.all(shards);
  expect(ended.map(({ code, said }) => (code === 0 ? 0 : said))).toEqual(Array(SHARDS).fill(0));
  expect(lab.endpoint.left()).toEqual([]);

  // Each machine was asked for once, in the group of its own shard, whose name stands in that shard's journal alone.
  const machines = lab.endpoint.log.flatMap(({ method, path: at }) =>
    method === 'PUT'
      ? (/resourceGroups\/([^/]+)\/.*virtualMachines\/([^/]+)$/.exec(at)?.slice(1) ?? []).join('/') || []
      : [],
  );
  expect(new Set(machines).size).toBe(2 * BLOCKS);
  expect(machines).toHaveLength(2 * BLOCKS);
  const groups = new Set(machines.map((each) => each.split('/')[0]));
  const runs = Array.from({ length: SHARDS }, (_, index) => onlyRunIn(folderOf(index + 1)));
  expect(runs.map(claimedBy).sort()).toEqual([...groups].sort());

  // Each value is its own machine's; the shards are one run, and its verdict is that of all machines.
  const boots = runs.flatMap((run) => samplesIn(run).boots);
  expect(boots).toHaveLength(2 * BLOCKS);
  for (const { id, values } of boots) expect(values['boot.target']).toMatchObject({ us: targetUs(`b-${id}`) });
  const merged = path.join(lab.folder, 'merged');
  expect(await bench('merge', ...runs, '--out', merged)).toMatchObject({ code: 0 });
  expect(await bench('compare', merged)).toMatchObject({ code: 1, said: expect.stringMatching(/slower/) });
}, 240_000);

function onlyRunIn(out: string): string {
  const runs = readdirSync(out);
  expect(runs).toHaveLength(1);
  return path.join(out, runs[0] ?? '');
}

const claimedBy = (run: string): string | undefined =>
  /"state":"group-claimed","note":"([^"]+)"/.exec(readFileSync(path.join(run, 'journal.jsonl'), 'utf8'))?.[1];

const samplesIn = (run: string) => Samples.parse(JSON.parse(readFileSync(path.join(run, 'samples.json'), 'utf8')));

test('a run of scale sets in the node resource group of a cluster ends with a report, and all else is as it was', async () => {
  const lab = await openLab({ timer: realTimer, power: (order) => agents(lab.folder)(order) });
  const { group, inside } = nodeGroup();
  lab.endpoint.plant(group, inside);
  const before = lab.endpoint.snapshot();
  const file = path.join(lab.folder, 'nightly.yaml');
  writeFileSync(
    file,
    scenario.replace('  reach:', `  machine: scale-set\n  group: {name: ${NODE_GROUP}, existing: true}\n  reach:`),
  );
  const out = path.join(lab.folder, 'runs');
  const env = { ...process.env, ...lab.context().environment, BENCH_CACHE: path.join(lab.folder, 'cache') };
  const args = [BENCH, 'run', '--scenario', file, '--seed', '7', '--boots', '2', '--out', out];
  const code = await new Promise((resolve) =>
    spawn(process.execPath, args, { env, cwd: lab.folder, stdio: 'ignore' }).once('close', resolve),
  );
  expect(code).toBe(0);
  const puts = lab.endpoint.log.filter(({ method, path: at }) => method === 'PUT' && /ScaleSets\/[^/]+$/.test(at));
  expect(puts).toHaveLength(4);
  expect(readdirSync(path.join(out, readdirSync(out)[0] ?? ''))).toContain('report.html');
  expect(lab.endpoint.snapshot()).toEqual(before);
}, 120_000);
