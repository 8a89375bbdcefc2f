/** Tells a machine to boot again, as its administrator would. Callers observe whether it goes down. */
import type { Client } from 'ssh2';
import { firstLine } from '../model/printable.ts';
import type { SshTarget, Timer } from '../model/provider.ts';
import { quote } from '../model/shell-program.ts';
import { type Ms, ms } from '../model/units.ts';
import { timeLimit } from '../net/time-limit.ts';
import { reach } from './connection.ts';
import { reachFailure } from './failure.ts';

/** Time to take the order; an emulated machine needs seconds for its handshake alone. */
const ATTEMPT_WITHIN = ms(30_000);

export interface RebootOptions {
  readonly reachWithinMs: Ms;
  readonly timer: Timer;
}

/** Runs a short script as root, ahead of a reboot. Throws a GuestFailure if it does not end well. */
export async function asRoot(
  target: SshTarget,
  script: string,
  options: RebootOptions,
  signal: AbortSignal,
): Promise<void> {
  const { code, said } = await asked(target, `sh -c ${quote(script)}`, options, signal);
  if (code !== 0)
    throw reachFailure(
      'reboot-refused',
      `The files of a delay could not be written to the machine: ${said || (code === null ? 'the connection broke' : `exit code ${code}`)}.`,
      'It needs base64 and a writable /etc.',
    );
}

/**
 * Resolves once the machine has taken the order, or if the connection breaks then: that is how a machine goes down. Throws a
 * GuestFailure if the machine is unreachable or refuses, or the reason of `signal`.
 */
export async function reboot(target: SshTarget, options: RebootOptions, signal: AbortSignal): Promise<void> {
  const { code, said } = await asked(target, 'systemctl reboot', options, signal);
  if (code !== null && code !== 0)
    throw reachFailure(
      'reboot-refused',
      `The machine refused to reboot: ${said || `exit code ${code}`}.`,
      `It needs systemd${target.user === 'root' ? '' : `, and passwordless sudo for ${target.user}`}.`,
    );
}

interface Ended {
  /** Null if the connection broke first. */
  readonly code: number | null;
  /** The first line of its output. */
  readonly said: string;
}

/** Logs in and runs a command as root. */
async function asked(
  target: SshTarget,
  command: string,
  { reachWithinMs, timer }: RebootOptions,
  signal: AbortSignal,
): Promise<Ended> {
  const connection = await reach(target, { reachWithinMs, attemptWithinMs: ATTEMPT_WITHIN }, timer, signal);
  const over = AbortSignal.any([signal, connection.lost, timeLimit(ATTEMPT_WITHIN)]);
  try {
    const ended = await run(connection.client, `${target.user === 'root' ? '' : 'sudo -n '}${command}`, over);
    signal.throwIfAborted();
    return ended;
  } finally {
    connection.close();
  }
}

function run(client: Client, command: string, over: AbortSignal): Promise<Ended> {
  return new Promise((resolve) => {
    let said = '';
    const end = (code: number | null) => resolve({ code, said: firstLine(said) });
    if (over.aborted) return end(null);
    over.addEventListener('abort', () => end(null), { once: true });
    client.exec(command, (error, channel) => {
      if (error) return resolve({ code: 1, said: firstLine(error.message) });
      channel.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('latin1')).slice(0, 1024);
      });
      channel.on('error', () => end(null));
      channel.on('close', (code: number | null | undefined) => end(code ?? null));
      channel.resume();
    });
  });
}
