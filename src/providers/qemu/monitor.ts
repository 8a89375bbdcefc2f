/**
 * Talks to QEMU's monitor (QMP) over its standard input and output, so that there is no socket to name, guard or leave
 * behind. Source: docs/interop/qmp-spec. Answers come in the order of the commands.
 */
import type { ChildProcess } from 'node:child_process';
import { isObject, jsonOrUndefined } from '../../model/json.ts';

export interface Monitor {
  /** The answer to a command. Rejects when QEMU refuses it or ends first. */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /**
   * Why the guest ended, once QEMU has reported it: `guest-reset`, `guest-shutdown`, `guest-panic`, ... `host-disk-full` is our
   * own: on a full disk QEMU would only pause and wait for room.
   */
  shutdownReason(): string | undefined;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: Error) => void;
}

/** Longest line that we accept from QEMU; its answers here are under a kilobyte. */
const LINE_LIMIT = 1024 * 1024;

export function monitorOf(child: ChildProcess): Monitor {
  const waiting: Waiting[] = [];
  let rest = '';
  let reason: string | undefined;
  let closed = false;
  const read = (line: string) => {
    const message = parse(line);
    if (message === undefined) return;
    if ('event' in message) {
      if (message.event === 'SHUTDOWN') reason ??= textAt(message.data, 'reason');
      if (message.event === 'BLOCK_IO_ERROR') {
        reason ??= 'host-disk-full';
        execute('quit').catch(() => {});
      }
      return;
    }
    if ('return' in message) waiting.shift()?.resolve(message.return);
    else if ('error' in message) waiting.shift()?.reject(new Error(textAt(message.error, 'desc') ?? 'refused'));
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-LINE_LIMIT);
    lines.forEach(read);
  });
  child.stdin?.on('error', () => {});
  child.once('close', () => {
    closed = true;
    for (const { reject } of waiting.splice(0)) reject(new Error('QEMU ended'));
  });
  const execute = (command: string, args?: Readonly<Record<string, unknown>>) =>
    new Promise<unknown>((resolve, reject) => {
      if (closed) return reject(new Error('QEMU ended'));
      waiting.push({ resolve, reject });
      child.stdin?.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`);
    });
  // QEMU accepts commands only after this answer to its greeting.
  execute('qmp_capabilities').catch(() => {});
  return { execute, shutdownReason: () => reason };
}

/** The port of this machine's loopback that leads to the guest's SSH, from `info usernet`. */
export async function forwardedPort(monitor: Monitor): Promise<number> {
  const answer = await monitor.execute('human-monitor-command', { 'command-line': 'info usernet' });
  const port = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(String(answer))?.[1];
  if (port === undefined) throw new Error('QEMU named no forwarded port');
  return Number(port);
}

function parse(line: string): Record<string, unknown> | undefined {
  const value = jsonOrUndefined(line);
  return isObject(value) ? value : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}
