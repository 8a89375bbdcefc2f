/** Deletions: asked for at once and by force, never waited for while a boot could start; none is forgotten. */
import { type Ms, ms } from '../../model/units.ts';
import type { Arm } from './arm.ts';
import { ArmError } from './failure.ts';

const ATTEMPTS = 6;
const PAUSE_MS: Ms = ms(10_000);

/** Asks for a machine to be deleted with its disk, interface and address; resolves once Azure has taken the request. */
export async function removeMachine(
  arm: Arm,
  group: string,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      await arm.writeTurn(signal);
      const accepted = await arm.submit(
        (options) => arm.compute.virtualMachines.delete(group, name, { ...options, forceDeletion: true }),
        signal,
      );
      return accepted.operation;
    } catch (cause) {
      const gone = cause instanceof ArmError && cause.status === 404;
      if (gone) return undefined;
      // Conflicts end by themselves; what does not is left to the deletion of the group.
      if (attempt === ATTEMPTS || signal.aborted) throw cause;
      await arm.timer.sleep(PAUSE_MS, signal);
    }
  }
}

/** Deletions that were fired. A failed one is no error here: the group goes in the end, and `bench gc` after it. */
export interface Removals {
  add(work: Promise<unknown>): void;
  settled(): Promise<void>;
}

export function removals(): Removals {
  const pending = new Set<Promise<unknown>>();
  return {
    add(work) {
      const quiet = work.catch(() => undefined).finally(() => pending.delete(quiet));
      pending.add(quiet);
    },
    async settled() {
      await Promise.all(pending);
    },
  };
}
