/** The one loop that does a thing again. What is worth another try, and after which pause, is for the caller to say. */
import type { Timer } from './provider.ts';
import type { Ms } from './units.ts';

/**
 * Works until it is done. `pauseAfter` gets each error and how many there were; without an answer that error is thrown, and
 * what it throws itself stands in the error's place. `signal` ends a pause with its own reason; work ends itself.
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
