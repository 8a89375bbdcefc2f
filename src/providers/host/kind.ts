/**
 * Existing machines, over SSH: a rack, a device, another owner's virtual machine. Each boot is a reboot, and a variant is
 * anything that a machine can switch to. Not for machines that a provider makes for one boot and destroys after it.
 */
import type { ProviderKind } from '../../model/provider-kind.ts';
import { HostScenario } from './scenario.ts';

/** Estimate for hardware with its firmware, and for virtual machines. Each machine of a block adds a discarded boot. */
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
