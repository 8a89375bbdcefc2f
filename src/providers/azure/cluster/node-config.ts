/**
 * The request to a node bootstrapper: AgentBaker's NodeBootstrappingConfiguration, as far as the cluster determines it. Names come
 * from its JSON (pkg/agent/datamodel); values for which the bootstrapper has a default are absent. It contains the names of
 * secrets, not their values: bench fills in `${env:NAME}` when it sends the request.
 */
import type { Cluster, Pool } from './show.ts';

/** A missing value refers to an environment variable; `asked` collects those variables. */
export interface NodeFacts {
  readonly apiServer: string;
  readonly version: string;
  readonly distro: string;
  readonly kubeletClientId: string;
  readonly tenant: string;
  readonly subscription: string;
  readonly nodeGroup: string;
  readonly subnet: string | undefined;
  readonly size: string;
}

/** From 1.34 on the binaries are packages of the image, so the request names no archive. */
const LAST_ARCHIVE = 33;

export function nodeConfig(cluster: Cluster, pool: Pool, facts: NodeFacts): object {
  const network = cluster.networkprofile;
  const plugin = network.networkplugin ?? 'kubenet';
  const profile = poolProfile(pool, facts);
  return {
    ContainerService: {
      id: cluster.id,
      location: cluster.location,
      name: cluster.name,
      type: 'Microsoft.ContainerService/ManagedClusters',
      properties: {
        ClusterID: cluster.id,
        orchestratorProfile: {
          orchestratorType: 'Kubernetes',
          orchestratorVersion: facts.version,
          kubernetesConfig: {
            networkPlugin: plugin,
            ...(network.networkpluginmode && { networkPluginMode: network.networkpluginmode }),
            ...(network.networkpolicy && network.networkpolicy !== 'none' && { networkPolicy: network.networkpolicy }),
            ...(dataplaneOf(network) === 'cilium' && { ebpfDataplane: 'cilium' }),
            ...(network.podcidr && { clusterSubnet: network.podcidr }),
            ...(network.servicecidr && { serviceCidr: network.servicecidr }),
            ...(network.dnsserviceip && { dnsServiceIP: network.dnsserviceip }),
            useInstanceMetadata: true,
            useManagedIdentity: true,
            userAssignedID: facts.kubeletClientId,
            cloudProviderBackoffMode: 'v2',
            cloudProviderBackoff: true,
            cloudProviderRateLimit: true,
            loadBalancerSku: network.loadbalancersku?.toLowerCase() ?? 'standard',
            ...archiveOf(facts.version, facts.distro),
          },
        },
        agentPoolProfiles: [profile],
        linuxProfile: { adminUsername: 'azureuser', ssh: { publicKeys: [] } },
        servicePrincipalProfile: { clientId: 'msi', secret: Buffer.from('msi').toString('base64') },
        certificateProfile: { caCertificate: '${env:BENCH_CLUSTER_CA}' },
        hostedMasterProfile: { fqdn: facts.apiServer, dnsPrefix: '', fqdnSubdomain: '', subnet: '' },
      },
    },
    CloudSpecConfig: { CloudName: 'AzurePublicCloud' },
    K8sComponents: { PodInfraContainerImageURL: 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2' },
    AgentPoolProfile: profile,
    TenantID: facts.tenant,
    SubscriptionID: facts.subscription,
    ResourceGroupName: facts.nodeGroup,
    UserAssignedIdentityClientID: facts.kubeletClientId,
    OSSKU: pool.ossku ?? '',
    KubeletClientTLSBootstrapToken: '${env:BENCH_BOOTSTRAP_TOKEN}',
    SecureTLSBootstrappingConfig: { secureTLSBootstrappingEnabled: false },
    KubeletConfig: kubeletFlags(cluster, pool, plugin),
    FIPSEnabled: pool.enablefips,
    IsARM64: facts.distro.includes('arm64'),
    OutboundType: network.outboundtype ?? 'loadBalancer',
    DisableUnattendedUpgrades: true,
    // Run the scripts of the image under test; otherwise custom data overwrites them with its own.
    EnableScriptlessCSECmd: true,
  };
}

export const dataplaneOf = (network: Cluster['networkprofile']): string =>
  (network.networkdataplane ?? network.ebpfdataplane ?? 'azure').toLowerCase();

function archiveOf(version: string, distro: string): object {
  const minor = Number(/^1\.(\d{1,3})\./.exec(version)?.[1] ?? Number.NaN);
  if (!(minor <= LAST_ARCHIVE)) return {};
  const machine = distro.includes('arm64') ? 'arm64' : 'amd64';
  return {
    customKubeBinaryURL: `https://packages.aks.azure.com/kubernetes/v${version}/binaries/kubernetes-node-linux-${machine}.tar.gz`,
  };
}

const poolProfile = (pool: Pool, { distro, size, subnet }: NodeFacts): object => ({
  name: pool.name ?? 'nodepool1',
  vmSize: size,
  osType: 'Linux',
  availabilityProfile: 'VirtualMachineScaleSets',
  storageProfile: 'ManagedDisks',
  distro,
  ...(subnet !== undefined && { vnetSubnetID: subnet }),
  customNodeLabels: {
    'kubernetes.azure.com/cluster': 'bench',
    // Keep the cluster's own pods off a machine that is gone in a minute.
    'kubernetes.azure.com/mode': 'user',
  },
  kubernetesConfig: { containerRuntime: 'containerd' },
});

/** The pods that AKS allows on a node of a pool without its own limit: for each plugin, the number in AKS's documentation. */
export const maxPodsOf = (pool: Pool, network: Cluster['networkprofile']): number =>
  pool.maxpods ?? (hasPodAddresses(pool, network) ? 30 : network.networkpluginmode === 'overlay' ? 250 : 110);

/** Azure CNI without an overlay and without a subnet for pods: pods get addresses of the machine's subnet. */
export const hasPodAddresses = (pool: Pool, network: Cluster['networkprofile']): boolean =>
  network.networkplugin?.toLowerCase() === 'azure' &&
  network.networkpluginmode?.toLowerCase() !== 'overlay' &&
  pool.podsubnetid === undefined;

const kubeletFlags = (cluster: Cluster, pool: Pool, plugin: string): Readonly<Record<string, string>> => ({
  '--address': '0.0.0.0',
  '--anonymous-auth': 'false',
  '--authentication-token-webhook': 'true',
  '--authorization-mode': 'Webhook',
  '--cgroups-per-qos': 'true',
  '--client-ca-file': '/etc/kubernetes/certs/ca.crt',
  '--cloud-provider': 'external',
  '--cluster-dns': cluster.networkprofile.dnsserviceip ?? '10.0.0.10',
  '--cluster-domain': 'cluster.local',
  '--enforce-node-allocatable': 'pods',
  '--eviction-hard': 'memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%',
  '--kube-reserved': 'cpu=100m,memory=1638Mi',
  '--kubeconfig': '/var/lib/kubelet/kubeconfig',
  '--max-pods': String(maxPodsOf(pool, cluster.networkprofile)),
  '--node-status-update-frequency': '10s',
  '--pod-manifest-path': '/etc/kubernetes/manifests',
  '--protect-kernel-defaults': 'true',
  '--read-only-port': '0',
  '--resolv-conf': plugin === 'none' ? '/etc/resolv.conf' : '/run/systemd/resolve/resolv.conf',
  '--rotate-certificates': 'true',
});
