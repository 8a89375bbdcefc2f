/**
 * What a machine of a run is in Azure: a virtual machine, or a scale set of one instance, as AKS makes its nodes. Both are asked
 * for by one request, shown with one instance view and deleted by one request with all that belongs to them. What is done with
 * these, and when, is the same for both: `creation.ts` makes a machine of either kind, `removal.ts` deletes one.
 */
import type { VirtualMachine, VirtualMachineInstanceView, VirtualMachineRunCommand } from '@azure/arm-compute';
import type { Accepted } from '../arm/response.ts';
import type { MachineName } from './removal.ts';
import type { MachineOrder } from './request.ts';

/** A machine as Azure shows it: what both kinds have in common. */
export interface SeenMachine
  extends Pick<
    VirtualMachine,
    'id' | 'provisioningState' | 'vmId' | 'timeCreated' | 'storageProfile' | 'networkProfile' | 'osProfile'
  > {
  readonly instanceView?: Pick<
    VirtualMachineInstanceView,
    'statuses' | 'vmAgent' | 'extensions' | 'osName' | 'osVersion' | 'hyperVGeneration' | 'computerName'
  >;
}

/** Machines of one kind in one place, by the names that the run gives them. */
export interface MachineKind {
  readonly type: MachineName['type'];
  /** Its request holds the provisioning command; else the command follows, as an extension of a machine that is there. */
  readonly holdsCommand: boolean;
  ask(order: MachineOrder, signal: AbortSignal): Promise<Accepted>;
  /** With its instance view, one read; undefined while it is not there. */
  look(name: string, signal: AbortSignal): Promise<SeenMachine | undefined>;
  /** The public or the private address; undefined while it is not there yet. */
  addressOf(machine: SeenMachine, signal: AbortSignal): Promise<string | undefined>;
  /** Where the log of its serial port can be read, for some minutes. */
  console(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** What others know it by, such as a Bastion; of a machine that was seen. */
  idOf(name: string): string;
  startCommand(name: string, command: string, body: VirtualMachineRunCommand, signal: AbortSignal): Promise<void>;
  readCommand(name: string, command: string, signal: AbortSignal): Promise<VirtualMachineRunCommand>;
}
