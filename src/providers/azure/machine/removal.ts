/**
 * Deletions of machines, and nothing else deletes one: asked for at once and by force, never waited for while a boot could start;
 * none is forgotten.
 */
import type { Arm, CallOptions } from '../arm/connection.ts';
import { ArmError } from '../arm/failure.ts';
import { retried } from '../arm/retry.ts';

export interface MachineName {
  readonly type: 'virtualMachines' | 'virtualMachineScaleSets';
  readonly name: string;
}

/** Asks for a machine to be deleted with its disk, interface and address; resolves once Azure has taken the request. */
export function removeMachine(
  { timer, compute, submit, writeTurn }: Arm,
  group: string,
  { type, name }: MachineName,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deletion = (options: CallOptions) => compute[type].delete(group, name, { ...options, forceDeletion: true });
  const ask = async () => {
    await writeTurn(signal);
    try {
      return (await submit(deletion, signal)).operation;
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
