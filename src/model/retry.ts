/** The one retry loop. The caller decides which errors deserve another try, and after which pause. */
import type { Timer } from './provider.ts';
import type { Ms } from './units.ts';

/**
 * Repeats `work` until it succeeds. `pauseAfter` gets each error and the count of errors so far. If it returns nothing, `retry`
 * throws that error; if it throws, its own error replaces it. `signal` ends a pause with its reason; the work has to end
 * itself.
 */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  pauseAfter: (cause: unknown, attempt: number) => Ms | undefined,
  timer: Pick<Timer, 'sleep'>,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (cause) {
      const pause = pauseAfter(cause, attempt);
      if (pause === undefined) throw cause;
      if (pause === 0) continue;
      await timer.sleep(pause, signal).catch((interrupted: unknown) => {
        signal.throwIfAborted();
        throw interrupted;
      });
    }
  }
}
