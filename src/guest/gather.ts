/**
 * Brings all artifacts of a booted machine in one round trip: one SSH connection, one command, one tar stream. Nothing is
 * interpreted here; what the artifacts mean is the collectors' business.
 */
import type { ArtifactRequest } from '../model/collector.ts';
import type { SshTarget, Timer } from '../model/provider.ts';
import type { Warning } from '../model/timeline.ts';
import { type Ms, ms } from '../model/units.ts';
import { answerLimits, type GatheredArtifact, readAnswer } from './answer.ts';
import { collect } from './collect.ts';
import { type ReachLimits, reach } from './connection.ts';
import { GuestFailure } from './failure.ts';
import { gatherScript } from './script.ts';

export { GuestFailure };

export interface GatherRequest extends ArtifactRequest {
  readonly collector: string;
}

interface GatherLimits extends ReachLimits {
  /** From the login to the last byte, without the wait for the boot. */
  readonly collectWithinMs: Ms;
  /** One command; it is killed then, and the others go on. */
  readonly commandWithinMs: Ms;
  /** All artifacts together. */
  readonly totalBytes: number;
}

/**
 * Generous, since an emulated machine beside five others on two cores took 52 s for what it does in 6 alone (`systemctl show`
 * of all units: 3 s of its processor).
 */
const LIMITS: GatherLimits = {
  reachWithinMs: ms(120_000),
  attemptWithinMs: ms(30_000),
  collectWithinMs: ms(240_000),
  commandWithinMs: ms(90_000),
  totalBytes: 256 * 2 ** 20,
};

/** A limit that is not given is that of LIMITS below. */
export interface GatherOptions extends Partial<GatherLimits> {
  readonly timer: Timer;
  /** Before the first command, wait at most this long until the machine says that its boot is over. */
  readonly waitForBootMs?: Ms;
  /** And until this shell command ends well, within the same time. */
  readonly readyCommand?: string | undefined;
}

export interface Gathered {
  readonly artifacts: readonly GatheredArtifact[];
  readonly hostKeySha256: string;
  /** What `systemctl is-system-running --wait` said; `starting` when the wait ran out, undefined when it was not asked. */
  readonly systemState: string | undefined;
  /** False when the ready command did not end well in time. */
  readonly ready: boolean;
  readonly timings: { readonly connectMs: number; readonly collectMs: number };
  /** When the login ended, on the caller's timer, and when the attempt before it failed. */
  readonly ssh: { readonly readyAtMs: Ms; readonly failedAtMs: Ms | undefined };
  readonly warnings: readonly Warning[];
}

/**
 * Logs in (trying again while the machine comes up), runs the requests and brings their output, in the order they were run.
 * Throws a GuestFailure, or the reason of `signal`; either way the connection is gone and the machine has ended the commands.
 */
export async function gather(
  target: SshTarget,
  requests: readonly GatherRequest[],
  options: GatherOptions,
  signal: AbortSignal,
): Promise<Gathered> {
  const ordered = systemdFirst(requests);
  const { timer, waitForBootMs = ms(0), readyCommand, ...given } = options;
  const limits = { ...LIMITS, ...given };
  const startMs = timer.nowMs();
  const connection = await reach(target, limits, timer, signal);
  try {
    const script = gatherScript(ordered, {
      commandSeconds: seconds(limits.commandWithinMs),
      bootSeconds: seconds(waitForBootMs),
      readyCommand,
    });
    const collection = {
      script,
      user: target.user,
      limits: answerLimits(ordered, limits.totalBytes),
      withinMs: ms(limits.collectWithinMs + waitForBootMs),
    };
    const entries = await collect(connection, collection, timer, signal);
    const { artifacts, systemState, ready, warnings } = await readAnswer(ordered, entries);
    const endMs = timer.nowMs();
    return {
      artifacts,
      hostKeySha256: connection.hostKeySha256,
      ready: ready || readyCommand === undefined,
      systemState: waitForBootMs > 0 ? systemState || 'starting' : undefined,
      timings: {
        connectMs: Math.round(connection.readyAtMs - startMs),
        collectMs: Math.round(endMs - connection.readyAtMs),
      },
      ssh: { readyAtMs: connection.readyAtMs, failedAtMs: connection.failedAtMs },
      warnings,
    };
  } finally {
    connection.close();
  }
}

/** The state of units is asked for first: the other commands, and the login's own session, could change it. */
const systemdFirst = (requests: readonly GatherRequest[]): GatherRequest[] =>
  requests.toSorted((one, other) => Number(asksForStates(other)) - Number(asksForStates(one)));

const asksForStates = ({ command }: GatherRequest): boolean => /\bsystemctl show\b/.test(command);

const seconds = (duration: Ms): number => Math.ceil(duration / 1000);
