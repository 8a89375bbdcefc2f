/**
 * Machines that are there already, over SSH: a rack, a device, a virtual machine of another owner's. Their boots are reboots,
 * and their variants what can be switched on a machine. Not for machines that are made for a boot and destroyed after it.
 */
import type { ProviderKind } from '../../model/provider-kind.ts';
import { HostScenario } from './scenario.ts';

/** Of hardware with its firmware, and of virtual machines; for an estimate. A discarded boot comes with each machine of a block. */
const SECONDS_PER_BOOT = 120;

export const host: ProviderKind<HostScenario> = {
  kind: 'host',
  schema: HostScenario,
  capabilities: {
    boots: {
      first: {
        can: false,
        why: 'has no fresh machines: it measures reboots only.',
        todo: 'Set boot: reboot, or remove the key.',
      },
      reboot: { can: true },
    },
    keeps: {
      can: false,
      why: 'always leaves its machines running, in their state before the run.',
      todo: 'Omit the option.',
    },
    readiness: 'asked',
    billed: false,
    blocksInTurn: true,
  },
  estimate: ({ concurrency, provider: { hosts } }) => ({
    machinesAtATime: Math.min(concurrency ?? hosts.length, hosts.length),
    secondsPerBoot: SECONDS_PER_BOOT,
  }),
  open: async (scenario, run) => (await import('./fleet.ts')).openFleet(scenario, run),
  imageOf: (text) => ({ entry: text }),
  examine: async (scenario, _machines, world) => (await import('./doctor.ts')).examineHosts(scenario, world),
  leftovers: async (request, world, signal) => (await import('./leftovers.ts')).leftoversOf(request, world, signal),
};
