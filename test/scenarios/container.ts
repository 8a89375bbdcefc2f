/**
 * A node of local-deferral booted in a container: units, scripts and stand-ins as in its image, without the minutes that a
 * virtual machine takes. Not for measuring boots. Only where root may run systemd-nspawn.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { newSshKey } from '../../src/providers/any/ssh-key.ts';
import { buildImage } from '../../src/providers/qemu/image-build.ts';
import { planBuild } from '../../src/providers/qemu/image-plan.ts';
import type { QemuScenario } from '../../src/providers/qemu/scenario.ts';
import { runContext } from '../providers/qemu/lab.ts';

const run = promisify(execFile);
const CACHE = path.resolve('node_modules/.cache/bench-test');

/** The reason why this computer can boot no container; undefined where it can. */
export function whyNoContainer(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/usr/bin/systemd-nspawn')) return 'no systemd-nspawn (Debian: apt install systemd-container)';
  if (!existsSync('/usr/bin/mmdebstrap')) return 'no mmdebstrap (Debian: apt install mmdebstrap)';
  return undefined;
}

/** Unpacks the root file system of a variant as its image has it. The base comes from the cache of images, or from a new build. */
export async function variantTree(scenario: QemuScenario, variant: string, folder: string): Promise<string> {
  const build = scenario.variants[variant]?.image.build;
  if (build === undefined) throw new Error(`variant ${variant} has no build`);
  const plan = await planBuild(variant, build, 'disk', scenario.provider.images, path.resolve('scenarios'));
  await buildImage(plan, runContext({ cacheFolder: CACHE, scratchFolder: folder, scenarioFolder: 'scenarios' }));
  const tree = path.join(folder, variant);
  await mkdir(tree, { recursive: true });
  const base = path.join(CACHE, 'images', plan.base?.key ?? '', 'tree.tar');
  await run('tar', ['-xf', base, '-C', tree, '--numeric-owner', '--xattrs', '--xattrs-include=*']);
  for (const { target, mode, content } of plan.files) {
    const file = path.join(tree, target);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, mode);
  }
  // A machine gets its host key at boot.
  await writeFile(path.join(tree, 'etc/ssh/ssh_host_ed25519_key'), newSshKey('bench').privateKey, { mode: 0o600 });
  return tree;
}

export interface Container {
  /** Output of a command in the container, run as root. */
  sh(command: string): Promise<string>;
  /** Waits until the command succeeds in it. */
  until(command: string, withinMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Key rings, BPF and its own cgroup tree are what runc needs to run a container inside this one. */
export async function bootContainer(tree: string): Promise<Container> {
  const child = spawn(
    'systemd-nspawn',
    [
      ...['--quiet', '--boot', '--directory', tree, '--register=no', '--keep-unit', '--private-network'],
      ...['--console=pipe', '--system-call-filter=keyctl add_key request_key bpf', '--capability=all'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' } },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096);
    });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const leader = await firstProcessOf(child, () => said);
  const sh = async (command: string) => {
    const inside = ['--target', leader, '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd'];
    return (await run('nsenter', [...inside, '--', '/bin/sh', '-c', command], { maxBuffer: 64 * 2 ** 20 })).stdout;
  };
  return {
    sh,
    until: async (command, withinMs) => {
      for (const end = performance.now() + withinMs; ; await delay(200)) {
        if (
          await sh(command).then(
            () => true,
            () => false,
          )
        )
          return;
        if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${command}\n${said}`);
      }
    },
    stop: async () => {
      // Nested containers ignore what systemd asks of them; the name space of processes ends with its first one.
      process.kill(Number(leader), 'SIGKILL');
      await ended;
    },
  };
}

/** systemd in the container, by its process id outside. */
async function firstProcessOf(child: ChildProcess, said: () => string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) break;
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(() => '');
    for (const pid of children.trim().split(' ').filter(Boolean))
      if ((await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'systemd') return pid;
    await delay(100);
  }
  child.kill('SIGKILL');
  throw new Error(`systemd-nspawn did not boot: ${said()}`);
}

export const newFolder = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'bench-node-'));

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** All event files of a booted node, by file name. */
export async function eventFiles(tree: string): Promise<Map<string, string>> {
  const folder = path.join(tree, 'var/log/azure/Microsoft.Azure.Extensions.CustomScript/events');
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const)),
  );
}
