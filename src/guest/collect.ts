/**
 * Brings all artifacts of a booted machine in one round trip: one SSH connection, one command, one tar stream. It does not
 * interpret the artifacts; the collectors do.
 */
import { Readable } from 'node:stream';
import type { Artifact, ArtifactRequest } from '../model/collector.ts';
import { BenchError } from '../model/errors.ts';
import type { RunScript, SshTarget, Timer } from '../model/provider.ts';
import type { Warning } from '../model/timeline.ts';
import { type Ms, ms } from '../model/units.ts';
import { readArchive } from './archive.ts';
import { type ReachLimits, reach } from './connection.ts';
import { collectFailure, GuestFailure } from './failure.ts';
import { roundTrip } from './round-trip.ts';
import { collectScript, PRINTED_END, printedScript } from './script.ts';
import { type Answer, answerLimits, readAnswer } from './unpack.ts';

export { GuestFailure };

export interface CollectRequest extends ArtifactRequest {
  readonly collector: string;
}

interface CollectLimits extends ReachLimits {
  /** From the login to the last byte, without the wait for the boot. */
  readonly collectWithinMs: Ms;
  /** For one command. The script kills it then, and continues with the others. */
  readonly commandWithinMs: Ms;
  /** All artifacts together. */
  readonly totalBytes: number;
}

/**
 * Generous, since an emulated machine beside five others on two cores took 52 s for what it does in 6 alone (`systemctl show`
 * of all units: 3 s of its processor).
 */
const LIMITS: CollectLimits = {
  reachWithinMs: ms(120_000),
  attemptWithinMs: ms(30_000),
  collectWithinMs: ms(240_000),
  commandWithinMs: ms(90_000),
  totalBytes: 256 * 2 ** 20,
};

/** LIMITS has the defaults. */
export interface CollectOptions extends Partial<CollectLimits> {
  readonly timer: Timer;
  /** Before the first command, wait at most this long until the machine reports the end of its boot. */
  readonly waitForBootMs?: Ms;
  /** And until this shell command ends well, within the same time. */
  readonly readyCommand?: string | undefined;
}

/** What bench read from a machine, by any route. */
export interface Reading {
  readonly artifacts: readonly Artifact[];
  /** The answer of `systemctl is-system-running --wait`; `starting` when the wait ran out, undefined without a wait. */
  readonly systemState: string | undefined;
  /** False when the ready command did not end well in time. */
  readonly ready: boolean;
  readonly timings: { readonly connectMs: Ms; readonly collectMs: Ms };
  readonly warnings: readonly Warning[];
  /** There was no login. */
  readonly ssh?: undefined;
}

export interface Collected extends Omit<Reading, 'ssh'> {
  readonly hostKeySha256: string;
  /** When the login ended, on the caller's timer, and when the attempt before it failed. */
  readonly ssh: { readonly readyAtMs: Ms; readonly failedAtMs: Ms | undefined };
}

/**
 * Logs in (trying again while the machine comes up), runs the requests and returns their output, in the same order. Throws a
 * GuestFailure, or the reason of `signal`; either way the connection is gone and the machine has ended the commands.
 */
export async function collect(
  target: SshTarget,
  requests: readonly CollectRequest[],
  options: CollectOptions,
  signal: AbortSignal,
): Promise<Collected> {
  const { timer } = options;
  const startMs = timer.nowMs();
  const { ordered, read, ...collection } = prepared(requests, options);
  const connection = await reach(target, { ...LIMITS, ...options }, timer, signal);
  try {
    const entries = await roundTrip(connection, { ...collection, user: target.user }, timer, signal);
    const answer = read(await readAnswer(ordered, entries));
    const { readyAtMs, failedAtMs, hostKeySha256 } = connection;
    const endMs = timer.nowMs();
    return {
      ...answer,
      hostKeySha256,
      timings: { connectMs: ms(Math.round(readyAtMs - startMs)), collectMs: ms(Math.round(endMs - readyAtMs)) },
      ssh: { readyAtMs, failedAtMs },
    };
  } finally {
    connection.close();
  }
}

/** Prepares the script and the reader of its answer, for every route. */
function prepared(
  requests: readonly CollectRequest[],
  { timer: _, waitForBootMs = ms(0), readyCommand, ...given }: CollectOptions,
) {
  const { commandWithinMs, collectWithinMs, totalBytes } = { ...LIMITS, ...given };
  const ordered = systemdFirst(requests);
  const limits = { commandSeconds: seconds(commandWithinMs), bootSeconds: seconds(waitForBootMs), readyCommand };
  return {
    ordered,
    script: collectScript(ordered, limits),
    limits: answerLimits(ordered, totalBytes),
    withinMs: ms(collectWithinMs + waitForBootMs),
    read: ({ artifacts, warnings, systemState, ready }: Answer) => ({
      artifacts,
      warnings,
      ready: ready || readyCommand === undefined,
      systemState: waitForBootMs > 0 ? systemState || 'starting' : undefined,
    }),
  };
}

/** Does the same on a machine without SSH: `run` executes a script there. The archive comes as text, under the same limits. */
export async function collectByScript(
  run: RunScript,
  requests: readonly CollectRequest[],
  options: Omit<CollectOptions, keyof ReachLimits>,
  signal: AbortSignal,
): Promise<Reading> {
  const { timer } = options;
  const { ordered, script, limits, withinMs, read } = prepared(requests, options);
  const startMs = timer.nowMs();
  const text = await run(printedScript(script), { withinMs, maxBytes: limits.totalBytes }, signal).catch(
    (cause: unknown) => {
      signal.throwIfAborted();
      if (!(cause instanceof BenchError)) throw cause;
      throw collectFailure('collect-failed', cause.message, cause.hint ?? 'Check the console of the machine.', cause);
    },
  );
  const whole = text.trimEnd();
  if (!whole.endsWith(PRINTED_END))
    throw collectFailure('collect-failed', 'The output of the machine is incomplete.', 'Check its console.');
  const archive = Buffer.from(whole.slice(0, -PRINTED_END.length), 'base64');
  const { entries } = await readArchive(Readable.from([archive]), limits);
  return {
    ...read(await readAnswer(ordered, entries)),
    timings: { connectMs: ms(0), collectMs: ms(Math.round(timer.nowMs() - startMs)) },
  };
}

/** Requests the state of units first: the other commands, and the login's own session, could change it. */
const systemdFirst = (requests: readonly CollectRequest[]): CollectRequest[] =>
  requests.toSorted((one, other) => Number(asksForStates(other)) - Number(asksForStates(one)));

const asksForStates = ({ command }: CollectRequest): boolean => /\bsystemctl show\b/.test(command);

const seconds = (duration: Ms): number => Math.ceil(duration / 1000);
