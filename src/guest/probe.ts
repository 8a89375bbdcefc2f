/**
 * Observes from outside how a machine boots: when it first refused a connection (its network is up, nothing listens) and when it
 * first accepted one. Each attempt costs the machine one SYN: the probe writes nothing, awaits no banner and resets an accepted
 * connection at once. It asks no more of sshd, because each banner makes sshd fork.
 *
 *   attempts   |----x  |----x  |--R    |--R   |--A
 *              zero            refused        open        x no answer, R reset, A accepted
 *
 * The machine changed between the attempt before and the answer, so that gap is the error of a mark.
 */
import { connect } from 'node:net';
import type { Timer } from '../model/provider.ts';
import type { BootEvent, Evidence } from '../model/timeline.ts';
import { type Ms, ms, us } from '../model/units.ts';
import type { Collected } from './collect.ts';

export interface MarkOptions {
  /** The zero of the marks on the caller's timer: the moment the machine was requested. */
  readonly zeroMs: Ms;
  /** Where the marks will be stored. */
  readonly evidence: Evidence;
}

export interface ProbeOptions extends MarkOptions {
  readonly timer: Timer;
  /** From one attempt to the next. Default 250 ms. */
  readonly intervalMs?: Ms;
  /** Give up after this long; the probe has yielded all marks up to then. */
  readonly withinMs: Ms;
}

/** An unanswered attempt ends before the kernel would send a second SYN, which it does after 1 s (RFC 6298). */
const ATTEMPT_MS = ms(900);
const INTERVAL_MS = ms(250);

/**
 * Yields `outside.tcp-refused` and `outside.tcp-open` as they happen, on the controller's clock from `zeroMs`; ends with the
 * second, or when time is up. Throws the reason of `signal` if it aborts.
 */
export async function* probe(
  host: string,
  port: number,
  options: ProbeOptions,
  signal: AbortSignal,
): AsyncGenerator<BootEvent, void, undefined> {
  const { timer, intervalMs = INTERVAL_MS } = options;
  const endMs = timer.nowMs() + options.withinMs;
  let sinceMs = options.zeroMs;
  let refused = false;
  for (let startMs = timer.nowMs(); startMs < endMs; startMs = timer.nowMs()) {
    const answer = await knock(host, port, timer, signal);
    if (answer === 'open') {
      yield mark('outside.tcp-open', timer.nowMs(), sinceMs, options);
      return;
    }
    if (answer === 'refused' && !refused) {
      refused = true;
      yield mark('outside.tcp-refused', timer.nowMs(), sinceMs, options);
    }
    sinceMs = startMs;
    const pauseMs = startMs + intervalMs - timer.nowMs();
    if (pauseMs > 0) await timer.sleep(ms(pauseMs), signal);
  }
}

/**
 * `outside.ssh`: the first login ended. It could have ended at any time since the attempt before it failed, or since zero if it
 * was the first attempt; that is its error.
 */
export const sshMark = ({ readyAtMs, failedAtMs }: Collected['ssh'], options: MarkOptions): BootEvent =>
  mark('outside.ssh', readyAtMs, failedAtMs ?? options.zeroMs, options);

const mark = (id: string, atMs: Ms, sinceMs: Ms, { zeroMs, evidence }: MarkOptions): BootEvent => ({
  id,
  clock: 'controller',
  us: us(Math.round((atMs - zeroMs) * 1000)),
  errorUs: us(Math.round((atMs - sinceMs) * 1000)),
  evidence,
});

/** What an error says about the machine. Only an accepted connection can be reset; no route, or no such name yet, counts as silence. */
const ANSWERS: Readonly<Record<string, 'open' | 'refused'>> = { ECONNREFUSED: 'refused', ECONNRESET: 'open' };

/** Makes one attempt to connect and reports the result. */
async function knock(
  host: string,
  port: number,
  timer: Timer,
  signal: AbortSignal,
): Promise<'open' | 'refused' | 'nothing'> {
  const answered = new AbortController();
  const stop = AbortSignal.any([signal, answered.signal]);
  const socket = connect({ host, port });
  try {
    return await new Promise((resolve, reject) => {
      socket.once('connect', () => resolve('open'));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(ANSWERS[error.code ?? ''] ?? 'nothing'));
      timer.sleep(ATTEMPT_MS, stop).then(
        () => resolve('nothing'),
        () => reject(signal.reason),
      );
    });
  } finally {
    answered.abort();
    socket.resetAndDestroy();
  }
}
