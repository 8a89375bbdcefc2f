/** A lasting login, for callers that change a machine: runs scripts as root, one at a time, each within its time. */
import type { ClientChannel } from 'ssh2';
import { firstLine } from '../model/printable.ts';
import {
  BootFailure,
  type OpenShell,
  type Shell,
  type ShellAnswer,
  type SshTarget,
  type Timer,
} from '../model/provider.ts';
import { type Ms, ms } from '../model/units.ts';
import { type Connection, reach } from './connection.ts';
import { collectFailure, GuestFailure, runsNoCommand, sudoRefused } from './failure.ts';

/** One attempt to log in; an emulated machine needs seconds for its handshake alone. */
const ATTEMPT_WITHIN = ms(30_000);
/** Limit of each stream. */
const KEPT_CHARACTERS = 256 * 1024;

export const shellOpener =
  (timer: Timer): OpenShell =>
  async (target, { withinMs }, signal) => {
    const limits = { reachWithinMs: withinMs, attemptWithinMs: ATTEMPT_WITHIN };
    const connection = await asBootFailure(reach(target, limits, timer, signal));
    return shellOver(connection, target, timer);
  };

const shellOver = (connection: Connection, { user }: SshTarget, timer: Timer): Shell => ({
  lost: connection.lost,
  close: () => connection.close(),
  run: async (script, { withinMs }, signal) => {
    const over = new AbortController();
    const late = new AbortController();
    timer.sleep(withinMs, over.signal).then(
      () => late.abort(tooLate(withinMs)),
      () => undefined,
    );
    const stop = AbortSignal.any([signal, connection.lost, late.signal]);
    try {
      return await asBootFailure(asRoot(connection, user, script, stop));
    } finally {
      over.abort();
    }
  },
});

/** A failed script may never have begun, so only then check whether the user becomes root at all. */
async function asRoot(connection: Connection, user: string, script: string, stop: AbortSignal): Promise<ShellAnswer> {
  if (user === 'root') return execute(connection, 'exec sh -s', script, stop);
  const answer = await execute(connection, 'exec sudo -n sh -s', script, stop);
  if (answer.code === 0 || answer.code === null) return answer;
  const sudo = await execute(connection, 'exec sudo -n true', '', stop);
  if (sudo.code !== 0) throw sudoRefused(user, firstLine(sudo.stderr) || `sudo ended with exit code ${sudo.code}`);
  return answer;
}

function execute({ client }: Connection, command: string, script: string, stop: AbortSignal): Promise<ShellAnswer> {
  return new Promise((resolve, reject) => {
    const end = () => reject(stop.reason);
    if (stop.aborted) return end();
    stop.addEventListener('abort', end, { once: true });
    client.exec(command, (error, channel) => {
      if (error) return reject(runsNoCommand(error));
      listen(channel, resolve);
      channel.end(script);
    });
  });
}

function listen(channel: ClientChannel, resolve: (answer: ShellAnswer) => void): void {
  let [stdout, stderr] = ['', ''];
  let code: number | null = null;
  channel.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(0, KEPT_CHARACTERS);
  });
  channel.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(0, KEPT_CHARACTERS);
  });
  channel.on('exit', (exit: number | null) => {
    code = exit;
  });
  // The channel's close event carries the outcome.
  channel.on('error', () => undefined);
  channel.on('close', () => resolve({ code, stdout, stderr }));
}

/** The callers handle failures of boots, not of guests. */
async function asBootFailure<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof GuestFailure)) throw cause;
    throw new BootFailure(cause.failure, { facts: {}, marks: [], console: '' });
  }
}

const tooLate = (withinMs: Ms): GuestFailure =>
  collectFailure(
    'collect-timeout',
    `The machine did not finish a command within ${Math.round(withinMs / 1000)} s.`,
    'It is overloaded, or a command hangs: log in and check.',
  );
