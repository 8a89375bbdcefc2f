/**
 * Machines that are scale sets of one instance, as AKS makes its nodes. A uniform set contains its instance, under a number; a
 * flexible one makes a virtual machine beside it, under a name that Azure chooses. The first look that finds the instance shows the
 * number or the name. Only one api-version documents the interfaces and addresses of an instance, so bench reads them with that.
 */
import type { VirtualMachineRunCommand } from '@azure/arm-compute';
import type { Arm } from '../arm/connection.ts';
import { explained } from '../arm/explanation.ts';
import { ArmError } from '../arm/failure.ts';
import { addressOf, NETWORK_API } from '../network/network.ts';
import type { Place } from '../place.ts';
import type { AzureOptions } from '../scenario.ts';
import type { MachineKind, SeenMachine } from './kind.ts';
import { scaleSetBody } from './scale-set-request.ts';
import { orUndefined, virtualMachines } from './virtual-machine.ts';

const INSTANCE_NETWORK_API = 'api-version=2018-10-01';

/** The differences between the two: how to find the instance, and how to query it. */
interface Instances {
  find(set: string, signal: AbortSignal): Promise<{ readonly id: string; readonly machine?: SeenMachine } | undefined>;
  look(set: string, id: string, signal: AbortSignal): Promise<SeenMachine | undefined>;
  readonly networkApi: string;
  console(set: string, id: string, signal: AbortSignal): Promise<string | undefined>;
  idOf(set: string, id: string): string;
  startCommand(
    set: string,
    id: string,
    command: string,
    body: VirtualMachineRunCommand,
    signal: AbortSignal,
  ): Promise<void>;
  readCommand(set: string, id: string, command: string, signal: AbortSignal): Promise<VirtualMachineRunCommand>;
}

export function scaleSets(arm: Arm, place: Place, options: AzureOptions): MachineKind {
  const { group } = place;
  const inside = options.orchestration === 'uniform' ? uniform(arm, group) : flexible(arm, place, options);
  const found = new Map<string, string>();
  const instanceOf = (set: string): string => {
    const id = found.get(set);
    if (id === undefined) throw new ArmError(404, ['NoInstance'], `the scale set ${set} has no instance yet`);
    return id;
  };
  return {
    type: 'virtualMachineScaleSets',
    holdsCommand: true,
    ask: (order, signal) =>
      arm.submit(
        (call) =>
          arm.compute.virtualMachineScaleSets.createOrUpdate(group, order.name, scaleSetBody(order, options), call),
        signal,
      ),
    async look(name, signal) {
      await arm.readTurn(signal);
      const known = found.get(name);
      if (known !== undefined) return orUndefined(inside.look(name, known, signal));
      const seen = await orUndefined(inside.find(name, signal));
      if (seen === undefined) return undefined;
      found.set(name, seen.id);
      return seen.machine ?? orUndefined(inside.look(name, seen.id, signal));
    },
    async addressOf({ networkProfile }, signal) {
      const nic = networkProfile?.networkInterfaces?.[0]?.id;
      return nic && addressOf(arm, nic, options.reach.kind === 'public', signal, inside.networkApi);
    },
    console: async (name, signal) => inside.console(name, instanceOf(name), signal),
    idOf: (name) => inside.idOf(name, instanceOf(name)),
    startCommand: async (name, command, body, signal) =>
      inside.startCommand(name, instanceOf(name), command, body, signal),
    readCommand: async (name, command, signal) => inside.readCommand(name, instanceOf(name), command, signal),
  };
}

function uniform(arm: Arm, group: string): Instances {
  const { virtualMachineScaleSetVMs: instances, virtualMachineScaleSetVMRunCommands: commands } = arm.compute;
  const expand = 'instanceView';
  return {
    async find(set, signal) {
      const [machine] = await firstOf(instances.list(group, set, { expand, abortSignal: signal }));
      return machine?.instanceId === undefined ? undefined : { id: machine.instanceId, machine };
    },
    look: (set, id, signal) => explained(instances.get(group, set, id, { expand, abortSignal: signal })),
    networkApi: INSTANCE_NETWORK_API,
    async console(set, id, signal) {
      const asked = instances.retrieveBootDiagnosticsData(group, set, id, { abortSignal: signal });
      return (await explained(asked)).serialConsoleLogBlobUri;
    },
    idOf: (set, id) => `${setPath(arm, group, set)}/virtualMachines/${id}`,
    async startCommand(set, id, command, body, signal) {
      await arm.submit((call) => commands.createOrUpdate(group, set, id, command, body, call), signal);
    },
    readCommand: (set, id, command, signal) =>
      explained(commands.get(group, set, id, command, { expand, abortSignal: signal })),
  };
}

function flexible(arm: Arm, place: Place, options: AzureOptions): Instances {
  const machines = virtualMachines(arm, place, options);
  return {
    async find(set, signal) {
      const filter = `'virtualMachineScaleSet/id' eq '${setPath(arm, place.group, set)}'`;
      const [machine] = await firstOf(arm.compute.virtualMachines.list(place.group, { filter, abortSignal: signal }));
      return machine?.name === undefined ? undefined : { id: machine.name };
    },
    look: (_, id, signal) => machines.look(id, signal),
    networkApi: NETWORK_API,
    console: (_, id, signal) => machines.console(id, signal),
    idOf: (_, id) => machines.idOf(id),
    startCommand: (_, id, command, body, signal) => machines.startCommand(id, command, body, signal),
    readCommand: (_, id, command, signal) => machines.readCommand(id, command, signal),
  };
}

const setPath = (arm: Arm, group: string, set: string): string =>
  `/subscriptions/${arm.subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachineScaleSets/${set}`;

/** Returns at most one item: our sets have one instance. */
async function firstOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const first: T[] = [];
  await explained(
    (async () => {
      for await (const item of items) {
        first.push(item);
        break;
      }
    })(),
  );
  return first;
}
