/**
 * Real machines with sshd and GRUB, or UEFI and systemd-boot, which the provider knows by their addresses alone. Each group
 * starts its own machines and can run alone (`-t`). The run to kill dies here after two lines of its journal, one on each machine; with
 * stand-ins it dies after every line and at every reboot (killed.real.test.ts).
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shellOpener } from '../../../src/guest/shell.ts';
import { ms } from '../../../src/model/units.ts';
import type { RunResult } from '../../../src/stages/run.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { runFolder } from '../../../src/store/run-folder.ts';
import {
  grubMachine,
  type HostMachine,
  knownHostsOf,
  type MachineFiles,
  startMachine,
  uefiMachine,
} from '../../support/host-machine.ts';
import { until } from '../../support/sshd.ts';
import { realTimer as timer } from '../../support/timer.ts';
import { type HostText, runOnHosts } from './experiment.ts';
import { buildDriver, live } from './killed.ts';

const NEVER = new AbortController().signal;
const MINUTES = 60_000;

let home: string;
const started: HostMachine[] = [];

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'bench-host-vm-'));
}, 10 * MINUTES);
afterAll(async () => {
  await Promise.all(started.map((machine) => machine.stop()));
  await rm(home, { recursive: true, force: true });
});

/** One key opens all of them: that of the last group. */
async function machinesNamed(files: MachineFiles, ...names: readonly string[]): Promise<readonly HostMachine[]> {
  await writeFile(path.join(home, 'key'), files.client.privateKey, { mode: 0o600 });
  const machines = await Promise.all(names.map((name) => startMachine(files, path.join(home, name))));
  started.push(...machines);
  await writeFile(path.join(home, 'known_hosts'), knownHostsOf(started));
  return machines;
}

/** GRUB does not report which entry it booted. */
const entries = {
  before: { image: { entry: 'before', verify: '! grep -w bench.slow /proc/cmdline' } },
  after: { image: { entry: 'after', verify: 'grep -w bench.slow /proc/cmdline' } },
};

const text = (hosts: readonly HostMachine[], changes: Partial<HostText> = {}): HostText => ({
  name: 'rack',
  provider: {
    kind: 'host',
    hosts: hosts.map(({ port }) => `root@127.0.0.1:${port}`),
    keyFile: path.join(home, 'key'),
    knownHosts: path.join(home, 'known_hosts'),
  },
  variants: entries,
  blocks: 1,
  reboots: 1,
  ready: { within: '5m' },
  gates: { 'boot.target': {} },
  ...changes,
});

async function ask({ port, files }: HostMachine, script: string): Promise<string> {
  const target = { host: '127.0.0.1', port, user: 'root', privateKey: files.client.privateKey };
  const hostKey = { kind: 'pinned', sha256: files.host.sha256 } as const;
  const shell = await shellOpener(timer)({ ...target, hostKey }, { withinMs: ms(120_000) }, NEVER);
  try {
    return (await shell.run(script, { withinMs: ms(60_000) }, NEVER)).stdout;
  } finally {
    shell.close();
  }
}

/** It runs its old entry again, boots it by default, and no process holds its lock. */
async function expectRestored(machine: HostMachine): Promise<void> {
  const said = await ask(
    machine,
    'cat /proc/cmdline; ls /var/lib/bench-host /sys/firmware/efi/efivars /efi/loader/entries; grub-editenv - list',
  );
  expect(said).toMatch(/root=\/dev\/vda/);
  expect(said).not.toContain('next_entry=before');
  expect(said).not.toContain('next_entry=after');
  expect(said).not.toContain('bench.slow');
  expect(said).not.toMatch(/^lock$/m);
  expect(said).not.toContain('LoaderEntryOneShot');
  expect(said).not.toContain('bench-arguments.conf');
}

/** One boot of each variant; only the second waited for the unit that distinguishes them, which holds under any load. */
function expectBoth({ failures, findings }: RunResult): void {
  expect([...failures]).toEqual([]);
  const waits = findings.records.map(({ boot, spans }) => [
    boot.variant,
    spans.some(({ name }) => name === 'slow.service'),
  ]);
  expect(Object.fromEntries(waits)).toEqual({ before: false, after: true });
}

const secondsSince = (start: number): string => ((performance.now() - start) / 1000).toFixed(0);

describe('two machines that exist already', () => {
  let machines: readonly HostMachine[];
  let result: RunResult;
  const lines: string[] = [];

  beforeAll(async () => {
    machines = await machinesNamed(await grubMachine(home), 'm1', 'm2');
    const start = performance.now();
    result = await runOnHosts({ text: text(machines, { blocks: 6 }), home, say: (line) => lines.push(line) });
    console.log(`24 boots and up to 2 to put back, on two machines: ${secondsSince(start)} s`);
  }, 40 * MINUTES);

  test('show the difference of two boot entries, in both directions', () => {
    expect([...result.failures]).toEqual([]);
    const [gate] = result.findings.comparison.metrics;
    expect(gate).toMatchObject({ metric: 'boot.target', verdict: 'slower', before: { n: 6 }, after: { n: 6 } });
    const differenceUs = gate?.differenceUs?.estimate ?? 0;
    expect(differenceUs).toBeGreaterThan(1.5e6);
    const { samples } = result.findings;
    const turned = compareSamples({ ...samples, baseline: 'after', candidates: ['before'] });
    expect(turned.metrics[0]).toMatchObject({ metric: 'boot.target', verdict: 'faster' });
  });

  test('hold whole blocks: each block has both variants on one machine, and both machines have some', () => {
    const byBlock = new Map<number, Set<string>>();
    for (const { boot, machine } of result.findings.records)
      byBlock.set(boot.block ?? 0, (byBlock.get(boot.block ?? 0) ?? new Set()).add(String(machine.host)));
    expect([...byBlock.values()].map(({ size }) => size)).toEqual(Array(6).fill(1));
    const addresses = machines.map(({ port }) => `127.0.0.1:${port}`);
    expect(new Set([...byBlock.values()].flatMap((hosts) => [...hosts]))).toEqual(new Set(addresses));
    expect(lines.filter((line) => line.includes('switching to'))).toHaveLength(12);
  });

  test('have marks from outside and from inside, and report their loader', () => {
    for (const { events, machine } of result.findings.records) {
      expect(events.map(({ id }) => id)).toEqual(
        expect.arrayContaining([
          'outside.accepted',
          'outside.tcp-open',
          'outside.ssh',
          'kernel.start',
          'target.reached',
        ]),
      );
      expect(machine.loader).toBe('grub');
    }
  });

  test('run their old entries again, and no process holds their locks', async () => {
    await Promise.all(machines.map(expectRestored));
  });
});

describe('a machine with a real loader', () => {
  let machine: HostMachine;
  beforeAll(async () => {
    [machine] = (await machinesNamed(await uefiMachine(home), 'm3')) as [HostMachine];
  });

  test(
    'gets a scenario from bench init, and a check from bench doctor with the keys of an agent',
    async () => {
      const socket = path.join(home, 'agent');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      try {
        const env = { PATH: process.env.PATH, HOME: home, SSH_AUTH_SOCK: socket };
        const added = () => {
          try {
            execFileSync('ssh-add', ['-q', path.join(home, 'key')], { env, stdio: 'ignore' });
            return true;
          } catch {
            return false;
          }
        };
        await until(added, () => 'the agent takes no key');
        await mkdir(path.join(home, '.ssh'), { recursive: true });
        await writeFile(path.join(home, '.ssh/known_hosts'), knownHostsOf(started));
        const bench = async (...args: string[]) =>
          (await promisify(execFile)(process.execPath, [path.resolve('dist/bench.js'), ...args], { cwd: home, env }))
            .stdout;
        const scenario = (await bench('init', '--host', `root@127.0.0.1:${machine.port}`)).trim().split('\n')[0] ?? '';
        // Sshd answers once its boot is that far.
        await ask(machine, 'true');
        const said = await bench('doctor', '--scenario', scenario).catch(
          ({ stdout }: { readonly stdout: string }) => stdout,
        );
        const lines = said.replaceAll(`127.0.0.1:${machine.port}: `, '').replaceAll(/ +/g, ' ').split('\n');
        expect(lines).toEqual(
          expect.arrayContaining([
            'ok login root, root by itself',
            expect.stringMatching(/^ok reboot systemd 252$/),
            expect.stringMatching(/^ok boot id [0-9a-f-]{36}$/),
            expect.stringMatching(/^ok clock \d+ s (behind|ahead)$/),
            'ok lock /var/lib/bench-host can be written',
            'ok loader systemd-boot',
            'ok in use by nobody',
          ]),
        );
        // bench init proposes kernel arguments, and the boot partition of this machine is not mounted.
        const missing = lines.filter((line) => line.startsWith('missing'));
        expect(missing).toEqual([expect.stringMatching(/^missing kernel arguments bootctl finds no boot partition/)]);
      } finally {
        agent.kill();
      }
    },
    10 * MINUTES,
  );

  test(
    'that boots another entry than ordered has failed, by the report of its loader',
    async () => {
      const start = performance.now();
      const variants = { before: { image: { entry: 'before' } }, ghost: { image: { entry: 'ghost' } } };
      const { failures } = await runOnHosts({ text: text([machine], { variants }), home, id: 'ghost' });
      console.log(`a wrong variant, 4 boots: ${secondsSince(start)} s`);
      expect([...failures.values()].map(({ code, message }) => [code, message])).toEqual([
        ['wrong-variant', expect.stringMatching(/did not boot ghost: its loader selected the entry before\.conf\.$/)],
      ]);
      expect(await runFolder(path.join(home, 'ghost')).boots()).toHaveLength(2);
      await expectRestored(machine);
    },
    20 * MINUTES,
  );

  test(
    'boots with other kernel arguments by an entry that bench makes for it and removes again',
    async () => {
      const start = performance.now();
      await ask(machine, 'touch /etc/bench-mount-esp; mount /dev/vda1 /efi; sync');
      const variants = {
        before: { image: { kernelArguments: '' } },
        after: { image: { kernelArguments: 'bench.slow' } },
      };
      expectBoth(await runOnHosts({ text: text([machine], { variants }), home, id: 'arguments' }));
      console.log(`kernel arguments by systemd-boot, 5 boots: ${secondsSince(start)} s`);
      await expectRestored(machine);
    },
    20 * MINUTES,
  );
});

describe('a machine with GRUB', () => {
  test(
    'boots with other kernel arguments by kexec, without loader or firmware',
    async () => {
      const [machine] = (await machinesNamed(await grubMachine(home), 'm4')) as [HostMachine];
      // The program that started the kernel, by the boot protocol of Linux: 7 is GRUB, of which 2 is the version.
      const loader = '/proc/sys/kernel/bootloader_type';
      const grub = String(0x72);
      const verify = `! grep -x ${grub} ${loader}`;
      const variants = {
        before: { image: { kernelArguments: '', verify } },
        after: { image: { kernelArguments: 'bench.slow', verify } },
      };
      const start = performance.now();
      expectBoth(await runOnHosts({ text: text([machine], { variants }), home, id: 'kexec' }));
      console.log(`kernel arguments by kexec, up to 5 boots: ${secondsSince(start)} s`);
      await expectRestored(machine);
    },
    20 * MINUTES,
  );
});

describe('a killed run on a real machine', () => {
  let machines: readonly HostMachine[];
  beforeAll(async () => {
    process.env.BENCH_TEST_WITHIN_MS = String(5 * MINUTES);
    machines = await machinesNamed(await grubMachine(home), 'm5', 'm6');
    await buildDriver();
  });

  test(
    'with a variant on the machine, or with half of the boots done, continues and restores it',
    async () => {
      const start = performance.now();
      const ends = await Promise.all(
        [2, 6].map(async (lines, index) => {
          const machine = machines[index];
          if (!machine) throw new Error('no machine');
          const scenario = text([machine]);
          const folder = path.join(home, `killed-${lines}`);
          const died = await live(scenario, folder, lines).end;
          const held = await ask(machine, 'cat /var/lib/bench-host/lock');
          const done = await live(scenario, folder).end;
          const outcomes = await runFolder(path.join(folder, 'run')).readOutcomes();
          return { died, held, done, outcomes: outcomes.map(({ outcome }) => outcome) };
        }),
      );
      console.log(`two runs killed once each: ${secondsSince(start)} s`);
      for (const { died, held, done, outcomes } of ends) {
        expect(died).toBe('SIGKILL');
        expect(held).toContain('run=crash');
        expect(done).toBe('0');
        expect(outcomes).toEqual(['booted', 'booted']);
      }
      await Promise.all(machines.map(expectRestored));
    },
    30 * MINUTES,
  );
});
