/**
 * Keeps a fleet inside the resource manager's token buckets: so many requests at once, then so many per second. Turns are
 * given in the order they were asked for.
 */
import type { Timer } from '../../model/provider.ts';
import { ms } from '../../model/units.ts';

export type Turn = (signal: AbortSignal) => Promise<void>;

export function pacer(burst: number, perSecond: number, timer: Timer): Turn {
  const gapMs = 1000 / perSecond;
  /** When the bucket would be full again. */
  let fullAtMs = 0;
  return async (signal) => {
    const nowMs = timer.nowMs();
    fullAtMs = Math.max(fullAtMs, nowMs) + gapMs;
    const waitMs = fullAtMs - nowMs - burst * gapMs;
    if (waitMs > 0) await timer.sleep(ms(waitMs), signal);
    else signal.throwIfAborted();
  };
}
