/**
 * The request for a scale set of one instance: the machine as its model, and nothing that changes a machine while it boots. Azure
 * makes no spare instance that it deletes again, and rolls out no model by itself. The provisioning command is part of the model,
 * as in AKS. So it starts when the agent is ready, not when a request arrives.
 * Source: Compute specification, VirtualMachineScaleSets_CreateOrUpdate; the AKS node image tests.
 */
import type { VirtualMachineScaleSet, VirtualMachineScaleSetVMProfile } from '@azure/arm-compute';
import { hasPublicAddress } from '../network/reach.ts';
import type { AzureOptions } from '../scenario.ts';
import { EXTENSION, extensionOf } from './extension.ts';
import {
  DIAGNOSTICS,
  identityOf,
  type MachineOrder,
  NETWORK_API_VERSION,
  osDiskOf,
  PUBLIC_SKU,
  placeOf,
  priorityOf,
  securityOf,
  storageOf,
  userOf,
} from './request.ts';

export function scaleSetBody(order: MachineOrder, options: AzureOptions): VirtualMachineScaleSet {
  return {
    ...placeOf(order, options),
    ...identityOf(order),
    sku: { name: order.placement.size, tier: 'Standard', capacity: 1 },
    // One fault domain spreads as far as Azure can; a flexible set has no upgrade policy and no placement group.
    ...(options.orchestration === 'flexible'
      ? { orchestrationMode: 'Flexible', platformFaultDomainCount: 1, singlePlacementGroup: false }
      : {
          orchestrationMode: 'Uniform',
          overprovision: false,
          singlePlacementGroup: true,
          upgradePolicy: { mode: 'Manual' },
        }),
    virtualMachineProfile: profileOf(order, options),
  };
}

function profileOf(order: MachineOrder, options: AzureOptions): VirtualMachineScaleSetVMProfile {
  const { deleteOption, ...osDisk } = osDiskOf(options);
  return {
    ...priorityOf(options),
    storageProfile: {
      ...storageOf(order),
      // Azure deletes the disk of a uniform instance with it, and accepts no other setting.
      osDisk: options.orchestration === 'flexible' ? { ...osDisk, deleteOption } : osDisk,
    },
    ...(!order.image.specialized && { osProfile: { computerNamePrefix: order.name, ...userOf(order, options) } }),
    networkProfile: networkOf(order, options),
    ...securityOf(options),
    ...DIAGNOSTICS,
    ...(order.command !== undefined && {
      extensionProfile: { extensions: [{ name: EXTENSION, ...extensionOf(order.command) }] },
    }),
    ...(order.userData && { userData: order.userData }),
  };
}

function networkOf(order: MachineOrder, options: AzureOptions) {
  const { subnet, securityGroup, backendPools, ipForwarding, podAddresses } = order.network;
  const flexible = options.orchestration === 'flexible';
  const withIt = flexible ? ({ deleteOption: 'Delete' } as const) : {};
  const publicIPAddressConfiguration = { name: `${order.name}-ip`, sku: PUBLIC_SKU, ...withIt };
  const node = {
    name: 'ip',
    primary: true,
    subnet: { id: subnet },
    privateIPAddressVersion: 'IPv4',
    ...(backendPools.length > 0 && { loadBalancerBackendAddressPools: backendPools.map((id) => ({ id })) }),
    ...(hasPublicAddress(options) && { publicIPAddressConfiguration }),
  } as const;
  const pods = Array.from(
    { length: podAddresses },
    (_, index) =>
      ({
        name: `ip${index + 1}`,
        primary: false,
        subnet: { id: subnet },
        privateIPAddressVersion: 'IPv4',
      }) as const,
  );
  return {
    // Only if the instance's interface is a separate resource.
    ...(flexible && { networkApiVersion: NETWORK_API_VERSION }),
    networkInterfaceConfigurations: [
      {
        name: `${order.name}-nic`,
        primary: true,
        ...withIt,
        enableAcceleratedNetworking: options.acceleratedNetworking,
        enableIPForwarding: ipForwarding,
        ...(securityGroup && { networkSecurityGroup: { id: securityGroup } }),
        ipConfigurations: [node, ...pods],
      },
    ],
  };
}
