/**
 * The request for one machine: itself, its disk, its network interface and its address in one PUT, all of them deleted with
 * it. Source: examples of the Compute specification (WithNetworkInterfaceConfiguration, DiffOsDisk, SshAuthentication).
 */
import type { VirtualMachine } from '@azure/arm-compute';
import type { Placement } from '../../cloud/placements.ts';
import type { PinnedImage } from '../images/image.ts';
import type { Tags } from '../names.ts';
import type { Network } from '../network/network.ts';
import { hasPublicAddress } from '../network/reach.ts';
import { DISK_PLACEMENT } from '../preflight/sizes.ts';
import type { AzureOptions } from '../scenario.ts';

export interface MachineOrder {
  readonly name: string;
  readonly tags: Tags;
  readonly image: PinnedImage;
  readonly placement: Placement;
  readonly network: Network;
  readonly publicKey: string;
  /** Base64. */
  readonly customData?: string;
  readonly userData?: string;
  /** Provisioning command, where the machine becomes a node. */
  readonly command?: string;
}

const SECURITY = { 'trusted-launch': 'TrustedLaunch', confidential: 'ConfidentialVM' } as const;

export function machineBody(order: MachineOrder, options: AzureOptions): VirtualMachine {
  const { image, placement } = order;
  return {
    location: options.location,
    tags: { ...order.tags },
    ...(placement.zone && { zones: [placement.zone] }),
    ...(image.plan && { plan: { ...image.plan } }),
    ...(options.identities.length > 0 && {
      identity: {
        type: 'UserAssigned' as const,
        userAssignedIdentities: Object.fromEntries(options.identities.map((id) => [id, {}])),
      },
    }),
    ...(options.priority === 'spot' && {
      priority: 'Spot' as const,
      evictionPolicy: 'Delete' as const,
      // As much as a regular machine costs, at most.
      billingProfile: { maxPrice: -1 },
    }),
    hardwareProfile: { vmSize: placement.size },
    storageProfile: {
      imageReference: { ...image.reference },
      osDisk: osDisk(options),
      ...(placement.controller && { diskControllerType: placement.controller }),
    },
    ...(!image.specialized && { osProfile: osProfile(order, options) }),
    networkProfile: networkProfile(order, options),
    ...(options.securityType !== 'standard' && {
      securityProfile: {
        securityType: SECURITY[options.securityType],
        uefiSettings: { secureBootEnabled: true, vTpmEnabled: true },
      },
    }),
    // Without a storage address the log is kept by Azure, and read through retrieveBootDiagnosticsData.
    diagnosticsProfile: { bootDiagnostics: { enabled: true } },
    ...(order.userData && { userData: order.userData }),
  };
}

function osDisk({ osDisk: { ephemeral, sizeGb, storage }, securityType }: AzureOptions) {
  const secured = securityType === 'confidential' && {
    securityProfile: { securityEncryptionType: 'VMGuestStateOnly' as const },
  };
  const size = sizeGb === undefined ? {} : { diskSizeGB: sizeGb };
  const common = { createOption: 'FromImage', deleteOption: 'Delete', ...size } as const;
  if (ephemeral === 'none')
    return { ...common, caching: 'ReadWrite', managedDisk: { storageAccountType: storage, ...secured } } as const;
  return {
    ...common,
    caching: 'ReadOnly',
    diffDiskSettings: { option: 'Local', placement: DISK_PLACEMENT[ephemeral] },
    managedDisk: { storageAccountType: 'Standard_LRS', ...secured },
  } as const;
}

function osProfile(order: MachineOrder, { user }: AzureOptions) {
  return {
    computerName: order.name,
    adminUsername: user,
    linuxConfiguration: {
      disablePasswordAuthentication: true,
      ssh: { publicKeys: [{ path: `/home/${user}/.ssh/authorized_keys`, keyData: order.publicKey }] },
    },
    ...(order.customData && { customData: order.customData }),
  };
}

function networkProfile(order: MachineOrder, options: AzureOptions) {
  const { subnet, securityGroup } = order.network;
  const address = {
    name: `${order.name}-ip`,
    deleteOption: 'Delete',
    sku: { name: 'Standard', tier: 'Regional' },
    publicIPAllocationMethod: 'Static',
  };
  const ipConfiguration = {
    name: 'ip',
    subnet: { id: subnet },
    ...(hasPublicAddress(options) && { publicIPAddressConfiguration: address }),
  };
  return {
    networkApiVersion: '2022-11-01',
    networkInterfaceConfigurations: [
      {
        name: `${order.name}-nic`,
        primary: true,
        deleteOption: 'Delete',
        enableAcceleratedNetworking: options.acceleratedNetworking,
        ...(securityGroup && { networkSecurityGroup: { id: securityGroup } }),
        ipConfigurations: [ipConfiguration],
      },
    ],
  };
}
