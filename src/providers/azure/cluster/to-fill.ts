/** Values that a cluster does not contain, with the commands that print them: each is a complete shell line. */
import type { ToFill } from '../../../model/cluster.ts';
import type { Cluster } from './show.ts';

const KUBECONFIG = 'cluster.kubeconfig';
const kubectl = `kubectl --kubeconfig ${KUBECONFIG}`;
const CA = `${kubectl} config view --raw --minify -o jsonpath='{.clusters[0].cluster.certificate-authority-data}'`;
const TOKEN = `${kubectl} --namespace kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o json`;

/** In single quotes, because names may contain characters that are special to a shell. */
const quoted = (word: string): string => (/^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

export const groupOf = (id: string): string => id.split('/')[4] ?? '';

export const always = (cluster: Cluster): ToFill[] => [
  {
    names: ['BENCH_BEFORE_IMAGE', 'BENCH_AFTER_IMAGE'],
    what: 'the two node images: versions of a gallery',
    commands: [
      'az sig image-version list --resource-group <group> --gallery-name <gallery> --gallery-image-definition <definition> --query "[].id" -o tsv',
    ],
  },
  {
    names: ['BENCH_BOOTSTRAPPER_URL'],
    what: 'a node bootstrapper, e.g. that of Azure/AgentBaker, from the commit that built the images',
    commands: [
      'go run ./cmd start    # in a checkout of AgentBaker',
      'export BENCH_BOOTSTRAPPER_URL=http://localhost:8080',
    ],
  },
  {
    names: ['BENCH_CLUSTER_CA'],
    what: "the cluster's certificate authority",
    commands: [
      `az aks get-credentials --resource-group ${quoted(groupOf(cluster.id))} --name ${quoted(cluster.name)}${cluster.disablelocalaccounts ? '' : ' --admin'} --file ${KUBECONFIG}`,
      `export BENCH_CLUSTER_CA="$(${CA} | base64 -d)"`,
    ],
  },
  {
    names: ['BENCH_BOOTSTRAP_TOKEN'],
    what: 'a token with which kubelet asks for its certificate; it lasts a few days',
    commands: [
      `export BENCH_BOOTSTRAP_TOKEN="$(${TOKEN} | jq -r '.items[0].data | (."token-id" | @base64d) + "." + (."token-secret" | @base64d)')"`,
    ],
  },
];

const show = (cluster: Cluster, query: string) =>
  `az aks show --resource-group ${quoted(groupOf(cluster.id))} --name ${quoted(cluster.name)} --query ${query} -o tsv`;

/** The values that may be missing, by the variable that takes each. */
export const missing = {
  BENCH_API_SERVER: (cluster: Cluster): ToFill => ({
    names: ['BENCH_API_SERVER'],
    what: 'host name of the API server',
    commands: [`export BENCH_API_SERVER="$(${show(cluster, 'fqdn')})"`],
  }),
  BENCH_KUBERNETES_VERSION: (cluster: Cluster): ToFill => ({
    names: ['BENCH_KUBERNETES_VERSION'],
    what: 'version of Kubernetes in full, e.g. 1.33.2',
    commands: [`export BENCH_KUBERNETES_VERSION="$(${show(cluster, 'currentKubernetesVersion')})"`],
  }),
  BENCH_DISTRO: (_: Cluster): ToFill => ({
    names: ['BENCH_DISTRO'],
    what: "the bootstrapper's name for what the images are, e.g. aks-ubuntu-containerd-24.04-gen2",
    commands: ["grep 'Distro = ' pkg/agent/datamodel/types.go    # in a checkout of AgentBaker"],
  }),
  BENCH_KUBELET_CLIENT_ID: (cluster: Cluster): ToFill => ({
    names: ['BENCH_KUBELET_CLIENT_ID'],
    what: "client id of kubelet's identity; give its resource id to provider.identities",
    commands: [show(cluster, 'identityProfile.kubeletidentity')],
  }),
  BENCH_TENANT: (_: Cluster): ToFill => ({
    names: ['BENCH_TENANT'],
    what: 'directory (tenant) of the subscription',
    commands: ['export BENCH_TENANT="$(az account show --query tenantId -o tsv)"'],
  }),
} as const;

/** AKS's default name, cut to 80 characters. */
export const usualNodeGroup = (cluster: Cluster): string =>
  `MC_${groupOf(cluster.id)}_${cluster.name}_${cluster.location}`.slice(0, 80);

export const nodeGroupToFill = (cluster: Cluster): ToFill => ({
  names: ['provider.group'],
  what: 'node resource group of the cluster, here by its usual name; ResourceGroupName of the configuration is the same',
  commands: [show(cluster, 'nodeResourceGroup')],
});

export const subnetToFill = (nodeGroup: string): ToFill => ({
  names: ['provider.subnet'],
  what: 'the subnet of the nodes, which AKS made; by default it is taken from a scale set of the cluster',
  commands: [
    `az network vnet list --resource-group ${quoted(nodeGroup)} --query "[].subnets[?name=='aks-subnet'].id" -o tsv`,
  ],
});

export const privateToFill: ToFill = {
  names: ['provider.reach'],
  what: 'the API server of this cluster is private: run bench where its network can be reached, or by way of a host in it',
  commands: ['bench help azure'],
};
