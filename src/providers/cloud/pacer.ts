/**
 * Keeps a fleet inside the resource manager's token buckets: so many requests at once, then so many per second; and none at
 * the very moment of another, as answers that come together are stamped one after the other. Turns are given in the order
 * they were requested.
 */
import type { Timer } from '../../model/provider.ts';
import { ms } from '../../model/units.ts';

export type Turn = (signal: AbortSignal) => Promise<void>;

/** A handshake and the reading of an answer take some 5 ms; a hundred machines are all asked for within 2 s. */
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
