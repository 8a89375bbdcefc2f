/** Turns a cluster into a scenario, a node's configuration, and the list of values that the user must add. */
import type { ClusterRequest, ClusterStart, ToFill } from '../../../model/cluster.ts';
import { usageError } from '../../../model/errors.ts';
import { toJson } from '../../../model/json.ts';
import type { AccountWorld } from '../account/subscription.ts';
import { distroOf } from './distro.ts';
import { hasPodAddresses, maxPodsOf, type NodeFacts, nodeConfig } from './node-config.ts';
import { readCluster } from './read.ts';
import SCENARIO from './scenario.yaml';
import { type Cluster, type Pool, savedCluster } from './show.ts';
import { always, missing, nodeGroupToFill, privateToFill, subnetToFill, usualNodeGroup } from './to-fill.ts';

export async function startFromCluster(
  request: ClusterRequest,
  name: string,
  world: AccountWorld,
  signal: AbortSignal,
): Promise<ClusterStart> {
  const { cluster, madeSubnet } =
    request.kind === 'saved'
      ? { cluster: savedCluster(request.text, request.shown, request.cluster), madeSubnet: undefined }
      : await readCluster(request.cluster, request.group, world, signal);
  return startOf(cluster, madeSubnet, name);
}

/** A size with a temporary disk and nested virtualization, as pools often have. */
const USUAL_SIZE = 'Standard_D4ds_v5';

export function startOf(cluster: Cluster, madeSubnet: string | undefined, name: string): ClusterStart {
  const pool = poolOf(cluster);
  const asked = new Set<keyof typeof missing>();
  const known = (value: string | undefined, variable: keyof typeof missing): string => {
    if (value === undefined) asked.add(variable);
    return value ?? `\${env:${variable}}`;
  };
  const isPrivate = cluster.apiserveraccessprofile.enableprivatecluster;
  const facts: NodeFacts = {
    apiServer: known(
      isPrivate ? (cluster.privatefqdn ?? cluster.fqdn) : (cluster.fqdn ?? cluster.privatefqdn),
      'BENCH_API_SERVER',
    ),
    version: known(versionOf(cluster, pool), 'BENCH_KUBERNETES_VERSION'),
    distro: known(distroOf(pool.nodeimageversion), 'BENCH_DISTRO'),
    kubeletClientId: known(cluster.identityprofile.kubeletidentity.clientid, 'BENCH_KUBELET_CLIENT_ID'),
    tenant: known(cluster.identity.tenantid, 'BENCH_TENANT'),
    subscription: cluster.id.split('/')[2] ?? '',
    nodeGroup: cluster.noderesourcegroup ?? usualNodeGroup(cluster),
    subnet: pool.vnetsubnetid ?? madeSubnet,
    size: pool.vmsize ?? USUAL_SIZE,
  };
  return {
    scenario: SCENARIO.replaceAll('NAME', name)
      .replaceAll('CLUSTER', () => oneLine(cluster.name))
      .replace('PROVIDER', () => providerLines(cluster, pool, facts)),
    nodeConfig: toJson(nodeConfig(cluster, pool, facts)),
    toFill: [
      ...always(cluster),
      ...[...asked].map((variable): ToFill => missing[variable](cluster)),
      ...(cluster.noderesourcegroup === undefined ? [nodeGroupToFill(cluster)] : []),
      ...(facts.subnet === undefined ? [subnetToFill(facts.nodeGroup)] : []),
      ...(isPrivate ? [privateToFill] : []),
    ],
  };
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ');

/** The first Linux system pool, which every cluster has; else the first Linux pool. */
function poolOf({ agentpoolprofiles: pools, name }: Cluster): Pool {
  const linux = pools.filter(({ ostype }) => ostype?.toLowerCase() !== 'windows');
  const pool = linux.find(({ mode }) => mode?.toLowerCase() === 'system') ?? linux[0];
  if (pool === undefined)
    throw usageError(
      `The cluster ${name} has no Linux pool.`,
      'Its nodes are measured as those of a pool; add one, or name another cluster.',
    );
  return pool;
}

/** `kubernetesVersion` may be an alias (`1.33`); the names of binaries need the patch version. */
const versionOf = (cluster: Cluster, pool: Pool): string | undefined =>
  [
    pool.currentorchestratorversion,
    cluster.currentkubernetesversion,
    pool.orchestratorversion,
    cluster.kubernetesversion,
  ].find((version) => /^\d+\.\d+\.\d+/.test(version ?? ''));

function providerLines(cluster: Cluster, pool: Pool, facts: NodeFacts): string {
  const kubeletIdentity = cluster.identityprofile.kubeletidentity.resourceid;
  const plugin = (cluster.networkprofile.networkplugin ?? 'kubenet').toLowerCase();
  const trusted = pool.securityprofile.enablesecureboot || pool.securityprofile.enablevtpm;
  const lines: readonly (readonly [key: string, value: unknown, comment?: string])[] = [
    ['location', cluster.location],
    ['subscription', facts.subscription],
    ['tenant', cluster.identity.tenantid],
    ['machine', 'scale-set', 'one set of one instance for each boot, as AKS makes its nodes'],
    [
      'group',
      { name: facts.nodeGroup, existing: true },
      'AKS deletes the Node of a machine that it does not find here',
    ],
    ['sizes', [facts.size], 'that of the pool; more may follow, and are tried in this order'],
    ['osDisk', osDiskOf(pool)],
    ['securityType', trusted ? 'trusted-launch' : undefined],
    ['nestedVirtualization', /kata/i.test(pool.workloadruntime ?? '') || undefined],
    ['identities', kubeletIdentity === undefined ? undefined : [kubeletIdentity], "kubelet's"],
    ['subnet', facts.subnet],
    ['backendPools', backendPoolsOf(cluster, facts), 'the way out of the network'],
    ['ipForwarding', plugin === 'kubenet' || undefined, 'pods have their own addresses'],
    [
      'podAddresses',
      hasPodAddresses(pool, cluster.networkprofile) ? maxPodsOf(pool, cluster.networkprofile) : undefined,
    ],
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([key, value, comment]) => `  ${key}: ${flow(value)}${comment === undefined ? '' : `  # ${comment}`}`)
    .join('\n');
}

/** JSON is YAML. Words that need no quotes get none. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, each]) => `${key}: ${flow(each)}`)
      .join(', ')}}`;
  return typeof value === 'string' &&
    /^[A-Za-z][A-Za-z_-]*[\w-]*$/.test(value) &&
    !/^(?:true|false|null|yes|no|on|off|[yn])$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function osDiskOf({ osdisktype, osdisksizegb }: Pool): object {
  const sizeGb = osdisksizegb === undefined || osdisksizegb <= 0 ? {} : { sizeGb: osdisksizegb };
  return { ephemeral: osdisktype?.toLowerCase() === 'ephemeral' ? 'resource' : 'none', ...sizeGb };
}

/** Machines behind a standard load balancer reach the Internet through it, if its backend pool contains interfaces. */
function backendPoolsOf(
  { networkprofile: network }: Cluster,
  { subscription, nodeGroup }: NodeFacts,
): string[] | undefined {
  const isByBalancer = (network.outboundtype ?? 'loadBalancer').toLowerCase() === 'loadbalancer';
  const isStandard = (network.loadbalancersku ?? 'standard').toLowerCase() === 'standard';
  const isOfAddresses = network.loadbalancerprofile.backendpooltype?.toLowerCase() === 'nodeip';
  if (!isByBalancer || !isStandard || isOfAddresses) return undefined;
  const balancer = `/subscriptions/${subscription}/resourceGroups/${nodeGroup}/providers/Microsoft.Network/loadBalancers/kubernetes`;
  return [`${balancer}/backendAddressPools/aksOutboundBackendPool`];
}
