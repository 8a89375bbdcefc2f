/**
 * Decides when to poll machines. All machines of a fleet share the resource manager's reads: the more there are at once, the
 * less often bench polls each. A sign that costs no read (its port) leads to a poll at once.
 */
import type { Timer } from '../../model/provider.ts';
import { type Ms, ms } from '../../model/units.ts';

/** ARM allows 12 reads a minute of one machine: this makes eleven, and leaves one for the moment when its port opens. */
const SHORTEST_MS = 5_500;
/** Of the 20 reads a second that all machines share (`arm.ts`). The rest is for addresses and for machines that are nearly over. */
const LOOKS_PER_SECOND = 10;

export interface PollSchedule {
  /** Adds a machine to the schedule; the function that it returns removes it. */
  watch(): () => void;
  intervalMs(): Ms;
}

export function pollSchedule(): PollSchedule {
  let watched = 0;
  return {
    watch() {
      watched += 1;
      return () => {
        watched -= 1;
      };
    },
    intervalMs: () => ms(Math.max(SHORTEST_MS, (1000 * watched) / LOOKS_PER_SECOND)),
  };
}

export interface Alarm {
  /** Ends the sleep, or the next one before it begins. */
  ring(): void;
  sleep(duration: Ms, signal: AbortSignal): Promise<void>;
}

export function alarm(timer: Timer): Alarm {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    async sleep(duration, signal) {
      try {
        await timer.sleep(duration, AbortSignal.any([signal, rung.signal]));
      } catch (cause) {
        if (signal.aborted || !rung.signal.aborted) throw cause;
      }
      rung = new AbortController();
    },
  };
}
