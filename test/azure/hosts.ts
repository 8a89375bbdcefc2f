/**
 * The hosts of the test endpoint's machines, whatever their kind in the resource manager. Each machine has an address, and a stand-in
 * that powers on once Azure finds a host. Its operation ends with the guest's own report or with its provisioning command.
 */
import type { Call } from './faults.ts';
import { type Operation, OperationError, type Operations } from './operations.ts';
import type { Door, Power, StandIn } from './power.ts';
import type { Resource } from './resources.ts';

/** Durations in milliseconds. */
export interface Latency {
  readonly answer: number;
  readonly create: (name: string) => number;
  /** The power state that views show for a machine until it runs. */
  readonly early?: (name: string) => string | undefined;
  readonly extension: number;
  readonly delete: number;
}

/** True times of events, by machine: tests check marks against them. */
export interface Truth {
  acceptedMs?: number;
  answeredMs?: number;
  operationStart?: string;
  operationEnd?: string;
  runningMs?: number;
}

export interface Newcomer {
  /** The run's name for it: keys of faults, latencies and the truth. */
  readonly name: string;
  readonly machine: Resource;
  /** Host name inside the guest; by default that of the machine. */
  readonly hostName?: string;
  /** The requested storage and operating system. */
  readonly sent: Record<string, unknown>;
  readonly address: string;
  /** Whether it still exists. */
  readonly isThere: () => boolean;
  /** Provisioning that is part of the request. */
  readonly command?: string;
}

export type Hosts = ReturnType<typeof hostRoom>;

export function hostRoom({
  operations,
  power,
  latency,
}: {
  readonly operations: Operations;
  readonly power: Power;
  readonly latency: Latency;
}) {
  const standIns = new Map<string, StandIn>();
  const doors = new Map<string, Door>();
  const truth = new Map<string, Truth>();
  let count = 0;
  const key = (id: string) => id.toLowerCase();
  const truthOf = (name: string): Truth => {
    const known = truth.get(name) ?? {};
    truth.set(name, known);
    return known;
  };

  /** A number and an address that no other machine has. */
  function next(): { readonly number: number; readonly address: string } {
    count += 1;
    return { number: count, address: `127.1.${Math.floor(count / 250)}.${(count % 250) + 1}` };
  }

  /** Starts the operation that creates a machine; passes its result to `over`. */
  function boot(call: Call, what: Newcomer, over: (failed: boolean) => void = () => {}): Operation {
    const { name, machine, isThere, command } = what;
    const takesMs = latency.create(name);
    const early = latency.early?.(name);
    if (early !== undefined) machine.properties.power = early;
    const guest = deferred();
    const end = (failed: boolean) => {
      truthOf(name).operationEnd = operation.endTime ?? '';
      machine.properties.provisioningState = failed ? 'Failed' : 'Succeeded';
      over(failed);
    };
    const operation = operations.start(machine.location, call, takesMs, end, guest.promise);
    truthOf(name).operationStart = operation.startTime;
    // Azure finds a host in the first seconds; the guest's own report ends the operation.
    if (!operation.error || /^(OSProvisioning|InternalError|VMExtension)/.test(operation.error.code)) {
      if (operation.error?.code.startsWith('VMExtension')) machine.properties.extension = operation.error.message;
      operations.later(takesMs / 2, () => {
        if (!isThere()) return guest.resolve(undefined);
        machine.properties.power = 'running';
        truthOf(name).runningMs = performance.now();
        const provisioned = switchOn(what);
        const whole = command === undefined ? provisioned : provisioned.then(() => provision(machine, command));
        whole.then(guest.resolve, guest.reject);
      });
    }
    return operation;
  }

  async function switchOn({ machine, hostName = machine.name, sent, address, isThere }: Newcomer): Promise<unknown> {
    const profile = sent.osProfile as
      | {
          adminUsername?: string;
          customData?: string;
          linuxConfiguration?: { ssh?: { publicKeys?: { keyData: string }[] } };
        }
      | undefined;
    const standIn = await power({
      name: hostName,
      tags: machine.tags,
      address,
      image: imageOf(sent).id ?? '',
      user: profile?.adminUsername ?? '',
      customData: profile?.customData,
      publicKey: profile?.linuxConfiguration?.ssh?.publicKeys?.[0]?.keyData ?? '',
    });
    if (!isThere()) return standIn.stop();
    standIns.set(key(machine.id), standIn);
    if (standIn.door !== undefined) doors.set(address, standIn.door);
    return standIn.provisioned;
  }

  /** Runs a provisioning command in an existing machine; the error of an extension lacks the exit code, but its view has it. */
  async function provision(machine: Resource, command: string): Promise<void> {
    const run = standIns.get(key(machine.id))?.run;
    if (run === undefined) {
      machine.properties.extension ??= 'Enable succeeded';
      return;
    }
    const { exitCode, output } = await run(command);
    if (exitCode === 0) {
      machine.properties.extension ??= 'Enable succeeded';
      return;
    }
    machine.properties.extension = `Enable failed: failed to execute command: command terminated with exit status=${exitCode}\n[stderr]\n${output.slice(-2000)}`;
    throw new OperationError({
      code: 'VMExtensionProvisioningError',
      message: "VM has reported a failure when processing extension 'bench-cse'.",
    });
  }

  const stop = (id: string) => void standIns.get(key(id))?.stop();

  return {
    next,
    boot,
    provision,
    stop,
    forget(id: string): void {
      stop(id);
      standIns.delete(key(id));
    },
    runOf: (id: string) => standIns.get(key(id))?.run,
    truth,
    truthOf,
    doorOf: (address: string) => doors.get(address),
    consoleOf: (id: string) => standIns.get(key(id))?.console() ?? '',
    close: () => Promise.all([...standIns.values()].map((standIn) => standIn.stop())),
  };
}

export const imageOf = (sent: Record<string, unknown>): Record<string, string | undefined> =>
  (sent.storageProfile as { imageReference?: Record<string, string> }).imageReference ?? {};

function deferred() {
  let resolve: (value: unknown) => void = () => {};
  let reject: (cause: unknown) => void = () => {};
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
