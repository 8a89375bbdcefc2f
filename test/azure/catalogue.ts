/** The sizes, quota and images that a subscription of the test endpoint may use. */
import type { Call } from './faults.ts';

export interface Catalogue {
  readonly subscription: string;
  readonly state: string;
  readonly skus: readonly unknown[];
  readonly usages: readonly unknown[];
  /** Items of the public price list, returned for every size. */
  readonly prices: readonly unknown[];
  /** Documents by path, without the subscription's own part where the rest starts with `/locations`; the match ignores case. */
  readonly documents: Readonly<Record<string, unknown>>;
}

export const SUBSCRIPTION = '00000000-1111-4222-8333-444444444444';
export const GALLERY = `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/gallery/images/AzureLinuxV3katagen2`;

/** A size with capabilities named as in Azure. */
export const size = (name: string, capabilities: Readonly<Record<string, string>> = {}, more: object = {}) => ({
  resourceType: 'virtualMachines',
  name,
  family: 'standardDSv5Family',
  locations: ['westus3'],
  locationInfo: [{ location: 'westus3', zones: ['1', '2', '3'] }],
  restrictions: [],
  capabilities: Object.entries({
    vCPUs: '4',
    HyperVGenerations: 'V1,V2',
    CpuArchitectureType: 'x64',
    AcceleratedNetworkingEnabled: 'True',
    EphemeralOSDiskSupported: 'True',
    MaxResourceVolumeMB: '153600',
    ...capabilities,
  }).map(([key, value]) => ({ name: key, value })),
  ...more,
});

export const usage = (name: string, currentValue: number, limit: number) => ({
  unit: 'Count',
  currentValue,
  limit,
  name: { value: name, localizedValue: name },
});

/** A version of the gallery's image. */
export const version = (number: string, regions: readonly string[], tags: Readonly<Record<string, string>> = {}) => ({
  id: `${GALLERY}/versions/${number}`,
  name: number,
  type: 'Microsoft.Compute/galleries/images/versions',
  location: 'eastus',
  tags,
  properties: {
    provisioningState: 'Succeeded',
    publishingProfile: {
      targetRegions: regions.map((name) => ({ name, regionalReplicaCount: 1 })),
      excludeFromLatest: false,
    },
    storageProfile: {},
  },
});

const VERSIONS = [
  version('1.1.9', ['West US 3', 'East US'], { branch: 'main' }),
  version('1.1.10', ['West US 3'], { branch: 'main', buildId: '77' }),
  version('1.2.0', ['West US 3'], { branch: 'topic' }),
  version('1.3.0', ['East US']),
];

export const provider = (name: string) => `/subscriptions/${SUBSCRIPTION}/providers/${name}`;
const registered = (namespace: string) => ({ id: provider(namespace), namespace, registrationState: 'Registered' });
const CONTRIBUTOR = {
  value: [
    {
      actions: ['*'],
      notActions: ['Microsoft.Authorization/*/Write', 'Microsoft.Blueprint/blueprintAssignments/write'],
    },
  ],
};

/** Path of the quota of public addresses. */
export const ADDRESSES = `${provider('Microsoft.Network')}/locations/westus3/usages`;

export const catalogue = (changes: Partial<Catalogue> = {}): Catalogue => ({
  subscription: SUBSCRIPTION,
  state: 'Enabled',
  skus: [size('Standard_D4s_v5'), size('Standard_D4as_v5', {}, { family: 'standardDASv5Family' })],
  usages: [usage('cores', 0, 4000), usage('standardDSv5Family', 0, 4000), usage('standardDASv5Family', 0, 4000)],
  prices: [
    { skuName: 'D4s v5 Spot', productName: 'Virtual Machines Dsv5 Series', retailPrice: 0.02 },
    { skuName: 'D4s v5', productName: 'Virtual Machines Dsv5 Series Windows', retailPrice: 0.4 },
    { skuName: 'D4s v5', productName: 'Dsv5 Series Cloud Services', retailPrice: 0.1 },
    { skuName: 'D4s v5', productName: 'Virtual Machines Dsv5 Series', retailPrice: 0.25 },
  ],
  documents: {
    [GALLERY]: {
      id: GALLERY,
      name: 'AzureLinuxV3katagen2',
      type: 'Microsoft.Compute/galleries/images',
      location: 'eastus',
      properties: {
        osType: 'Linux',
        osState: 'Generalized',
        hyperVGeneration: 'V2',
        architecture: 'x64',
        features: [],
        identifier: { publisher: 'p', offer: 'o', sku: 's' },
      },
    },
    [`${GALLERY}/versions`]: { value: VERSIONS },
    ...Object.fromEntries(['Microsoft.Compute', 'Microsoft.Network'].map((name) => [provider(name), registered(name)])),
    [`${provider('Microsoft.Authorization')}/permissions`]: CONTRIBUTOR,
    [ADDRESSES]: { value: [usage('StandardSkuPublicIpAddresses', 0, 2000)] },
    ...Object.fromEntries(VERSIONS.map((each) => [each.id, each])),
  },
  ...changes,
});

const definition = (more: object) => ({
  name: 'image',
  location: 'westus3',
  properties: { osType: 'Linux', osState: 'Generalized', hyperVGeneration: 'V2', architecture: 'x64', ...more },
});
const identifier = {
  identifier: { publisher: 'p', offer: 'o', sku: 's' },
  features: [{ name: 'DiskControllerTypes', value: 'SCSI, NVMe' }],
};
const compute = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/locations/westus3`;
const gallery = (name: string) => GALLERY.replace(/[^/]+$/, name);
const marketplace = `${compute}/publishers/Canonical/artifacttypes/vmimage/offers/ubuntu/skus/server/versions`;

/** Images of every kind that a scenario may name, and the documents that describe them. */
export const EVERY_IMAGE = {
  version: `${GALLERY}/versions/1.1.9`,
  definition: GALLERY,
  specialized: gallery('specialized'),
  bought: gallery('bought'),
  community: '/CommunityGalleries/public-1/Images/image',
  shared: '/SharedGalleries/tenant-1/Images/image/Versions/1.0.0',
  managed: `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/images/plain`,
  marketplace: 'Canonical:ubuntu:server:latest',
  blob: 'https://account.blob.core.windows.net/vhds/image.vhd',
} as const;

export const everyDocument = (): Catalogue['documents'] => ({
  ...catalogue().documents,
  [GALLERY]: definition(identifier),
  [EVERY_IMAGE.specialized]: definition({ osState: 'Specialized', ...identifier }),
  [`${EVERY_IMAGE.specialized}/versions`]: { value: [versionOf(EVERY_IMAGE.specialized)] },
  [EVERY_IMAGE.bought]: definition({ purchasePlan: { name: 's', product: 'o', publisher: 'p' }, ...identifier }),
  [`${EVERY_IMAGE.bought}/versions`]: { value: [versionOf(EVERY_IMAGE.bought)] },
  [`${compute}/communityGalleries/public-1/images/image`]: definition(identifier),
  [`${compute}/communityGalleries/public-1/images/image/versions`]: { value: [{ name: '1.0.0', location: 'westus3' }] },
  [`${compute}/sharedGalleries/tenant-1/images/image`]: definition(identifier),
  [`${compute}/sharedGalleries/tenant-1/images/image/versions/1.0.0`]: { name: '1.0.0', location: 'westus3' },
  [EVERY_IMAGE.managed]: { location: 'West US 3', properties: { hyperVGeneration: 'V2' } },
  [marketplace]: [{ name: '22.04.1', location: 'westus3', id: `${marketplace}/22.04.1` }],
  [`${marketplace}/22.04.1`]: {
    name: '22.04.1',
    location: 'westus3',
    properties: { hyperVGeneration: 'V2', architecture: 'x64' },
  },
});

const versionOf = (id: string) => ({
  ...version('1.0.0', ['West US 3']),
  id: `${id}/versions/1.0.0`,
});

/** The answer to a request for the catalogue; undefined where the catalogue has no such entry. */
export function catalogueAnswer(known: Catalogue, { method, path }: Call): unknown {
  if (method !== 'GET') return undefined;
  const lower = path.toLowerCase();
  const own = `/subscriptions/${known.subscription}`;
  if (lower === own)
    return { id: own, subscriptionId: known.subscription, displayName: 'test', state: known.state, tenantId: 'tenant' };
  if (lower === `${own}/providers/microsoft.compute/skus`) return { value: known.skus };
  if (/^\/subscriptions\/[^/]+\/providers\/microsoft\.compute\/locations\/[^/]+\/usages$/.test(lower))
    return { value: known.usages };
  return Object.entries(known.documents).find(([at]) => at.toLowerCase() === lower)?.[1];
}
