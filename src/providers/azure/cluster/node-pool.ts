/**
 * The cluster whose node resource group a run makes its machines in: its node pools are scale sets there, and the model of one
 * says how its nodes are connected, and as whom they act. Machines that are to become nodes are made alike; what the scenario
 * says itself comes first. Not for what makes a node of a machine: that is the bootstrap's.
 */
import type { VirtualMachineScaleSet, VirtualMachineScaleSetIPConfiguration } from '@azure/arm-compute';
import { worldError } from '../../../model/errors.ts';
import type { Arm } from '../arm/connection.ts';
import { explained } from '../arm/explanation.ts';
import { orUndefined } from '../machine/virtual-machine.ts';
import type { AzureOptions } from '../scenario.ts';

type Connected = Pick<
  AzureOptions,
  'subnet' | 'backendPools' | 'ipForwarding' | 'podAddresses' | 'identities' | 'systemIdentity'
>;

export interface Cluster {
  /** The scale set that they are taken from. */
  readonly pool: string;
  readonly connected: Connected;
  /** Without those that AKS tells its own pools by. */
  readonly tags: Readonly<Record<string, string>>;
}

/** AKS marks its pools with it, and by it our sets are none of them. */
const POOL_TAG = /^aks-managed-poolname$/i;
const OF_AKS = /^(aks-managed-|kubernetes|creationsource$|orchestrator$|poolname$|resourcenamesuffix$)/i;

/** Undefined where the group is none of others, or holds no node pool of Linux. */
export async function clusterOf(
  arm: Arm,
  { group }: Pick<AzureOptions, 'group'>,
  signal: AbortSignal,
): Promise<Cluster | undefined> {
  if (!group?.name) return undefined;
  const pools: VirtualMachineScaleSet[] = [];
  const read = async () => {
    for await (const set of arm.compute.virtualMachineScaleSets.list(group.name, { abortSignal: signal }))
      if (isLinuxPool(set)) pools.push(set);
  };
  // A group that is not there is reported elsewhere.
  await orUndefined(explained(read()));
  // Several pools may differ; which one is taken is always the same.
  const [pool] = pools.sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
  return pool && { pool: pool.name ?? '', connected: connectedAs(pool), tags: ownTags(pool.tags) };
}

const isLinuxPool = ({ tags = {}, virtualMachineProfile }: VirtualMachineScaleSet): boolean =>
  Object.keys(tags).some((name) => POOL_TAG.test(name)) &&
  virtualMachineProfile?.storageProfile?.osDisk?.osType !== 'Windows' &&
  virtualMachineProfile?.osProfile?.windowsConfiguration === undefined;

function connectedAs({ identity, virtualMachineProfile }: VirtualMachineScaleSet): Connected {
  const nics = virtualMachineProfile?.networkProfile?.networkInterfaceConfigurations ?? [];
  const nic = nics.find(({ primary }) => primary) ?? nics[0];
  const addresses: readonly VirtualMachineScaleSetIPConfiguration[] = nic?.ipConfigurations ?? [];
  const node = addresses.find(({ primary }) => primary) ?? addresses[0];
  const ofItsSubnet = addresses.filter(({ privateIPAddressVersion }) => privateIPAddressVersion !== 'IPv6');
  return {
    ...(node?.subnet?.id && { subnet: node.subnet.id }),
    backendPools: (node?.loadBalancerBackendAddressPools ?? []).flatMap(({ id }) => id ?? []),
    ipForwarding: nic?.enableIPForwarding ?? false,
    podAddresses: Math.max(0, ofItsSubnet.length - 1),
    identities: Object.keys(identity?.userAssignedIdentities ?? {}),
    systemIdentity: /SystemAssigned/.test(identity?.type ?? ''),
  };
}

const ownTags = (tags: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => !OF_AKS.test(name)));

/** The options of a scenario, with the cluster's where it says nothing. */
export function asIn(cluster: Cluster | undefined, options: AzureOptions): AzureOptions {
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as AzureOptions;
  const all = { ...cluster?.connected, ...said, tags: { ...cluster?.tags, ...options.tags } };
  if (all.subnet === undefined && !['public', 'run-command'].includes(all.reach.kind))
    throw worldError(
      `No node pool in ${options.group?.name} says which subnet its machines are in.`,
      'Name it: provider.subnet.',
    );
  return all;
}
