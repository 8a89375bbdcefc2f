/**
 * What a machine of a run is in Azure: a virtual machine, or a scale set of one instance, as AKS makes its nodes. For either kind,
 * one request makes it, one instance view shows it, and one request deletes it with everything that belongs to it. The steps are
 * the same for both: `creation.ts` makes a machine of either kind, `removal.ts` deletes one.
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
  /** Its request contains the provisioning command; otherwise the command follows as an extension, once the machine exists. */
  readonly holdsCommand: boolean;
  ask(order: MachineOrder, signal: AbortSignal): Promise<Accepted>;
  /** Reads the machine with its instance view, in one request; undefined while it does not exist. */
  look(name: string, signal: AbortSignal): Promise<SeenMachine | undefined>;
  /** The public or the private address; undefined while it does not exist yet. */
  addressOf(machine: SeenMachine, signal: AbortSignal): Promise<string | undefined>;
  /** The address of its serial log, valid for some minutes. */
  console(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** Its resource id, which e.g. a Bastion needs. Only after `look` has found the machine. */
  idOf(name: string): string;
  startCommand(name: string, command: string, body: VirtualMachineRunCommand, signal: AbortSignal): Promise<void>;
  readCommand(name: string, command: string, signal: AbortSignal): Promise<VirtualMachineRunCommand>;
}
