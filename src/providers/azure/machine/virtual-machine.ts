/** Machines that are plain virtual machines. */

import type { Arm } from '../arm/connection.ts';
import { explained } from '../arm/explanation.ts';
import { ArmError } from '../arm/failure.ts';
import { addressOf } from '../network/network.ts';
import type { Place } from '../place.ts';
import type { AzureOptions } from '../scenario.ts';
import type { MachineKind } from './kind.ts';
import { machineBody } from './request.ts';

export function virtualMachines(arm: Arm, { group }: Place, options: AzureOptions): MachineKind {
  const { virtualMachines: machines, virtualMachineRunCommands: commands } = arm.compute;
  return {
    type: 'virtualMachines',
    holdsCommand: false,
    ask: (order, signal) =>
      arm.submit((call) => machines.createOrUpdate(group, order.name, machineBody(order, options), call), signal),
    async look(name, signal) {
      await arm.readTurn(signal);
      return orUndefined(explained(machines.get(group, name, { expand: 'instanceView', abortSignal: signal })));
    },
    async addressOf({ networkProfile }, signal) {
      const nic = networkProfile?.networkInterfaces?.[0]?.id;
      return nic && addressOf(arm, nic, options.reach.kind === 'public', signal);
    },
    async console(name, signal) {
      const asked = machines.retrieveBootDiagnosticsData(group, name, { abortSignal: signal });
      return (await explained(asked)).serialConsoleLogBlobUri;
    },
    idOf: (name) =>
      `/subscriptions/${arm.subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`,
    async startCommand(name, command, body, signal) {
      await arm.submit((call) => commands.createOrUpdate(group, name, command, body, call), signal);
    },
    readCommand: (name, command, signal) =>
      explained(commands.getByVirtualMachine(group, name, command, { expand: 'instanceView', abortSignal: signal })),
  };
}

/** A requested resource may not exist yet; if Azure never made it, its operation says why. */
export async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof ArmError && cause.status === 404) return undefined;
    throw cause;
  }
}
