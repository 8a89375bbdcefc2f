/**
 * The request for one machine: itself, its disk, its network interface and its address in one PUT. Azure deletes all of them with
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

/** The machine's identities: user-assigned ones by their ids, and the system-assigned one. */
export interface Identities {
  readonly user: readonly string[];
  readonly system: boolean;
}

export interface MachineOrder {
  readonly name: string;
  readonly tags: Tags;
  readonly image: PinnedImage;
  readonly placement: Placement;
  readonly network: Network;
  readonly identities: Identities;
  readonly publicKey: string;
  /** Base64. */
  readonly customData?: string;
  readonly userData?: string;
  /** Provisioning command, if the machine becomes a node. */
  readonly command?: string;
}

export function machineBody(order: MachineOrder, options: AzureOptions): VirtualMachine {
  return {
    ...placeOf(order, options),
    ...identityOf(order),
    ...priorityOf(options),
    hardwareProfile: { vmSize: order.placement.size },
    storageProfile: { ...storageOf(order), osDisk: osDiskOf(options) },
    ...(!order.image.specialized && { osProfile: { computerName: order.name, ...userOf(order, options) } }),
    networkProfile: networkOf(order, options),
    ...securityOf(options),
    ...DIAGNOSTICS,
    ...(order.userData && { userData: order.userData }),
  };
}

/** Without a storage address Azure keeps the log, and retrieveBootDiagnosticsData reads it. */
export const DIAGNOSTICS = { diagnosticsProfile: { bootDiagnostics: { enabled: true } } } as const;

export const placeOf = ({ tags, image, placement }: MachineOrder, { location }: AzureOptions) => ({
  location,
  tags: { ...tags },
  ...(placement.zone && { zones: [placement.zone] }),
  ...(image.plan && { plan: { ...image.plan } }),
});

export function identityOf({ identities: { user, system } }: MachineOrder) {
  if (user.length === 0 && !system) return {};
  const type = user.length === 0 ? 'SystemAssigned' : system ? 'SystemAssigned, UserAssigned' : 'UserAssigned';
  const userAssignedIdentities = Object.fromEntries(user.map((id) => [id, {}]));
  return { identity: { type, ...(user.length > 0 && { userAssignedIdentities }) } } as const;
}

export const priorityOf = ({ priority }: AzureOptions) =>
  priority === 'spot'
    ? // At most the price of a regular machine.
      ({ priority: 'Spot', evictionPolicy: 'Delete', billingProfile: { maxPrice: -1 } } as const)
    : {};

export const storageOf = ({ image, placement }: MachineOrder) => ({
  imageReference: { ...image.reference },
  ...(placement.controller && { diskControllerType: placement.controller }),
});

export function osDiskOf({ osDisk: { ephemeral, sizeGb, storage }, securityType }: AzureOptions) {
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

const SECURITY = { 'trusted-launch': 'TrustedLaunch', confidential: 'ConfidentialVM' } as const;

export const securityOf = ({ securityType }: AzureOptions) =>
  securityType === 'standard'
    ? {}
    : {
        securityProfile: {
          securityType: SECURITY[securityType],
          uefiSettings: { secureBootEnabled: true, vTpmEnabled: true },
        },
      };

/** The user that bench logs in as, and the custom data of the machine. */
export const userOf = ({ publicKey, customData }: MachineOrder, { user }: AzureOptions) => ({
  adminUsername: user,
  linuxConfiguration: {
    disablePasswordAuthentication: true,
    ssh: { publicKeys: [{ path: `/home/${user}/.ssh/authorized_keys`, keyData: publicKey }] },
  },
  ...(customData && { customData }),
});

/** The api-version of interfaces and addresses that a machine's request makes. */
export const NETWORK_API_VERSION = '2022-11-01';
export const PUBLIC_SKU = { name: 'Standard', tier: 'Regional' } as const;

function networkOf(order: MachineOrder, options: AzureOptions) {
  const { subnet, securityGroup, backendPools, ipForwarding, podAddresses } = order.network;
  const address = {
    name: `${order.name}-ip`,
    deleteOption: 'Delete',
    sku: PUBLIC_SKU,
    publicIPAllocationMethod: 'Static',
  };
  const node = {
    name: 'ip',
    ...(podAddresses > 0 && { primary: true }),
    subnet: { id: subnet },
    ...(backendPools.length > 0 && { loadBalancerBackendAddressPools: backendPools.map((id) => ({ id })) }),
    ...(hasPublicAddress(options) && { publicIPAddressConfiguration: address }),
  };
  const pods = Array.from({ length: podAddresses }, (_, index) => ({
    name: `ip${index + 1}`,
    primary: false,
    subnet: { id: subnet },
  }));
  return {
    networkApiVersion: NETWORK_API_VERSION,
    networkInterfaceConfigurations: [
      {
        name: `${order.name}-nic`,
        primary: true,
        deleteOption: 'Delete',
        enableAcceleratedNetworking: options.acceleratedNetworking,
        ...(ipForwarding && { enableIPForwarding: true }),
        ...(securityGroup && { networkSecurityGroup: { id: securityGroup } }),
        ipConfigurations: [node, ...pods],
      },
    ],
  };
}
