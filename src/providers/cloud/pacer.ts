/**
 * Keeps a fleet inside the resource manager's token buckets: a burst of requests, then a fixed number per second. It also keeps
 * requests apart, because bench stamps simultaneous answers one after the other. Callers get turns in the order of their
 * requests.
 */
import type { Timer } from '../../model/provider.ts';
import { ms } from '../../model/units.ts';

export type Turn = (signal: AbortSignal) => Promise<void>;

/** A handshake and one answer take some 5 ms; with this distance, bench requests a hundred machines within 2 s. */
const APART_MS = 20;

export function pacer(burst: number, perSecond: number, timer: Timer): Turn {
  const gapMs = 1000 / perSecond;
  /** When the bucket would be full again. */
  let fullAtMs = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    const nowMs = timer.nowMs();
    fullAtMs = Math.max(fullAtMs, nowMs) + gapMs;
    lastMs = Math.max(nowMs, fullAtMs - burst * gapMs, lastMs + APART_MS);
    if (lastMs > nowMs) await timer.sleep(ms(lastMs - nowMs), signal);
    else signal.throwIfAborted();
  };
}
