/** Boots a run's machines, each in its turn: a machine belongs to one variant of one block until bench has measured that. */
import pLimit from 'p-limit';
import type { BootRequest, Fleet, Machine } from '../../model/provider.ts';
import { type Host, machineOn } from './host.ts';
import type { Rebooting } from './reboot.ts';
import type { HostWorld } from './session.ts';

/** A machine that booted for a request, and may be rebooted for another. */
interface Standing {
  readonly host: Host;
  readonly request: BootRequest;
  /** Frees the machine for the next variant. Idempotent. */
  readonly release: () => void;
  readonly rebooting: Rebooting;
  readonly bootIdBefore: string;
}

interface Machines {
  readonly hosts: readonly Host[];
  readonly world: HostWorld;
  readonly turns: ReadonlyMap<Host, ReturnType<typeof pLimit>>;
  readonly standing: Map<Machine, Standing>;
}

/** `close` ends the boots in progress; the caller decides what to do with the machines. */
export function machinesInTurn(hosts: readonly Host[], world: HostWorld): Pick<Fleet, 'boot' | 'close'> {
  const machines = { hosts, world, turns: new Map(hosts.map((host) => [host, pLimit(1)])), standing: new Map() };
  const closing = new AbortController();
  const working = new Set<Promise<unknown>>();
  return {
    async boot(request, signal) {
      const pending = bootOn(machines, request, AbortSignal.any([signal, world.run.signal, closing.signal]));
      working.add(pending);
      try {
        return await pending;
      } finally {
        working.delete(pending);
      }
    },
    async close() {
      closing.abort(new DOMException('the fleet is closed', 'AbortError'));
      await Promise.allSettled(working);
    },
  };
}

async function bootOn(machines: Machines, request: BootRequest, signal: AbortSignal): Promise<Machine> {
  if (!request.again) return bootFirst(machines, request, signal);
  const before = machines.standing.get(request.again);
  if (!before) throw new Error(`${request.boot.id}: its machine is gone`);
  await before.host.up(before.rebooting, signal);
  return stand(machines, { ...before, request });
}

async function bootFirst(machines: Machines, request: BootRequest, signal: AbortSignal): Promise<Machine> {
  const { hosts, turns, world } = machines;
  const host = hosts[((request.boot.block ?? 1) - 1) % hosts.length];
  if (host === undefined) throw new Error('a fleet without machines');
  const release = await takeTurn(turns.get(host));
  try {
    signal.throwIfAborted();
    const zeroMs = world.run.timer.nowMs();
    const seen = await host.switchTo(request.boot.variant, request.boot.id, signal);
    const rebooting = { zeroMs, marks: [] };
    return stand(machines, { host, request, release, rebooting, bootIdBefore: `not ${seen.bootId}` });
  } catch (cause) {
    release();
    throw cause;
  }
}

/** Resolves when the machine is free, with a function that frees it again. */
function takeTurn(turns: ReturnType<typeof pLimit> | undefined): Promise<() => void> {
  return new Promise((resolve) => {
    void turns?.(() => new Promise<void>((release) => resolve(release)));
  });
}

function stand({ world, standing }: Machines, now: Standing): Machine {
  const { host, request } = now;
  const { id, variant: name } = request.boot;
  const variant = world.scenario.variants[name]?.image ?? {};
  const expected = { boot: id, name, variant, lock: host.lock, bootIdBefore: now.bootIdBefore };
  const machine: Machine = machineOn(
    host,
    request,
    { rebooting: now.rebooting, expected },
    {
      readyWithinMs: world.readyWithinMs,
      nowMs: world.run.timer.nowMs(),
      reboot: async (signal) => {
        standing.set(machine, { ...now, ...(await host.reboot(name, signal)) });
      },
      destroy: async () => {
        standing.delete(machine);
        now.release();
      },
    },
  );
  standing.set(machine, now);
  return machine;
}
