/**
 * Nodes that machines of a run became. The cloud controller of AKS removes the Node of a deleted machine, if it knows the machine.
 * It knows machines in the node resource group whose Node has no label of another owner. Other Nodes stay, and the run reports how
 * to delete them, because bench itself has no access to a cluster. The name of a Node begins like that of its machine. So one
 * command finds all Nodes of one process, even after the machines are gone.
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
  /** Records machines that an earlier process of this run left; returns the message about them. */
  leftBehind(machines: readonly ListedMachine[]): string | undefined;
  /** The message about the Nodes once their machines are gone; undefined if there are none. */
  farewell(): string | undefined;
}

const UNMANAGED = 'kubernetes.azure.com/managed=false';
/** No sensible data unpacks to more. */
const UNPACKED_LIMIT_BYTES = 16 * 2 ** 20;

interface Where {
  /** The machines are in the node resource group of a cluster. */
  readonly inCluster: boolean;
  /** The prefix of all machine names of this process. */
  readonly prefix: string;
}

export function nodeObjects(data: ReadonlyMap<string, BootstrapData>, { inCluster, prefix }: Where): NodeObjects {
  const names = new Set<string>();
  const isUnmanaged = [...data.values()].some((each) => textOf(each).includes(UNMANAGED));
  const joins = (variant = '') => data.get(variant)?.command !== undefined;
  let isResumed = false;
  return {
    // kubelet also uses lower case.
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
      // An earlier process of this run may have had more machines than it left.
      return mayHaveMore
        ? `${said} ${all}`
        : `${said} kubectl delete node --ignore-not-found ${[...names].sort().join(' ')}`;
    },
  };
}

/** The Nodes of machines that a killed process left; `owner` determines the names of its machines. */
export function nodesOf(machines: readonly ListedMachine[], owner: string): Pick<Leftover, 'nodes'> {
  const names = machines.filter(({ joins }) => joins).map(({ nodeName }) => nodeName);
  return names.length === 0 ? {} : { nodes: { names: names.sort(), remove: removalOfNodes(machinePrefix(owner)) } };
}

/** A shell command that deletes the Nodes of one process, and does nothing if there are none. */
const removalOfNodes = (prefix: string): string =>
  `kubectl get nodes --output name | grep '^node/${prefix}' | xargs -r kubectl delete`;

function textOf({ customData = '', command = '' }: BootstrapData): string {
  const bytes = Buffer.from(customData, 'base64');
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const text = isGzip ? gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT_BYTES }) : bytes;
  return `${text.toString('utf8')}\n${command}`;
}
