/**
 * Two real machines with firmware, systemd-boot and sshd, which the provider knows by their addresses alone. All tests share the
 * boots of one run: 6 blocks, two variants by boot entry. (A run that is killed after each line of its journal is shown with
 * stand-ins, in killed.real.test.ts: real ones would take half an hour.)
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shellOpener } from '../../../src/guest/shell.ts';
import { ms } from '../../../src/model/units.ts';
import type { RunResult } from '../../../src/stages/run.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { runFolder } from '../../../src/store/run-folder.ts';
import { type HostMachine, type MachineFiles, machineDisk, startMachine } from '../../support/host-machine.ts';
import { realTimer as timer } from '../../support/timer.ts';
import { type HostText, runOnHosts } from './experiment.ts';

const NEVER = new AbortController().signal;

let home: string;
let files: MachineFiles;
let machines: readonly HostMachine[];
let result: RunResult;
const lines: string[] = [];
let seconds: number;

const text = (hosts: readonly HostMachine[], changes: Partial<HostText> = {}): HostText => ({
  name: 'rack',
  provider: {
    kind: 'host',
    hosts: hosts.map(({ port }) => `root@127.0.0.1:${port}`),
    keyFile: 'key',
    knownHosts: 'known_hosts',
  },
  variants: { before: { image: { entry: 'before' } }, after: { image: { entry: 'after' } } },
  blocks: 6,
  reboots: 1,
  ready: { within: '5m' },
  gates: { 'boot.target': {} },
  ...changes,
});

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'bench-host-vm-'));
  files = await machineDisk(home);
  machines = await Promise.all(['m1', 'm2'].map((name) => startMachine(files, path.join(home, name))));
  await writeFile(path.join(home, 'key'), files.client.privateKey, { mode: 0o600 });
  const known = machines.map(({ port }) => `[127.0.0.1]:${port} ${files.host.publicKey}\n`);
  await writeFile(path.join(home, 'known_hosts'), known.join(''));
  const start = performance.now();
  result = await runOnHosts({ text: text(machines), home, say: (line) => lines.push(line) });
  seconds = (performance.now() - start) / 1000;
}, 40 * 60_000);
afterAll(async () => {
  await Promise.all((machines ?? []).map((machine) => machine.stop()));
  await rm(home, { recursive: true, force: true });
});

const ask = async ({ port }: HostMachine, script: string): Promise<string> => {
  const target = { host: '127.0.0.1', port, user: 'root', privateKey: files.client.privateKey };
  const hostKey = { kind: 'pinned', sha256: files.host.sha256 } as const;
  const shell = await shellOpener(timer)({ ...target, hostKey }, { withinMs: ms(120_000) }, NEVER);
  try {
    return (await shell.run(script, { withinMs: ms(60_000) }, NEVER)).stdout;
  } finally {
    shell.close();
  }
};

test('two machines that are there already tell two boot entries apart, in both directions', async () => {
  console.log(`24 boots and 2 to put back, on two machines: ${seconds.toFixed(0)} s`);
  expect([...result.failures]).toEqual([]);
  const [gate] = result.findings.comparison.metrics;
  expect(gate).toMatchObject({ metric: 'boot.target', verdict: 'slower', before: { n: 6 }, after: { n: 6 } });
  const differenceUs = gate?.differenceUs?.estimate ?? 0;
  expect(differenceUs).toBeGreaterThan(1.5e6);
  const { samples } = result.findings;
  const turned = compareSamples({ ...samples, baseline: 'after', candidates: ['before'] });
  expect(turned.metrics[0]).toMatchObject({ metric: 'boot.target', verdict: 'faster' });
});

test('each block had one machine for both variants, and both machines had blocks', () => {
  const byBlock = new Map<number, Set<string>>();
  for (const { boot, machine } of result.findings.records)
    byBlock.set(boot.block ?? 0, (byBlock.get(boot.block ?? 0) ?? new Set()).add(String(machine.host)));
  expect([...byBlock.values()].map(({ size }) => size)).toEqual(Array(6).fill(1));
  const addresses = machines.map(({ port }) => `127.0.0.1:${port}`);
  expect(new Set([...byBlock.values()].flatMap((hosts) => [...hosts]))).toEqual(new Set(addresses));
  expect(lines.filter((line) => line.includes('switching to'))).toHaveLength(12);
});

test('boots are seen from outside and from inside, firmware and loader with them', () => {
  for (const { events, machine } of result.findings.records) {
    expect(events.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['request.sent', 'outside.accepted', 'outside.ssh', 'kernel.start', 'target.reached']),
    );
    expect(machine.loader).toBe('systemd-boot');
  }
});

test(
  'a loader that takes another entry than it was told is caught by what it says itself',
  async () => {
    const variants = { before: { image: { entry: 'before' } }, ghost: { image: { entry: 'ghost' } } };
    const { failures } = await runOnHosts({
      text: text(machines.slice(0, 1), { variants, blocks: 1 }),
      home,
      id: 'rack-2',
    });
    expect([...failures.values()].map(({ code, message }) => [code, message])).toEqual([
      ['wrong-variant', expect.stringMatching(/is no boot of ghost: its loader took the entry before\.conf\.$/)],
    ]);
    expect(await runFolder(path.join(home, 'rack-2')).boots()).toHaveLength(2);
  },
  20 * 60_000,
);

test(
  'all machines run again what they ran before, and nobody holds them',
  async () => {
    for (const machine of machines) {
      const said = await ask(
        machine,
        'cat /proc/cmdline; ls /var/lib/bench-host; ls /sys/firmware/efi/efivars | grep OneShot',
      );
      expect(said).not.toContain('bench.slow');
      expect(said).not.toMatch(/^lock$/m);
      expect(said).not.toContain('OneShot');
    }
  },
  10 * 60_000,
);
