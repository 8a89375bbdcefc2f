/**
 * Machines of any cloud, made by three programs of the scenario: `create`, `destroy`, `list`. messages.ts defines their messages;
 * bench does the rest (blocks, limits, verified deletion, gc). Not for existing machines.
 */
import type { ProviderKind } from '../../model/provider-kind.ts';
import { wholeBlocks } from '../cloud/estimate.ts';
import { MESSAGES } from './messages.ts';
import { CommandScenario } from './scenario.ts';

/** Default number of blocks at a time. */
export const DEFAULT_BLOCKS = 1;
/** From the call of create to its machine's end, in an ordinary cloud; for an estimate. */
const SECONDS_PER_BOOT = 120;

export const command: ProviderKind<CommandScenario> = {
  kind: 'command',
  schema: CommandScenario,
  messages: MESSAGES,
  capabilities: {
    boots: {
      first: { can: true },
      reboot: {
        can: false,
        why: 'measures first boots only: create makes a new machine for each boot.',
        todo: 'Set boot: first, or list the machines under provider.hosts of the host provider.',
      },
    },
    keeps: {
      can: false,
      why: 'destroys every machine that create made, so that nothing is left to pay for.',
      todo: 'Omit the option: the run folder contains the artifacts of each machine.',
    },
    readiness: 'asked',
    billed: true,
  },
  estimate: ({ concurrency = DEFAULT_BLOCKS, variants }) => wholeBlocks(concurrency, variants, SECONDS_PER_BOOT),
  open: async (scenario, run) => (await import('./fleet.ts')).openFleet(scenario, run),
  imageOf: (text) => text,
  examine: async (scenario, _machines, world) => (await import('./doctor.ts')).examinePrograms(scenario, world),
  leftovers: async (request, world, signal) => (await import('./leftovers.ts')).leftoversOf(request, world, signal),
};
