/**
 * Starts one QEMU process, watches it until the guest reports the end of its boot, and ends it. Its folder holds its output:
 * `console.log` (first serial port), `marker.log` (second), and the overlay if there is one.
 *
 *   spawned -> running -> "bench-ready" on the second serial port -> Machine
 *                 \-> exit | time limit | console without end | stuck | abort -> destroyed, BootFailure
 */
import { watch } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { readText } from '../../files/regular.ts';
import type { Failure, MachineFacts } from '../../model/boot.ts';
import { BootFailure, type Machine, type SshTarget, type Timer } from '../../model/provider.ts';
import type { BootEvent } from '../../model/timeline.ts';
import { type Ms, ms, us } from '../../model/units.ts';
import { killGroup } from '../any/process-group.ts';
import { start } from './command.ts';
import { type BadEnding, type Ending, failureOf, STUCK } from './failure.ts';
import { readReadyLine } from './guest-files.ts';
import { forwardedPort, monitorOf } from './monitor.ts';
import { stuck } from './stuck.ts';

export interface Launch {
  readonly name: string;
  /** Private to this machine; removed with it. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly facts: MachineFacts;
  readonly ssh: Omit<SshTarget, 'host' | 'port'>;
  readonly readyWithinMs: Ms;
  readonly consoleLimitBytes: number;
  /** For machines that boot by firmware, which may spin for ever: give up after this much processor time in one place. */
  readonly stuckAfterMs?: Ms;
  /** The process continues after this one ends, however this one ends. */
  readonly outlives?: boolean;
  /** The timer's reading at the request: zero of the marks. */
  readonly requestedMs: Ms;
  readonly timer: Timer;
}

/** A guest that writes more than this to its console is out of control: a boot with systemd's debug messages takes a quarter. */
export const CONSOLE_LIMIT_BYTES = 16 * 2 ** 20;
/** We keep this much of the console's end: enough for a whole verbose boot. */
const CONSOLE_KEPT = 512 * 1024;
const POLL_MS = 250;

export interface QemuMachine extends Machine {
  /** How its process ended, once it has. */
  readonly ended: Promise<BadEnding>;
  /** Pauses the machine, which then uses no processor time. Does nothing if the machine has ended. */
  pause(): Promise<void>;
  /** Resumes the machine; this process no longer waits for it. */
  release(): Promise<void>;
}

/**
 * Starts the machine and waits for the end of its boot. Rejects with a BootFailure, or with the signal's reason. Keeps the folder
 * of a stuck machine, so that a second start can use the same disk.
 */
export async function launch(what: Launch, signal: AbortSignal): Promise<QemuMachine> {
  const { timer } = what;
  const { folder, environment, outlives } = what;
  const child = start(what.command, { folder, environment, outlives });
  const marks: BootEvent[] = [];
  const mark = (id: string) => marks.push(outsideEvent(id, ms(timer.nowMs() - what.requestedMs)));
  child.once('spawn', () => mark('outside.accepted'));
  const ended = new Promise<BadEnding>((resolve) => {
    child.once('error', (cause) => resolve({ kind: 'not-started', reason: cause.message }));
    child.once('close', (code) => resolve({ kind: 'exit', code, stderr, reason: monitor.shutdownReason() }));
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-8192);
  });
  const monitor = monitorOf(child);
  const consoleText = () => readTail(path.join(what.folder, 'console.log'), CONSOLE_KEPT);
  const kill = async () => {
    killGroup(child, 'SIGKILL');
    await ended;
  };
  const destroy = async () => {
    await kill();
    await rm(what.folder, { recursive: true, force: true }).catch(() => {});
  };
  const guard = new AbortController();
  try {
    const port = portOnceRunning(monitor, () => mark('outside.running'));
    port.catch(() => {});
    const until = AbortSignal.any([guard.signal, signal]);
    const spins = stuck({ monitor, pid: child.pid, afterMs: what.stuckAfterMs }, timer, until);
    const over = await Promise.race([ended, bootOver(what, until), spins]);
    if (over.kind !== 'ready') throw await bootFailure(what, over, marks, await consoleText());
    const facts = { ...what.facts, readyState: over.state, readyUptimeS: over.uptimeS };
    let final: string | undefined;
    return {
      facts,
      marks,
      zeroMs: what.requestedMs,
      ended,
      ssh: { ...what.ssh, host: '127.0.0.1', port: await port },
      console: async () => final ?? consoleText(),
      pause: async () => void (await monitor.execute('stop').catch(() => {})),
      release: async () => {
        await monitor.execute('cont').catch(() => {});
        child.unref();
        for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.destroy();
      },
      destroy: async () => {
        final ??= await consoleText();
        await destroy();
      },
    };
  } catch (cause) {
    await (cause instanceof BootFailure && cause.failure.code === STUCK ? kill() : destroy());
    throw cause;
  } finally {
    guard.abort();
  }
}

async function portOnceRunning(monitor: ReturnType<typeof monitorOf>, running: () => void): Promise<number> {
  await monitor.execute('query-status');
  running();
  return forwardedPort(monitor);
}

/** Ready, past the time limit or past the console limit, whichever comes first. */
async function bootOver(what: Launch, signal: AbortSignal): Promise<Ending> {
  const marker = path.join(what.folder, 'marker.log');
  const deadline = what.requestedMs + what.readyWithinMs;
  let wake = () => {};
  const watcher = watch(what.folder, () => wake());
  watcher.on('error', () => {});
  const aborted = () => wake();
  signal.addEventListener('abort', aborted);
  try {
    for (;;) {
      signal.throwIfAborted();
      const ready = readReadyLine(await readTail(marker, 4096));
      if (ready) return { kind: 'ready', ...ready };
      if (what.timer.nowMs() > deadline) return { kind: 'too-late', withinMs: what.readyWithinMs };
      const written = await stat(path.join(what.folder, 'console.log')).catch(() => undefined);
      if ((written?.size ?? 0) > what.consoleLimitBytes) return { kind: 'flood', bytes: what.consoleLimitBytes };
      await new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timeout);
          resolve();
        };
      });
    }
  } finally {
    signal.removeEventListener('abort', aborted);
    watcher.close();
  }
}

async function bootFailure(
  what: Launch,
  ending: BadEnding,
  marks: readonly BootEvent[],
  consoleText: string,
): Promise<BootFailure> {
  const failure: Failure = failureOf(what.name, ending, consoleText);
  return new BootFailure(failure, { facts: what.facts, marks, console: consoleText });
}

function outsideEvent(id: string, atMs: Ms): BootEvent {
  // This process's timers fire up to a few milliseconds late on a loaded computer.
  const at = { us: us(Math.round(atMs * 1000)), errorUs: us(5000) };
  return { id, clock: 'controller', ...at, evidence: { file: 'outcome.json', line: 0 } };
}

/** The last `limit` bytes of a file, decoded loosely; empty where there is none. */
async function readTail(file: string, limit: number): Promise<string> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return '';
  if (size <= limit) return readText(file).catch(() => '');
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(limit), 0, limit, size - limit);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
