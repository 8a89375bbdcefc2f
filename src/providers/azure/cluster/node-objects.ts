/**
 * Nodes that machines of a run became. The cloud controller of AKS removes the Node of a machine that is gone, where it knows the
 * machine: one in the node resource group whose Node is not labelled as another owner's. Elsewhere they stay, and the run says
 * how they go: bench itself has no way into a cluster. Names of Nodes begin as those of their machines do, so that one command
 * finds all of one process, also when the machines are not known any more.
 * Sources: node_lifecycle_controller.go of Kubernetes; azure_instances_v1.go of cloud-provider-azure.
 */
import { gunzipSync } from 'node:zlib';
import type { Leftover } from '../../../model/leftover.ts';
import type { ListedMachine } from '../gc/group.ts';
import type { BootstrapData } from '../machine/bootstrap.ts';
import { machinePrefix, TAG } from '../names.ts';

export interface NodeObjects {
  /** The machine of this name runs a provisioning command: it may have become a Node. */
  add(computerName: string): void;
  /** Machines that an earlier process of this run left; resolves to what is to be said of them. */
  leftBehind(machines: readonly ListedMachine[]): string | undefined;
  /** What is to be said of them once their machines are gone; undefined where there are none. */
  farewell(): string | undefined;
}

const UNMANAGED = 'kubernetes.azure.com/managed=false';
/** Nothing sensible unpacks to more. */
const UNPACKED_LIMIT_BYTES = 16 * 2 ** 20;

interface Where {
  /** The machines are in the node resource group of a cluster. */
  readonly inCluster: boolean;
  /** What all names of machines of this process begin with. */
  readonly prefix: string;
}

export function nodeObjects(data: ReadonlyMap<string, BootstrapData>, { inCluster, prefix }: Where): NodeObjects {
  const names = new Set<string>();
  const isUnmanaged = [...data.values()].some((each) => textOf(each).includes(UNMANAGED));
  const joins = (variant = '') => data.get(variant)?.command !== undefined;
  let isResumed = false;
  return {
    // As kubelet does.
    add: (computerName) => void names.add(computerName.toLowerCase()),
    leftBehind(machines) {
      isResumed = true;
      const left = machines.filter(({ tags }) => joins(tags[TAG.variant])).map(({ nodeName }) => nodeName);
      for (const name of left) names.add(name);
      return left.length === 0 ? undefined : `they may have become the Nodes ${left.sort().join(' ')}`;
    },
    farewell() {
      const mayHaveMore = isResumed && [...data.keys()].some(joins);
      if (names.size === 0 && !mayHaveMore) return undefined;
      const all = removalOfNodes(prefix);
      if (inCluster && !isUnmanaged)
        return `the cloud controller of the cluster removes the Nodes of ${names.size} machines within minutes. If one stays: ${all}`;
      const why = isUnmanaged
        ? `they are labelled ${UNMANAGED}`
        : 'their machines were not in the node resource group of a cluster';
      const said = `no cloud controller may remove the Nodes of ${names.size} machines (${why}). Delete them:`;
      // An earlier process of this run may have had more than it left.
      return mayHaveMore
        ? `${said} ${all}`
        : `${said} kubectl delete node --ignore-not-found ${[...names].sort().join(' ')}`;
    },
  };
}

/** Of machines that a killed process left; `owner` is what their names follow from. */
export function nodesOf(machines: readonly ListedMachine[], owner: string): Pick<Leftover, 'nodes'> {
  const names = machines.filter(({ joins }) => joins).map(({ nodeName }) => nodeName);
  return names.length === 0 ? {} : { nodes: { names: names.sort(), remove: removalOfNodes(machinePrefix(owner)) } };
}

/** A command for a shell that deletes the Nodes of one process, and does nothing where there are none. */
const removalOfNodes = (prefix: string): string =>
  `kubectl get nodes --output name | grep '^node/${prefix}' | xargs -r kubectl delete`;

function textOf({ customData = '', command = '' }: BootstrapData): string {
  const bytes = Buffer.from(customData, 'base64');
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const text = isGzip ? gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT_BYTES }) : bytes;
  return `${text.toString('utf8')}\n${command}`;
}
