/**
 * The only code that deletes machines. It requests a deletion at once and by force, never waits for one while a boot could start,
 * and forgets none.
 */
import type { Arm, CallOptions } from '../arm/connection.ts';
import { ArmError } from '../arm/failure.ts';
import { retried } from '../arm/retry.ts';

export interface MachineName {
  readonly type: 'virtualMachines' | 'virtualMachineScaleSets';
  readonly name: string;
}

/** Requests the deletion of a machine with its disk, interface and address; resolves once Azure has accepted the request. */
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
  // If an error does not end by itself, the deletion of the group also deletes the machine.
  return retried(timer, ask, signal);
}

/** Pending deletions. A failed one is not an error here: the group goes in the end, or `bench gc` deletes it. */
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
