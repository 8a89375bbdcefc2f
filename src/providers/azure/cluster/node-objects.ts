/**
 * Nodes that machines of a run became. The cloud controller of AKS removes the Node of a machine that is gone, where it knows the
 * machine: one in the node resource group whose Node is not labelled as somebody else's. Elsewhere they stay, and the run says
 * how they go: bench itself has no way into a cluster.
 * Sources: node_lifecycle_controller.go of Kubernetes; azure_instances_v1.go of cloud-provider-azure.
 */
import { gunzipSync } from 'node:zlib';
import type { BootstrapData } from '../machine/bootstrap.ts';

export interface NodeObjects {
  /** The machine of this name runs a provisioning command: it may have become a Node. */
  add(computerName: string): void;
  /** What is to be said of them once their machines are gone; undefined where there are none. */
  farewell(): string | undefined;
}

const UNMANAGED = 'kubernetes.azure.com/managed=false';
/** Nothing sensible unpacks to more. */
const UNPACKED_LIMIT_BYTES = 16 * 2 ** 20;

/** `inCluster`: the machines are in the node resource group of a cluster. */
export function nodeObjects(data: ReadonlyMap<string, BootstrapData>, inCluster: boolean): NodeObjects {
  const names = new Set<string>();
  const isUnmanaged = [...data.values()].some((each) => textOf(each).includes(UNMANAGED));
  return {
    // As kubelet does.
    add: (computerName) => void names.add(computerName.toLowerCase()),
    farewell() {
      if (names.size === 0) return undefined;
      if (inCluster && !isUnmanaged)
        return `the cloud controller of the cluster removes the Nodes of ${names.size} machines within minutes`;
      const why = isUnmanaged
        ? `they are labelled ${UNMANAGED}`
        : 'their machines were not in the node resource group of a cluster';
      return `no cloud controller may remove the Nodes of ${names.size} machines (${why}). Delete them: kubectl delete node --ignore-not-found ${[...names].sort().join(' ')}`;
    },
  };
}

function textOf({ customData = '', command = '' }: BootstrapData): string {
  const bytes = Buffer.from(customData, 'base64');
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const text = isGzip ? gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT_BYTES }) : bytes;
  return `${text.toString('utf8')}\n${command}`;
}
