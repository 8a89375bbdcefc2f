/**
 * Azure: one machine per boot, with its own disk, interface and address. It is a virtual machine, or a scale set of one instance as
 * in AKS. Each file here describes its part of the control plane in its first comment.
 */
import path from 'node:path';
import type { ProviderKind } from '../../model/provider-kind.ts';
import { wholeBlocks } from '../cloud/estimate.ts';
import { localFiles } from './local-files.ts';
import { AzureScenario, isAzureImage } from './scenario.ts';

/** Default of `concurrency`: blocks at a time. */
export const DEFAULT_BLOCKS = 5;
/** From the request for a machine to its deletion, as measured with node images; for an estimate. */
const SECONDS_PER_BOOT = 240;

export const azure: ProviderKind<AzureScenario> = {
  kind: 'azure',
  schema: AzureScenario,
  capabilities: {
    boots: {
      first: { can: true },
      reboot: {
        can: false,
        why: 'measures first boots only: its events belong to the creation of a machine.',
        todo: 'Set boot: first, or reboot machines of the qemu provider.',
      },
    },
    keeps: {
      can: false,
      why: 'deletes the resource group of the run with everything in it, so that nothing is left to pay for.',
      todo: 'Omit the option: the run folder contains the artifacts of each machine.',
    },
    readiness: 'asked',
    billed: true,
  },
  estimate: ({ concurrency = DEFAULT_BLOCKS, variants }) => wholeBlocks(concurrency, variants, SECONDS_PER_BOOT),
  open: async (scenario, run) => (await import('./fleet.ts')).openFleet(scenario, run),
  // Text that does not name an image in Azure becomes a file, which the scenario's schema refuses.
  imageOf: (text, cwd) => (isAzureImage(text) ? text : { file: path.resolve(cwd, text) }),
  localFiles,
  preflight: async (scenario, machines, world) =>
    (await import('./preflight/preflight.ts')).preflight(scenario, machines, world),
  cautions: async (scenario, world) => (await import('./machine/overwritten.ts')).bootstrapCautions(scenario, world),
  examine: async (scenario, machines, world) =>
    (await import('./preflight/readiness.ts')).examineSubscription(scenario, machines, world),
  leftovers: async (request, world, signal) => (await import('./gc/leftovers.ts')).leftoversOf(request, world, signal),
  startFromCluster: async (request, name, world, signal) =>
    (await import('./cluster/start.ts')).startFromCluster(request, name, world, signal),
  shelf: async (address, environment, cwd) =>
    (await import('./blob-shelf.ts')).openBlobShelf(address, environment, cwd),
};
