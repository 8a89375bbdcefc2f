/**
 * Which files the emulator is made of here: what a machine of it that stands still has mapped as code. Its libraries are not all that
 * `ldd` reports: Debian's translator is a module that QEMU loads by itself; and what is called qemu-system-x86_64 may be a script.
 */
import type { ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ms } from '../../model/units.ts';
import { timeLimit } from '../../net/time-limit.ts';
import { killGroup } from '../any/process-group.ts';
import { QEMU } from './accelerator.ts';
import { start } from './command.ts';

export interface EmulatorWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly scratchFolder: string;
  readonly signal: AbortSignal;
}

/** It stands in 50 ms on an idle computer. */
const WITHIN_MS = 30_000;
/** It ends in 20 ms on an idle computer. */
const QUIT_WITHIN_MS = 5_000;

/** The devices of the machines that are booted, as far as they bring their own code; `-S`: it executes nothing. */
const STANDING = [
  ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-m', '64', '-accel', 'tcg', '-S'],
  ...['-netdev', 'user,id=net,restrict=on', '-device', 'virtio-net-pci,netdev=net,romfile='],
  ...['-chardev', 'stdio,id=qmp,signal=off', '-mon', 'chardev=qmp,mode=control'],
];
/** It greets before its modules are loaded, and answers after: once in sixty starts the translator was missing from what it had mapped. */
const ASK = '{"execute":"qmp_capabilities"}\n';
const ANSWER = '"return"';
const QUIT = '{"execute":"quit"}\n';

/** Sorted. Throws where it does not start, or is not a process whose files can be seen (another container's). */
export async function emulatorFiles({ environment, scratchFolder, signal }: EmulatorWorld): Promise<readonly string[]> {
  signal.throwIfAborted();
  const folder = await mkdtemp(path.join(scratchFolder, 'emulator-'));
  // The process itself says which one it is: a wrapper may have started it as a child.
  const pidFile = path.join(folder, 'pid');
  const child = start([QEMU, ...STANDING, '-pidfile', pidFile], { environment });
  const limit = AbortSignal.any([signal, timeLimit(ms(WITHIN_MS))]);
  const ended = once(child, 'close', { signal: limit });
  const left = once(child, 'exit', { signal: limit });
  for (const each of [ended, left]) each.catch(() => {});
  child.stdin?.on('error', () => {});
  child.stderr?.resume();
  try {
    const tooEarly = left.then(() => Promise.reject(new Error(`${QEMU} ended at once`)));
    child.stdin?.write(ASK);
    if (child.stdout) await Promise.race([answerIn(child.stdout, limit), tooEarly]);
    return await mappedBy(Number(await readFile(pidFile, 'utf8')), pidFile);
  } finally {
    await quit(child, ended);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Whatever was started is asked to end by the pipe that leads to it, wherever it runs: a script that starts it in another container is all
 * that a signal reaches. What does not listen is killed, with all that it started.
 */
async function quit(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.stdin?.end(QUIT);
  const late = new AbortController();
  const patience = delay(QUIT_WITHIN_MS, undefined, { signal: late.signal }).catch(() => {});
  await Promise.race([ended.catch(() => {}), patience]);
  late.abort();
  killGroup(child, 'SIGKILL');
}

async function answerIn(output: Readable, signal: AbortSignal): Promise<void> {
  let said = '';
  for await (const [chunk] of on(output, 'data', { signal })) {
    said += chunk;
    if (said.includes(ANSWER)) return;
  }
}

async function mappedBy(pid: number, pidFile: string): Promise<readonly string[]> {
  const processFolder = `/proc/${pid}`;
  const command = await readFile(path.join(processFolder, 'cmdline'), 'utf8');
  if (!command.includes(pidFile)) throw new Error(`process ${pid} is another one: ${QEMU} runs in another container`);
  return mappedCode(await readFile(path.join(processFolder, 'maps'), 'utf8'));
}

/** `7f0c-7f0d r-xp 00001000 fe:00 1234    /usr/lib/libz.so.1.2.13` */
const CODE = /^\S+ ..x. \S+ \S+ [1-9]\d* +(\/.+)$/gm;

/** Files that are mapped to be executed, from the text of /proc/<pid>/maps. Memory that belongs to no file has inode 0. */
export const mappedCode = (maps: string): readonly string[] =>
  [
    ...new Set([...maps.matchAll(CODE)].map(([, file = '']) => file).filter((file) => !file.startsWith('/memfd:'))),
  ].sort();
