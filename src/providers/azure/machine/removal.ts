/** Deletions: asked for at once and by force, never waited for while a boot could start; none is forgotten. */
import type { Arm } from '../arm/connection.ts';
import { ArmError } from '../arm/failure.ts';
import { retried } from '../arm/retry.ts';

/** Asks for a machine to be deleted with its disk, interface and address; resolves once Azure has taken the request. */
export function removeMachine(
  { timer, compute, submit, writeTurn }: Arm,
  group: string,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ask = async () => {
    await writeTurn(signal);
    try {
      const { operation } = await submit(
        (options) => compute.virtualMachines.delete(group, name, { ...options, forceDeletion: true }),
        signal,
      );
      return operation;
    } catch (cause) {
      if (cause instanceof ArmError && cause.status === 404) return undefined;
      throw cause;
    }
  };
  // What does not end by itself is left to the deletion of the group.
  return retried(timer, ask, signal);
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
