/** A node resource group as AKS creates it, for the test endpoint: a node pool, its network and load balancer, resources of others. */
import { SUBSCRIPTION } from './catalogue.ts';
import { plainResource, type Resource } from './resources.ts';

export const NODE_GROUP = 'MC_team_cluster_westus3';
const at = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${NODE_GROUP}/providers`;
export const NODE_SUBNET = `${at}/Microsoft.Network/virtualNetworks/aks-vnet-12345678/subnets/aks-subnet`;
export const OUTBOUND_POOL = `${at}/Microsoft.Network/loadBalancers/kubernetes/backendAddressPools/aksOutboundBackendPool`;
export const KUBELET_IDENTITY = `${at}/Microsoft.ManagedIdentity/userAssignedIdentities/cluster-agentpool`;

/** `podAddresses`: number of addresses for pods on each node. */
export function nodeGroup(podAddresses = 2) {
  const tags = { 'aks-managed-cluster-name': 'cluster', 'aks-managed-cluster-rg': 'team' };
  return {
    group: { name: NODE_GROUP, location: 'westus3', tags },
    inside: [
      nodePool('aks-nodepool1-12345678-vmss', podAddresses),
      windowsPool(),
      plain('Microsoft.Network/virtualNetworks', 'aks-vnet-12345678', { subnets: [{ id: NODE_SUBNET }] }),
      plain('Microsoft.Network/loadBalancers', 'kubernetes'),
      // Looks like a resource of bench, but is not: bench recognises a run's resources by tags, and by names made from its process.
      { ...plain('Microsoft.Network/networkInterfaces', 'b00000f-0001-before-nic'), tags: { owner: 'them' } },
      {
        ...plain('Microsoft.Compute/disks', 'data'),
        tags: { 'bench-run': 'another-run' },
      },
    ],
  };
}

const plain = (type: string, name: string, properties: object = {}): Resource =>
  plainResource(`${at}/${type}/${name}`, type, 'westus3', { provisioningState: 'Succeeded', ...properties });

function nodePool(name: string, podAddresses: number): Resource {
  const address = (index: number) => ({
    name: `ipconfig${index + 1}`,
    properties: {
      primary: index === 0,
      subnet: { id: NODE_SUBNET },
      privateIPAddressVersion: 'IPv4',
      ...(index === 0 && { loadBalancerBackendAddressPools: [{ id: OUTBOUND_POOL }] }),
    },
  });
  const nic = {
    name,
    properties: {
      primary: true,
      enableAcceleratedNetworking: true,
      enableIPForwarding: true,
      ipConfigurations: Array.from({ length: 1 + podAddresses }, (_, index) => address(index)),
    },
  };
  const identity = { type: 'UserAssigned', userAssignedIdentities: { [KUBELET_IDENTITY]: {} } };
  return {
    ...plain('Microsoft.Compute/virtualMachineScaleSets', name, {
      orchestrationMode: 'Uniform',
      virtualMachineProfile: {
        storageProfile: { osDisk: { createOption: 'FromImage', osType: 'Linux' } },
        networkProfile: { networkInterfaceConfigurations: [nic] },
      },
    }),
    tags: { 'aks-managed-poolName': 'nodepool1', owner: 'team' },
    ...{ identity, sku: { name: 'Standard_D4ds_v5', tier: 'Standard', capacity: 3 } },
  };
}

/** The first pool by name; it must not serve as the pattern for a Linux machine. */
const windowsPool = (): Resource => ({
  ...plain('Microsoft.Compute/virtualMachineScaleSets', 'akswin', {
    virtualMachineProfile: { storageProfile: { osDisk: { createOption: 'FromImage', osType: 'Windows' } } },
  }),
  tags: { 'aks-managed-poolName': 'win' },
});
