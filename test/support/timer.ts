import { setTimeout as sleep } from 'node:timers/promises';
import type { Timer } from '../../src/model/provider.ts';
import { type Ms, ms } from '../../src/model/units.ts';

/** Real time, for tests that wait for real events. */
export const realTimer: Timer = {
  nowMs: () => ms(performance.now()),
  sleep: async (duration: Ms, signal: AbortSignal) => {
    signal.throwIfAborted();
    await sleep(duration, undefined, { signal });
  },
};
