/**
 * Lists the files of the emulator on this computer: those that a paused machine has mapped as code. `ldd` is not enough, because
 * Debian's translator is a module that QEMU loads by itself, and `qemu-system-x86_64` may be a script.
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

/** On an idle computer it is ready in 50 ms. */
const WITHIN_MS = 30_000;
/** It ends in 20 ms on an idle computer. */
const QUIT_WITHIN_MS = 5_000;

/** Devices of the benchmarked machines, if they bring their own code; with `-S` the machine executes nothing. */
const STANDING = [
  ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-m', '64', '-accel', 'tcg', '-S'],
  ...['-netdev', 'user,id=net,restrict=on', '-device', 'virtio-net-pci,netdev=net,romfile='],
  ...['-chardev', 'stdio,id=qmp,signal=off', '-mon', 'chardev=qmp,mode=control'],
];
/**
 * QEMU greets before it loads its modules, and answers afterwards. Without the wait for the answer, one of 60 starts lacked the
 * translator.
 */
const ASK = '{"execute":"qmp_capabilities"}\n';
const ANSWER = '"return"';
const QUIT = '{"execute":"quit"}\n';

/** Sorted. Throws if QEMU does not start, or if we cannot see its process's files (in another container). */
export async function emulatorFiles({ environment, scratchFolder, signal }: EmulatorWorld): Promise<readonly string[]> {
  signal.throwIfAborted();
  const folder = await mkdtemp(path.join(scratchFolder, 'emulator-'));
  // QEMU writes its own process id: a wrapper may have started it as a child.
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
 * Asks the process to end through its pipe, which reaches it everywhere. If a script starts QEMU in another container, a signal
 * reaches only the script. Kills a process that does not react, with all its children.
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

/** Files that the process has mapped as executable, from the text of /proc/<pid>/maps. Memory that belongs to no file has inode 0. */
export const mappedCode = (maps: string): readonly string[] =>
  [
    ...new Set([...maps.matchAll(CODE)].map(([, file = '']) => file).filter((file) => !file.startsWith('/memfd:'))),
  ].sort();
