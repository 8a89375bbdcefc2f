/** Runs the collecting script over a connection and reads the archive it answers with. */
import type { ClientChannel } from 'ssh2';
import { firstLine } from '../model/printable.ts';
import type { Timer } from '../model/provider.ts';
import { type Ms, ms } from '../model/units.ts';
import { type ArchiveEntry, type ArchiveLimits, readArchive } from './archive.ts';
import type { Connection } from './connection.ts';
import { collectFailure, GuestFailure, runsNoCommand } from './failure.ts';
import { bootstrapCommand, DISK_FULL } from './script.ts';

export interface RoundTrip {
  readonly script: string;
  /** Login of the connection; uses sudo unless it is root. */
  readonly user: string;
  readonly limits: ArchiveLimits;
  readonly withinMs: Ms;
}

/** The watcher in the guest counts these lines as its seconds, and ends everything when its input ends. */
const TICK_MS = ms(1000);

/** Throws a GuestFailure, or the reason of `signal` as soon as it aborts; the caller closes the connection. */
export async function roundTrip(
  connection: Connection,
  trip: RoundTrip,
  timer: Timer,
  signal: AbortSignal,
): Promise<readonly ArchiveEntry[]> {
  const ended = new AbortController();
  const late = new AbortController();
  timer.sleep(trip.withinMs, ended.signal).then(
    () => late.abort(tooLate(trip.withinMs)),
    () => undefined,
  );
  const stop = AbortSignal.any([signal, connection.lost, late.signal]);
  try {
    const channel = await unless(stop, execute(connection, bootstrapCommand(trip.script, trip.user)));
    const answer = listen(channel);
    channel.write(trip.script);
    void tick(channel, timer, ended.signal);
    return await unless(stop, read(answer, trip));
  } finally {
    ended.abort();
  }
}

/** Settles like the promise, or rejects with the reason of `signal` if it aborts first. */
async function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const execute = ({ client }: Connection, command: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) reject(runsNoCommand(error));
      else resolve(channel);
    });
  });

async function tick(channel: ClientChannel, timer: Timer, signal: AbortSignal): Promise<void> {
  // Ends with the signal, which ends the sleep.
  while (!signal.aborted && channel.writable) {
    channel.write('\n');
    await timer.sleep(TICK_MS, signal).catch(() => undefined);
  }
}

/** The command's output apart from the archive: enough to explain a missing archive. */
interface Answer {
  readonly channel: ClientChannel;
  /** First bytes of standard output and of standard error. */
  readonly heads: { output: string; errors: string };
  /** The exit code once the channel is closed, null when there is none. */
  readonly exitCode: Promise<number | null>;
}

const HEAD_BYTES = 1024;

function listen(channel: ClientChannel): Answer {
  const heads = { output: '', errors: '' };
  channel.stderr.on('data', (chunk: Buffer) => {
    heads.errors = head(heads.errors, chunk);
  });
  let code: number | null = null;
  channel.on('exit', (exit: number | null) => {
    code = exit;
  });
  // A late write error adds nothing: the channel's close event carries the outcome.
  channel.on('error', () => undefined);
  const exitCode = new Promise<number | null>((resolve) => {
    channel.on('close', () => resolve(code));
  });
  return { channel, heads, exitCode };
}

const head = (text: string, chunk: Buffer): string =>
  text.length >= HEAD_BYTES ? text : text + chunk.subarray(0, HEAD_BYTES - text.length).toString('latin1');

async function read(
  { channel, heads, exitCode }: Answer,
  { limits, user }: RoundTrip,
): Promise<readonly ArchiveEntry[]> {
  async function* output() {
    for await (const chunk of channel as AsyncIterable<Buffer>) {
      heads.output = head(heads.output, chunk);
      yield chunk;
    }
  }
  let broken: unknown;
  const archive = await readArchive(output(), limits).catch((cause: unknown) => {
    broken = cause;
    return undefined;
  });
  if (broken instanceof GuestFailure && broken.code === 'artifact-limit') throw broken;
  // The exit code explains a broken archive, unless the machine continues to send.
  if (broken && !channel.readableEnded) throw answered(broken, heads);
  const code = await exitCode;
  if (code !== 0) throw failed(code, user, heads);
  if (!archive) throw answered(broken, heads);
  return archive.entries;
}

type Heads = Answer['heads'];

const tooLate = (withinMs: Ms): GuestFailure =>
  collectFailure(
    'collect-timeout',
    `Collecting took longer than ${Math.round(withinMs / 1000)} s.`,
    'The machine is overloaded or a command hangs in the kernel: check its console, or allow more time.',
  );

function failed(code: number | null, user: string, heads: Heads): GuestFailure {
  const said = firstLine(heads.errors) || shownOutput(heads.output);
  if (code === DISK_FULL) {
    return collectFailure(
      'guest-disk-full',
      `The machine has no space for the collected artifacts${said && `: ${said}`}.`,
      'bench keeps artifacts under /run or /tmp until it sends them: give the machine more memory, or collect less.',
    );
  }
  return collectFailure(
    'collect-failed',
    `The collecting command ended with ${code === null ? 'no exit code' : `exit code ${code}`}${said && `: ${said}`}.`,
    user === 'root'
      ? 'It needs a POSIX shell with tar, head and sed, and a writable folder in /run or /tmp.'
      : `It needs passwordless sudo for ${user}, a POSIX shell with tar, head and sed, and a writable folder in /run or /tmp.`,
  );
}

function answered(cause: unknown, heads: Heads): unknown {
  const said = shownOutput(heads.output);
  if (!(cause instanceof GuestFailure) || said === '') return cause;
  return collectFailure('collect-failed', `${cause.message} It begins: ${said}`, cause.failure.hint, cause);
}

/** The first line if the output looks like text; otherwise empty. */
const shownOutput = (output: string): string => (/^[\t\n\r -~]{4,}/.test(output) ? firstLine(output) : '');
