/**
 * Checks everything that it can before the first machine costs anything. Do the sizes exist here, do they fit the images and the
 * scenario, and is the quota large enough? It drops sizes that do not fit, with the reason. If no size remains, the reasons become
 * the error.
 */
import type { ResourceSku } from '@azure/arm-compute';
import * as z from 'zod';
import { usageError, worldError } from '../../../model/errors.ts';
import type { SizeQuota } from '../../../model/preflight.ts';
import type { Placement } from '../../cloud/placements.ts';
import { type Arm, list } from '../arm/connection.ts';
import { explained } from '../arm/explanation.ts';
import { ArmError } from '../arm/failure.ts';
import type { PinnedImage } from '../images/image.ts';
import { NETWORK_API } from '../network/network.ts';
import { hasPublicAddress } from '../network/reach.ts';
import type { AzureOptions } from '../scenario.ts';

export interface Placements {
  readonly placements: readonly Placement[];
  /** Dropped sizes, with the reason. */
  readonly dropped: readonly string[];
  /** The quota of the remaining sizes. */
  readonly quota: readonly SizeQuota[];
}

/** `machines` is how many run at a time. */
export async function checkPlacements(
  arm: Arm,
  options: AzureOptions,
  images: readonly PinnedImage[],
  machines: number,
  signal: AbortSignal,
): Promise<Placements> {
  const skus = await skusOf(arm, options, signal);
  const usages = await usagesOf(arm, options.location, signal);
  await checkAddresses(arm, options, machines, signal);
  const placements: Placement[] = [];
  const dropped: string[] = [];
  const short: string[] = [];
  const quota: SizeQuota[] = [];
  for (const size of options.sizes) {
    const sku = skus.get(size.toLowerCase());
    const problem =
      sku === undefined ? `this size does not exist in ${options.location}` : misfit(sku, options, images);
    if (sku === undefined || problem !== undefined) {
      dropped.push(`${size}: ${problem}`);
      continue;
    }
    const cores = Number(capability(sku, 'vCPUs') ?? 1);
    const room = quotaOf(size, sku, cores * machines, usages, options);
    if (room !== undefined && room.needed > room.free) {
      short.push(`${size}: ${room.needed} ${room.what} are needed, ${room.free} of ${room.limit} are free`);
      continue;
    }
    if (room !== undefined) quota.push(room);
    const disks = isNvmeOnly(sku) ? ({ controller: 'NVMe' } as const) : {};
    placements.push(...zonesFor(sku, options).map((zone) => ({ size, ...(zone && { zone }), ...disks })));
  }
  if (placements.length > 0) return { placements, dropped: [...dropped, ...short], quota };
  if (short.length > 0)
    throw worldError(
      `The quota is too small for ${machines} machines at a time. ${short.join('; ')}.`,
      'Lower concurrency, request more quota, or choose another size or location.',
    );
  throw usageError(
    `No size of the scenario can be used. ${dropped.join('; ')}.`,
    'az vm list-skus --location lists usable sizes.',
  );
}

async function skusOf(arm: Arm, { location }: AzureOptions, signal: AbortSignal): Promise<Map<string, ResourceSku>> {
  const found = new Map<string, ResourceSku>();
  const pages = arm.compute.resourceSkus.list({ filter: `location eq '${location}'`, abortSignal: signal });
  await explained(
    (async () => {
      for await (const sku of pages)
        if (sku.resourceType === 'virtualMachines' && sku.name) found.set(sku.name.toLowerCase(), sku);
    })(),
  );
  return found;
}

interface Quota {
  readonly used: number;
  readonly limit: number;
}

async function usagesOf(arm: Arm, location: string, signal: AbortSignal): Promise<Map<string, Quota>> {
  const found = new Map<string, Quota>();
  await explained(
    (async () => {
      for await (const { name, currentValue, limit } of arm.compute.usage.list(location, { abortSignal: signal }))
        if (name.value) found.set(name.value.toLowerCase(), { used: currentValue, limit });
    })(),
  );
  return found;
}

const Usage = z.object({
  name: z.object({ value: z.string().optional() }).optional(),
  currentValue: z.number(),
  limit: z.number(),
});

/** Checks that the subscription may have one more public address here for each machine. */
async function checkAddresses(arm: Arm, options: AzureOptions, machines: number, signal: AbortSignal): Promise<void> {
  if (!hasPublicAddress(options)) return;
  const path = `/subscriptions/${arm.subscription}/providers/Microsoft.Network/locations/${options.location}/usages`;
  const found = await list(arm, Usage, `${path}?${NETWORK_API}`, signal).catch((cause: unknown) => {
    // Some clouds do not answer, and some identities may not ask: then the first machines show the limit.
    if (cause instanceof ArmError) return [];
    throw cause;
  });
  const usage = found
    .filter(({ name }) => ['StandardSkuPublicIpAddresses', 'PublicIPAddresses'].includes(name?.value ?? ''))
    .find(({ currentValue, limit }) => currentValue + machines > limit);
  if (usage === undefined) return;
  throw worldError(
    `The quota is too small for ${machines} machines at a time: ${usage.limit - usage.currentValue} of ${usage.limit} public addresses are free.`,
    'Lower concurrency, request more quota, or reach the machines by their private addresses (provider.reach).',
  );
}

const capability = (sku: ResourceSku, name: string): string | undefined =>
  sku.capabilities?.find((each) => each.name === name)?.value;

const isNvmeOnly = (sku: ResourceSku): boolean => capability(sku, 'DiskControllerTypes')?.trim() === 'NVMe';

/** Why machines of this size cannot boot these images as the scenario requires; undefined if they can. */
function misfit(sku: ResourceSku, options: AzureOptions, images: readonly PinnedImage[]): string | undefined {
  const restriction = sku.restrictions?.find(({ type }) => type === 'Location');
  if (restriction) return `not offered to this subscription here (${restriction.reasonCode ?? 'restricted'})`;
  if (options.zones.length > 0 && zonesFor(sku, options).length === 0)
    return `not in zone ${options.zones.join(' or ')} of ${options.location}`;
  const generations = capability(sku, 'HyperVGenerations')?.split(',') ?? ['V1', 'V2'];
  const architecture = capability(sku, 'CpuArchitectureType') ?? 'x64';
  const controllers = capability(sku, 'DiskControllerTypes')?.split(/, ?/) ?? CONTROLLERS;
  for (const image of images) {
    if (image.generation !== undefined && !generations.includes(image.generation))
      return `boots ${generations.join(' and ')}, but ${image.exact} is of generation ${image.generation}`;
    if (image.architecture !== undefined && image.architecture.toLowerCase() !== architecture.toLowerCase())
      return `is ${architecture}, but ${image.exact} is ${image.architecture}`;
    if (options.securityType !== 'standard' && image.generation === 'V1')
      return `${SECURITY_NAMES[options.securityType]} needs generation V2, but ${image.exact} is V1`;
    const storage = options.osDisk.ephemeral === 'none' ? options.osDisk.storage : 'Standard_LRS';
    if (image.disallowedStorage?.includes(storage))
      return `${image.exact} does not support ${storage} (according to its gallery): choose another osDisk.storage`;
    if (options.osDisk.ephemeral !== 'none' && image.specialized)
      return `an ephemeral disk cannot be made from the specialised image ${image.exact}`;
    if (options.securityType === 'standard' && image.features.SecurityType === 'TrustedLaunch')
      return `${image.exact} needs securityType: trusted-launch`;
    if (options.securityType !== 'confidential' && image.features.SecurityType === 'ConfidentialVM')
      return `${image.exact} needs securityType: confidential`;
    // A gallery states the security type of its images; that of other images is unknown.
    if (
      options.securityType === 'confidential' &&
      inGallery(image) &&
      !/confidential/i.test(image.features.SecurityType ?? '')
    )
      return `${image.exact} is not marked for confidential machines (SecurityType)`;
    if (!controllersOf(image).some((controller) => controllers.includes(controller)))
      return `its disks are ${controllers.join(' or ')}, but ${image.exact} is not marked for that (DiskControllerTypes)`;
  }
  if (options.securityType === 'trusted-launch' && capability(sku, 'TrustedLaunchDisabled') === 'True')
    return 'does not support trusted launch: choose another size, or securityType: standard';
  if (options.securityType !== 'standard' && !generations.includes('V2'))
    return `boots ${generations.join(' and ')} only, and ${SECURITY_NAMES[options.securityType]} needs V2: choose another size`;
  if (options.securityType === 'confidential' && capability(sku, 'ConfidentialComputingType') === undefined)
    return 'does not support confidential machines: choose a size of the DCas, DCes, ECas or ECes series';
  if (options.acceleratedNetworking && capability(sku, 'AcceleratedNetworkingEnabled') === 'False')
    return 'does not support accelerated networking: choose another size, or acceleratedNetworking: false';
  if (options.priority === 'spot' && capability(sku, 'LowPriorityCapable') === 'False')
    return 'is not offered as a spot machine: choose another size, or priority: regular';
  if (options.nestedVirtualization && !nestsMachines(sku, options))
    return 'does not support nested virtualisation: choose a size that does, e.g. Standard_D4s_v5';
  return premiumMisfit(sku, options) ?? ephemeralMisfit(sku, options);
}

/**
 * Sizes without nested virtualization. Azure's list of sizes does not show this; its pages of each series do
 * (learn.microsoft.com/azure/virtual-machines/sizes, "Nested Virtualization"): not the oldest series, not B, not those with
 * accelerators or for confidential computing, not Arm.
 */
const NESTS_NONE = /^(Basic_A|Standard_(A|B|H|N|DC|EC|DS?\d+(-\d+)?(_v2)?(_Promo)?$|GS?\d|F\d+s?$))/i;

function nestsMachines(sku: ResourceSku, { securityType }: AzureOptions): boolean {
  const isArm = /^arm64$/i.test(capability(sku, 'CpuArchitectureType') ?? '');
  return !isArm && securityType !== 'confidential' && !NESTS_NONE.test(sku.name ?? '');
}

function premiumMisfit(sku: ResourceSku, { osDisk }: AzureOptions): string | undefined {
  const premium = osDisk.ephemeral === 'none' && osDisk.storage === 'Premium_LRS';
  return premium && capability(sku, 'PremiumIO') === 'False'
    ? 'does not support premium disks: choose another size, or osDisk.storage: StandardSSD_LRS'
    : undefined;
}

const SECURITY_NAMES = { 'trusted-launch': 'trusted launch', confidential: 'a confidential machine' } as const;

const inGallery = ({ exact }: PinnedImage): boolean => /\/galleries\//i.test(exact);

const CONTROLLERS = ['SCSI', 'NVMe'];

/** A gallery image without this feature uses SCSI; the controllers of other images are unknown. */
function controllersOf(image: PinnedImage): string[] {
  const marked = image.features.DiskControllerTypes;
  if (marked !== undefined) return marked.split(/, ?/);
  return inGallery(image) ? ['SCSI'] : CONTROLLERS;
}

/** Azure's names of the places of an ephemeral disk. */
export const DISK_PLACEMENT = { cache: 'CacheDisk', resource: 'ResourceDisk', nvme: 'NvmeDisk' } as const;

const placesChosenBy = (places: readonly string[]): string =>
  Object.entries(DISK_PLACEMENT)
    .flatMap(([key, place]) => (places.includes(place) ? [key] : []))
    .join(' or ') || 'none';

/** An ephemeral disk lies in the cache, on the temporary disk or on local NVMe, and must fit there. */
function ephemeralMisfit(sku: ResourceSku, { osDisk }: AzureOptions): string | undefined {
  if (osDisk.ephemeral === 'none') return undefined;
  if (capability(sku, 'EphemeralOSDiskSupported') === 'False')
    return 'does not support ephemeral disks: choose another size, or osDisk.ephemeral: none';
  const places = capability(sku, 'SupportedEphemeralOSDiskPlacements')?.split(/, ?/);
  if (places !== undefined && !places.includes(DISK_PLACEMENT[osDisk.ephemeral]))
    return `puts ephemeral disks on ${places.join(' or ')}, not on ${DISK_PLACEMENT[osDisk.ephemeral]}: choose osDisk.ephemeral: ${placesChosenBy(places)}`;
  const room = {
    cache: Number(capability(sku, 'CachedDiskBytes') ?? 0) / 2 ** 30,
    resource: Number(capability(sku, 'MaxResourceVolumeMB') ?? 0) / 1024,
    nvme: Number(capability(sku, 'NvmeDiskSizeInMiB') ?? 0) / 1024,
  }[osDisk.ephemeral];
  if (room === 0) return `has no ${osDisk.ephemeral} disk: choose another osDisk.ephemeral, or a size that has one`;
  if (osDisk.sizeGb !== undefined && osDisk.sizeGb > room)
    return `its ${osDisk.ephemeral} disk holds ${Math.floor(room)} GiB, not ${osDisk.sizeGb}: choose a larger size, or a smaller osDisk.sizeGb`;
  return undefined;
}

/** Zones to try; undefined means no zone at all. */
function zonesFor(sku: ResourceSku, { zones, location }: AzureOptions): (string | undefined)[] {
  if (zones.length === 0) return [undefined];
  const here = sku.locationInfo?.find((info) => info.location?.toLowerCase() === location)?.zones ?? [];
  const barred = (sku.restrictions ?? []).flatMap(({ type, restrictionInfo }) =>
    type === 'Zone' ? (restrictionInfo?.zones ?? []) : [],
  );
  return zones.filter((zone) => here.includes(zone) && !barred.includes(zone));
}

function quotaOf(
  size: string,
  sku: ResourceSku,
  needed: number,
  usages: ReadonlyMap<string, Quota>,
  { priority }: AzureOptions,
): SizeQuota | undefined {
  // Spot machines of all families share one separate quota.
  const counted =
    priority === 'spot'
      ? [['lowPriorityCores', 'vCPUs of spot machines']]
      : [
          [sku.family ?? '', `vCPUs of ${sku.family}`],
          ['cores', 'vCPUs in total'],
        ];
  const all = counted.flatMap(([name = '', what = '']) => {
    const quota = usages.get(name.toLowerCase());
    return quota === undefined ? [] : [{ size, what, needed, free: quota.limit - quota.used, limit: quota.limit }];
  });
  return all.sort((a, b) => a.free - b.free)[0];
}
