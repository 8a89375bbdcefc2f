/**
 * What is done again because Azure says so: busy, throttled, not there yet. For what is no boot; a boot that is repeated has
 * another name and another clock, and belongs to a block (`boots.ts`).
 */
import type { Timer } from '../../../model/provider.ts';
import { ms } from '../../../model/units.ts';
import { ArmError, remedyOf } from './failure.ts';

/** Works until it is done, after the pauses of the error's remedy; throws the first error that has none left. */
export async function patiently<T>(timer: Timer, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const counts = new Map<string, number>();
  for (;;) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof ArmError)) throw cause;
      const { code, act } = remedyOf(cause);
      const count = counts.get(code) ?? 0;
      const pauseMs = act.kind === 'again' ? act.pausesMs[count] : undefined;
      if (pauseMs === undefined) throw cause;
      counts.set(code, count + 1);
      await timer.sleep(ms(pauseMs), signal);
    }
  }
}
