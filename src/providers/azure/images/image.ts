/**
 * Looks images up by name and pins them. "latest" moves between two boots, so bench pins each variant's exact version before the
 * first boot and records it in run.json. It reads galleries of other subscriptions by resource id. Shapes: gallery API 2022-03-03.
 */
import type { ImageReference } from '@azure/arm-compute';
import * as z from 'zod';
import { usageError } from '../../../model/errors.ts';
import { type Arm, get, list } from '../arm/connection.ts';
import { explained } from '../arm/explanation.ts';
import { ArmError } from '../arm/failure.ts';
import { change } from '../arm/operation.ts';
import { type Place, partName } from '../place.ts';
import type { AzureImage } from '../scenario.ts';

export interface PinnedImage {
  /** The exact version that boots, as run.json records it. */
  readonly exact: string;
  readonly reference: ImageReference;
  readonly generation?: string;
  readonly architecture?: string;
  /** Features of a gallery image, e.g. SecurityType. */
  readonly features: Readonly<Record<string, string>>;
  readonly specialized: boolean;
  /** Kinds of storage that the gallery forbids for its disks. */
  readonly disallowedStorage?: readonly string[];
  readonly plan?: { readonly name: string; readonly product: string; readonly publisher: string };
}

const GALLERY_API = 'api-version=2022-03-03';
const COMPUTE_API = 'api-version=2023-03-01';

/** Looks an image up and pins it. Makes nothing: `importBlob` imports a .vhd blob later. */
export async function pinImage(
  arm: Arm,
  image: AzureImage,
  location: string,
  signal: AbortSignal,
): Promise<PinnedImage> {
  const { id } = image;
  try {
    if (/^https:/.test(id)) return blobImage(image);
    if (/^\/subscriptions\/.*\/galleries\//i.test(id)) return await galleryImage(arm, image, location, signal);
    if (/^\/subscriptions\//i.test(id)) return await managedImage(arm, image, location, signal);
    if (id.startsWith('/')) return await sharedImage(arm, image, location, signal);
    return await marketplaceImage(arm, image, location, signal);
  } catch (cause) {
    if (cause instanceof ArmError && cause.status === 404)
      throw usageError(`There is no image ${id} for ${location}: ${cause.codes[0]}.`, 'Check its name and version.');
    throw cause;
  }
}

const GalleryDefinition = z.object({
  properties: z
    .object({
      hyperVGeneration: z.string(),
      architecture: z.string(),
      osState: z.string(),
      osType: z.string(),
      disallowed: z.object({ diskTypes: z.array(z.string()).optional() }),
      purchasePlan: z.object({ name: z.string(), product: z.string(), publisher: z.string() }).partial(),
      features: z.array(z.object({ name: z.string().default(''), value: z.string().default('') })),
    })
    .partial()
    .default({}),
});
type GalleryDefinition = z.output<typeof GalleryDefinition>;

/** Windows has no SSH, no systemd and no cloud-init: bench would wait for them in vain. */
function refuseWindows(id: string, osType: string | undefined): void {
  if (osType !== undefined && /^windows$/i.test(osType))
    throw usageError(`${id} is an image of Windows.`, 'bench measures Linux only: name a Linux image.');
}

const GalleryVersion = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  tags: z.record(z.string(), z.string()).default({}),
  properties: z
    .object({
      provisioningState: z.string(),
      excludeFromLatest: z.boolean(),
      publishingProfile: z
        .object({ excludeFromLatest: z.boolean(), targetRegions: z.array(z.object({ name: z.string() })) })
        .partial(),
    })
    .partial()
    .default({}),
});
type GalleryVersion = z.output<typeof GalleryVersion>;

const ManagedImage = z.object({
  location: z.string().default('nowhere'),
  properties: z
    .object({
      hyperVGeneration: z.string(),
      storageProfile: z.object({ osDisk: z.object({ osType: z.string() }).partial().optional() }),
    })
    .partial()
    .default({}),
});

async function galleryImage(arm: Arm, image: AzureImage, location: string, signal: AbortSignal): Promise<PinnedImage> {
  const [definitionId = '', wanted] = image.id.split(/\/versions\//i);
  const definition = await get(arm, GalleryDefinition, `${definitionId}?${GALLERY_API}`, signal);
  refuseWindows(definitionId, definition.properties.osType);
  const version =
    wanted === undefined || wanted === 'latest'
      ? newest(image, location, await replicatedVersions(arm, definitionId, location, signal))
      : await get(arm, GalleryVersion, `${image.id}?${GALLERY_API}`, signal);
  const exact = version.id ?? image.id;
  if (!replicated(version, location)) {
    const places = version.properties.publishingProfile?.targetRegions?.map(({ name }) => name).join(', ') ?? 'nowhere';
    throw usageError(
      `${exact} is not replicated to ${location}, only to ${places}.`,
      'Replicate it there before the run, or run in one of its regions; otherwise the boots would include replication.',
    );
  }
  return {
    exact,
    reference: { id: exact },
    ...definitionFacts(definition),
    specialized: image.specialized || definition.properties.osState === 'Specialized',
  };
}

/** Like Azure's own "latest": only versions in the location count. */
const replicatedVersions = async (arm: Arm, definitionId: string, location: string, signal: AbortSignal) =>
  (await list(arm, GalleryVersion, `${definitionId}/versions?${GALLERY_API}`, signal)).filter((version) =>
    replicated(version, location),
  );

/** The newest version with the requested tags, in the order of version numbers, as in Azure. */
function newest(image: AzureImage, location: string, versions: readonly GalleryVersion[]): GalleryVersion {
  const tagged = versions.filter(({ tags }) => Object.entries(image.tags).every(([key, value]) => tags[key] === value));
  const usable = tagged.filter(
    ({ properties }) =>
      (properties.publishingProfile?.excludeFromLatest ?? properties.excludeFromLatest) !== true &&
      (properties.provisioningState ?? 'Succeeded') === 'Succeeded',
  );
  const [found] = usable.sort((a, b) => byVersion(b.name ?? '', a.name ?? ''));
  if (found) return found;
  const tags = Object.entries(image.tags).map(([key, value]) => `${key}=${value}`);
  const wanted = tags.length > 0 ? ` with ${tags.join(', ')}` : '';
  throw usageError(
    `${image.id} has no usable version${wanted} for ${location} (${versions.length} in all).`,
    'Name a version, or other tags.',
  );
}

/** Compares `1.2.10` and `1.2.9` by their numbers. */
export function byVersion(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let part = 0; part < 4; part++) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const replicated = ({ properties }: GalleryVersion, location: string): boolean =>
  (properties.publishingProfile?.targetRegions ?? []).some(
    ({ name }) => name.replaceAll(' ', '').toLowerCase() === location,
  );

function definitionFacts({
  properties,
}: GalleryDefinition): Pick<PinnedImage, 'generation' | 'architecture' | 'features' | 'plan' | 'disallowedStorage'> {
  const { hyperVGeneration, architecture, features = [], purchasePlan, disallowed } = properties;
  const { name, product, publisher } = purchasePlan ?? {};
  return {
    // An image made from a marketplace image with a plan needs the same plan.
    ...(name && product && publisher && { plan: { name, product, publisher } }),
    ...(hyperVGeneration && { generation: hyperVGeneration }),
    ...(architecture && { architecture }),
    ...(disallowed?.diskTypes?.length && { disallowedStorage: disallowed.diskTypes }),
    features: Object.fromEntries(features.map(({ name, value }) => [name, value])),
  };
}

/** Community galleries, and galleries shared with this subscription: every version that they list is in the location. */
async function sharedImage(arm: Arm, image: AzureImage, location: string, signal: AbortSignal): Promise<PinnedImage> {
  const [, kind = '', gallery, , name, , wanted] = image.id.split('/');
  const community = /^community/i.test(kind);
  const galleries = community ? 'communityGalleries' : 'sharedGalleries';
  const base = `/subscriptions/${arm.subscription}/providers/Microsoft.Compute/locations/${location}/${galleries}/${gallery}/images/${name}`;
  const definition = await get(arm, GalleryDefinition, `${base}?${GALLERY_API}`, signal);
  refuseWindows(image.id, definition.properties.osType);
  const version =
    wanted === undefined || wanted === 'latest'
      ? newest(image, location, await list(arm, GalleryVersion, `${base}/versions?${GALLERY_API}`, signal))
      : await get(arm, GalleryVersion, `${base}/versions/${wanted}?${GALLERY_API}`, signal);
  const exact = `/${kind}/${gallery}/Images/${name}/Versions/${version.name ?? wanted}`;
  return {
    exact,
    reference: community ? { communityGalleryImageId: exact } : { sharedGalleryImageId: exact },
    ...definitionFacts(definition),
    specialized: image.specialized || definition.properties.osState === 'Specialized',
  };
}

async function managedImage(arm: Arm, image: AzureImage, location: string, signal: AbortSignal): Promise<PinnedImage> {
  const found = await get(arm, ManagedImage, `${image.id}?${COMPUTE_API}`, signal);
  if (found.location.replaceAll(' ', '').toLowerCase() !== location)
    throw usageError(
      `${image.id} is in ${found.location}, not in ${location}.`,
      'Run in the location of the managed image.',
    );
  const { hyperVGeneration, storageProfile } = found.properties;
  refuseWindows(image.id, storageProfile?.osDisk?.osType);
  return {
    exact: image.id,
    reference: { id: image.id },
    ...(hyperVGeneration && { generation: hyperVGeneration }),
    features: {},
    specialized: false,
  };
}

async function marketplaceImage(
  arm: Arm,
  image: AzureImage,
  location: string,
  signal: AbortSignal,
): Promise<PinnedImage> {
  const [publisher = '', offer = '', sku = '', wanted = ''] = image.id.split(':');
  const options = { abortSignal: signal };
  const newestFirst = { ...options, top: 1, orderby: 'name desc' };
  const images = arm.compute.virtualMachineImages;
  const version =
    wanted === 'latest'
      ? (await explained(images.list(location, publisher, offer, sku, newestFirst))).at(0)?.name
      : wanted;
  if (version === undefined) throw usageError(`${image.id} has no version in ${location}.`);
  const found = await explained(images.get(location, publisher, offer, sku, version, options));
  refuseWindows(image.id, found.osDiskImage?.operatingSystem);
  return {
    exact: [publisher, offer, sku, version].join(':'),
    reference: { publisher, offer, sku, version },
    ...(found.hyperVGeneration && { generation: found.hyperVGeneration }),
    ...(found.architecture && { architecture: found.architecture }),
    features: {},
    specialized: false,
    ...(image.plan && { plan: { name: sku, product: offer, publisher } }),
  };
}

function blobImage(image: AzureImage): PinnedImage {
  if (image.specialized)
    throw usageError(
      `${image.id} is a specialised disk: as a blob it can only back one machine.`,
      'Make a gallery image with the state Specialized from it.',
    );
  return { exact: image.id, reference: {}, generation: image.generation, features: {}, specialized: false };
}

/** The id of the managed image that `importBlob` makes. */
export const imageId = (arm: Arm, place: Place, variant: string): string =>
  `/subscriptions/${arm.subscription}/resourceGroups/${place.group}/providers/Microsoft.Compute/images/${partName(place, `image-${variant}`)}`;

/** Makes a managed image of a .vhd blob in the run's group: machines cannot boot a blob. */
export async function importBlob(
  arm: Arm,
  image: AzureImage,
  id: string,
  place: Place,
  tags: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<PinnedImage> {
  const osDisk = { osType: 'Linux', osState: 'Generalized', blobUri: image.id, caching: 'ReadOnly' };
  const body = {
    location: place.location,
    tags,
    properties: { hyperVGeneration: image.generation, storageProfile: { osDisk } },
  };
  await change(arm, 'PUT', `${id}?${COMPUTE_API}`, body, signal);
  return { ...blobImage(image), reference: { id } };
}
