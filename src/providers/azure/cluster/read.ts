/** Reads a cluster from the resource manager, and the network that AKS made for it, which the cluster does not name. */
import * as z from 'zod';
import { usageError } from '../../../model/errors.ts';
import { type AccountWorld, connect } from '../account/subscription.ts';
import { type Arm, get, list } from '../arm/connection.ts';
import { ArmError, asWorldError } from '../arm/failure.ts';
import { type Cluster, clusterIn } from './show.ts';

const CLUSTERS_API = 'api-version=2024-09-01';
const NETWORK_API = 'api-version=2024-05-01';

export interface ReadCluster {
  readonly cluster: Cluster;
  /** The subnet of the network in the node resource group, if there is exactly one. */
  readonly madeSubnet: string | undefined;
}

export async function readCluster(
  name: string,
  group: string | undefined,
  world: AccountWorld,
  signal: AbortSignal,
): Promise<ReadCluster> {
  const { environment } = world;
  const credentials = z
    .enum(['default', 'environment', 'cli', 'managed-identity', 'workload-identity', 'github'])
    .catch('default')
    .parse(environment.BENCH_AZURE_CREDENTIALS);
  const arm = await connect({ credentials, cloud: 'public', subscription: undefined, tenant: undefined }, world);
  const cluster = await find(arm, name, group, signal).catch((cause: unknown) => {
    throw cause instanceof ArmError ? asWorldError(`The cluster ${name} could not be read`, cause) : cause;
  });
  // An identity that may read a cluster may lack the permission to read its network.
  const madeSubnet = await subnetIn(arm, cluster.noderesourcegroup, signal).catch(() => undefined);
  return { cluster, madeSubnet };
}

async function find(arm: Arm, name: string, group: string | undefined, signal: AbortSignal): Promise<Cluster> {
  const kind = 'providers/Microsoft.ContainerService/managedClusters';
  const all =
    group === undefined
      ? await list(arm, z.unknown(), `/subscriptions/${arm.subscription}/${kind}?${CLUSTERS_API}`, signal)
      : [
          await get(
            arm,
            z.unknown(),
            `/subscriptions/${arm.subscription}/resourceGroups/${encodeURIComponent(group)}/${kind}/${encodeURIComponent(name)}?${CLUSTERS_API}`,
            signal,
          ),
        ];
  const clusters = all.flatMap((each) => clusterIn(each) ?? []);
  const named = clusters.filter((each) => each.name.toLowerCase() === name.toLowerCase());
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  if (named.length > 1)
    throw usageError(
      `${named.length} clusters are named ${name}: ${named.map(({ id }) => id).join(', ')}.`,
      'Add --resource-group.',
    );
  const others = clusters.map((each) => each.name).join(', ') || 'none';
  throw usageError(
    `There is no cluster ${name} in the subscription ${arm.subscription}; it has ${others}.`,
    'Set AZURE_SUBSCRIPTION_ID to the subscription of the cluster.',
  );
}

const Network = z.object({
  properties: z.object({ subnets: z.array(z.object({ id: z.string(), name: z.string() })).default([]) }),
});

/** AKS names it aks-subnet; users may have added others, for pods or for virtual nodes. */
async function subnetIn(arm: Arm, group: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  if (group === undefined) return undefined;
  const path = `/subscriptions/${arm.subscription}/resourceGroups/${encodeURIComponent(group)}/providers/Microsoft.Network/virtualNetworks?${NETWORK_API}`;
  const subnets = (await list(arm, Network, path, signal)).flatMap(({ properties }) => properties.subnets);
  const made = subnets.filter(({ name }) => name === 'aks-subnet');
  const [only] = made.length > 0 ? made : subnets;
  return made.length === 1 || subnets.length === 1 ? only?.id : undefined;
}
