/**
 * The cluster whose node resource group holds the machines of a run. Its node pools are scale sets there. The model of one shows
 * how its nodes connect, and which identities they use. Machines that become nodes get the same settings; the scenario overrides
 * them. Bootstrap data, and not this file, turns a machine into a node.
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
  /** The scale set that these settings come from. */
  readonly pool: string;
  readonly connected: Connected;
  /** Without the tags that mark AKS's own pools. */
  readonly tags: Readonly<Record<string, string>>;
}

/** AKS marks its pools with this tag; our scale sets do not have it. */
const POOL_TAG = /^aks-managed-poolname$/i;
const OF_AKS = /^(aks-managed-|kubernetes|creationsource$|orchestrator$|poolname$|resourcenamesuffix$)/i;

/** Undefined if the scenario names no existing group, or if that group has no Linux node pool. */
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
  // `opening/group-of-others.ts` reports a missing group.
  await orUndefined(explained(read()));
  // Pools may differ, so always take the same one.
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

/** The options of a scenario; the cluster supplies those that the scenario omits. */
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
