/**
 * Retries requests when Azure asks for it: busy, throttled, not there yet. Not for boots: a repeated boot has another name and
 * another clock, and belongs to a block (`boot/attempts.ts`).
 */
import type { Timer } from '../../../model/provider.ts';
import { retry } from '../../../model/retry.ts';
import type { Ms } from '../../../model/units.ts';
import { ArmError, remedyOf } from './failure.ts';

/** Repeats `work` until it succeeds, with the pauses of the error's remedy. Throws the first error that has no pause left. */
export function retried<T>(timer: Timer, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return retry(work, pausesOfRemedies(), timer, signal);
}

/** Counts the pauses of each code separately. */
function pausesOfRemedies(): (cause: unknown) => Ms | undefined {
  const counts = new Map<string, number>();
  return (cause) => {
    if (!(cause instanceof ArmError)) return undefined;
    const { code, act } = remedyOf(cause);
    const count = counts.get(code) ?? 0;
    counts.set(code, count + 1);
    const pauseMs = act.kind === 'again' ? act.pausesMs[count] : undefined;
    return pauseMs === undefined ? undefined : pauseMs;
  };
}
