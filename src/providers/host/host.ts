/**
 * One existing machine, from its lock to its release. Only this module knows the machine's state at the lock and what bench has
 * changed since.
 *
 *   lock -> { switch -> discarded boot -> measured boot, measured boot ... } -> restore -> unlock
 */
import { type BenchError, worldError } from '../../model/errors.ts';
import { BootFailure, type BootRequest, type Machine, type SshTarget } from '../../model/provider.ts';
import { type Ms, ms } from '../../model/units.ts';
import { nameOf } from './address.ts';
import { comeUp, type Rebooting } from './reboot.ts';
import { type Description, type Lock, lockOf, remote } from './remote.ts';
import { restore } from './restoring.ts';
import { type Held, type HostWorld, login, type Reboot, SHORT_MS } from './session.ts';
import { rebootInto, switchTo } from './switching.ts';
import { type Expected, proofOf } from './variant.ts';

export interface Host {
  readonly target: SshTarget;
  readonly lock: Lock;
  /**
   * Resolves when the variant runs, in a discarded boot that does what the switch left to do (caches, first-boot work). bench
   * also discards a boot if the variant ran before: so each measured boot follows one of the same kind.
   */
  switchTo(name: string, boot: string, signal: AbortSignal): Promise<Description>;
  reboot(name: string, signal: AbortSignal): Promise<Reboot>;
  up(rebooting: Rebooting, signal: AbortSignal): Promise<void>;
  /** Restores the machine's state at the lock, and unlocks it. Throws a world error. */
  restore(signal: AbortSignal): Promise<void>;
}

/** Which boots bench discards; the report states it. */
export const DISCARDED = 'after each switch';

/** Locks the machine, or finds the lock of this run. Throws a world error if another run holds the lock or the machine is unreachable. */
export async function takeHost(target: SshTarget, world: HostWorld, signal: AbortSignal): Promise<Host> {
  const { run, scenario, deleteAfter, owner } = world;
  const shell = await asWorldError(target, () => login(target, world, world.readyWithinMs, signal));
  try {
    const settings = {
      RUN: run.runId,
      SCENARIO: scenario.name,
      OWNER: owner,
      SINCE: run.nowIso ?? '',
      DELETE_AFTER: deleteAfter,
    };
    const lock = lockOf(await asWorldError(target, () => remote(shell, 'lock', settings, signal)));
    if (lock === undefined)
      throw worldError(
        `${nameOf(target)} could not be locked: its lock cannot be read.`,
        'See /var/lib/bench-host there.',
      );
    if (lock.run !== run.runId) throw locked(target, lock);
    return hostOf(target, lock, world);
  } finally {
    shell.close();
  }
}

const locked = (target: SshTarget, { run, owner, since, scenario }: Lock): BenchError =>
  worldError(
    `The run ${run} of ${owner} uses ${nameOf(target)} since ${since}.`,
    `Wait for it, resume it (bench run --resume ${run}), or restore the machine: bench gc --scenario <file of ${scenario}> --yes --all.`,
  );

/** `bench gc` also calls this, with the lock of a run that is gone. */
export function hostOf(target: SshTarget, lock: Lock, world: HostWorld): Host {
  const held: Held = { target, world, lock };
  return {
    target,
    lock,
    switchTo: (name, boot, signal) => switchTo(held, name, boot, signal),
    reboot: (name, signal) => rebootInto(held, name, signal),
    up: (rebooting, signal) => comeUp(world, target, rebooting, world.readyWithinMs, signal),
    restore: (signal) => asWorldError(target, () => restore(held, signal)),
  };
}

/** The machine of one boot, after its reboot. */
export function machineOn(
  host: Host,
  request: BootRequest,
  rebooted: { readonly rebooting: Rebooting; readonly expected: Expected },
  parts: Pick<Machine, 'reboot' | 'destroy'> & { readonly readyWithinMs: Ms; readonly nowMs: Ms },
): Machine {
  const { zeroMs, marks } = rebooted.rebooting;
  const { original } = host.lock;
  return {
    ssh: host.target,
    facts: {
      host: nameOf(host.target),
      loader: original.loader,
      discardedBoot: DISCARDED,
      variant: request.boot.variant,
    },
    marks,
    zeroMs,
    proof: proofOf(rebooted.expected),
    reachWithinMs: ms(Math.max(SHORT_MS, zeroMs + parts.readyWithinMs - parts.nowMs)),
    ...(parts.reboot && { reboot: parts.reboot }),
    console: async () => '',
    destroy: parts.destroy,
  };
}

async function asWorldError<T>(target: SshTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof BootFailure)) throw cause;
    throw worldError(`${nameOf(target)}: ${cause.failure.message}`, cause.failure.hint, cause);
  }
}
