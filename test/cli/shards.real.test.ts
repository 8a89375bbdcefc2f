import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Comparison } from '../../src/model/comparison.ts';
import { Samples } from '../../src/model/samples.ts';
import { GALLERY } from '../azure/catalogue.ts';
import { NODE_GROUP, nodeGroup } from '../azure/cluster.ts';
import { openLab } from '../azure/fleets.ts';
import type { CommandResult, Power } from '../azure/power.ts';
import { realTimer } from '../support/timer.ts';

/** The nightly run as in production: five processes of one run, started at once, against one subscription. */

const BENCH = path.resolve('dist/bench.js');
const SHARDS = 5;
const BLOCKS = 10;
const S = 1_000_000;

/** What systemd of a machine reports: the time contains the machine's number, so that a value from another machine is visible. */
const targetUs = (machine: string): number => {
  const [, number = '', variant = ''] = /-(\d{4})-(before|after)/.exec(machine) ?? [];
  return (variant === 'after' ? 40 : 20) * S + Number(number) * 1000;
};

/** Answers only what bench asks: the state of the machine, the stamps of its manager, and its one unit. */
const systemctl = (reachedUs: number): string => `#!/bin/sh
case "$*" in
*is-system-running*) echo running ;;
*--property=*Userspace*) printf 'UserspaceTimestampMonotonic=${S}\\nFinishTimestampMonotonic=${reachedUs}\\n' ;;
*show*) printf 'Id=multi-user.target\\nNames=default.target\\nActiveState=active\\nInactiveExitTimestampMonotonic=${reachedUs}\\nActiveEnterTimestampMonotonic=${reachedUs}\\n' ;;
esac
`;

/** No SSH: the guest agent runs the collecting script, which sees the machine's own `systemctl` and `/var/log`. */
function agents(folder: string): Power {
  return async ({ name, customData = '' }) => {
    const bin = path.join(folder, `bin-${name}`);
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'systemctl'), systemctl(targetUs(name)));
    chmodSync(path.join(bin, 'systemctl'), 0o755);
    const log = path.join(bin, 'log');
    provision(Buffer.from(customData, 'base64').toString('utf8'), log);
    const rights = userInfo().uid === 0 ? [] : ['--user', '--map-root-user'];
    const inside = ['--mount', 'sh', '-c', 'mount --bind "$1" /var/log && exec sh -c "$2"', 'sh', log];
    const run = (command: string) =>
      new Promise<CommandResult>((resolve) => {
        const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder };
        execFile('unshare', [...rights, ...inside, command], { env, maxBuffer: 64 * 2 ** 20 }, (error, output) =>
          resolve({ exitCode: Number(error?.code ?? 0), output }),
        );
      });
    return { run, console: () => '', stop: () => undefined };
  };
}

/** Runs the steps in the custom data, given as `# step <name> <milliseconds>`; each step leaves only its events. */
function provision(customData: string, log: string): void {
  const events = path.join(log, 'azure/Microsoft.Azure.Extensions.CustomScript/events');
  mkdirSync(events, { recursive: true });
  let atMs = Date.now() - 60_000;
  for (const [, name, tookMs] of customData.matchAll(/^# step (\w+) (\d+)$/gm)) {
    const [start, end] = [atMs, atMs + Number(tookMs)];
    const event = { TaskName: `AKS.CSE.${name}`, Timestamp: stamp(start), OperationId: stamp(end), Version: '1.23' };
    const rest = { EventLevel: 'Informational', Message: `Completed: ${name}`, EventPid: '0', EventTid: '0' };
    writeFileSync(path.join(events, `${start}.json`), JSON.stringify({ ...event, ...rest }));
    atMs = end;
  }
}

/** Local time without a zone, as the agent writes it; this process states the zone. */
function stamp(atMs: number): string {
  const local = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return local.toISOString().replace('T', ' ').slice(0, -1);
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

const OVERWRITTEN = '/opt/azure/containers/provision.sh';

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

test('five shards that start in one second share nothing, give correct values, and leave nothing', async () => {
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

  // Each shard requested each of its machines once, in its own group, and only that shard's journal contains the group's name.
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

  // Each value comes from its own machine; the shards form one run, and its verdict covers all machines.
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

test('scale sets in a node resource group: the run shows the slower step and overwritten files, and changes nothing else', async () => {
  const lab = await openLab({ timer: realTimer, power: (order) => agents(lab.folder)(order) });
  const { group, inside } = nodeGroup();
  lab.endpoint.plant(group, inside);
  const before = lab.endpoint.snapshot();
  const file = path.join(lab.folder, 'nightly.yaml');
  // One step differs. Both variants overwrite the same script, so the image's own version of it is lost.
  const customData = (adminMs: number) =>
    `#cloud-config\n# step ensureSysctl 900\n# step configureAdminUser ${adminMs}\n# step ensureKubelet 500\nwrite_files:\n- path: ${OVERWRITTEN}\n  content: x\n`;
  writeFileSync(path.join(lab.folder, 'before.txt'), customData(700));
  writeFileSync(path.join(lab.folder, 'after.txt'), customData(3700));
  writeFileSync(
    file,
    scenario
      .replace('  reach:', `  machine: scale-set\n  group: {name: ${NODE_GROUP}, existing: true}\n  reach:`)
      .replaceAll(/(before|after): \{/g, '$1: {bootstrap: {kind: files, customData: $1.txt}, '),
  );
  const out = path.join(lab.folder, 'runs');
  const env = { ...process.env, ...lab.context().environment, BENCH_CACHE: path.join(lab.folder, 'cache') };
  const design = ['--scenario', file, '--seed', '7', '--boots', '2'];
  const bench = (...args: string[]) =>
    new Promise<Ended>((resolve) =>
      execFile(process.execPath, [BENCH, ...args], { env, cwd: lab.folder }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), said: stdout + stderr }),
      ),
    );
  const warning = expect.stringMatching(/change under test may be overwritten/);
  expect(await bench('run', ...design, '--dry-run')).toEqual({ code: 0, said: warning });
  expect(await bench('run', ...design, '--out', out)).toEqual({ code: 0, said: warning });
  const puts = lab.endpoint.log.filter(({ method, path: at }) => method === 'PUT' && /ScaleSets\/[^/]+$/.test(at));
  expect(puts).toHaveLength(4);
  const report = readFileSync(path.join(onlyRunIn(out), 'report.html'), 'utf8');
  const { metrics } = JSON.parse(readFileSync(path.join(onlyRunIn(out), 'comparison.json'), 'utf8')) as Comparison;
  const steps = metrics.filter(({ metric }) => metric.startsWith('cse.'));
  expect(Object.fromEntries(steps.map(({ metric, differenceUs }) => [metric, differenceUs?.estimate]))).toEqual({
    'cse.ensureSysctl': 0,
    'cse.configureAdminUser': 3 * S,
    'cse.ensureKubelet': 0,
  });
  expect(report).toContain('configureAdminUser');
  expect(report).toContain(`replaced the same files of the image alike (1, e.g. ${OVERWRITTEN})`);
  expect(lab.endpoint.snapshot()).toEqual(before);
}, 120_000);
