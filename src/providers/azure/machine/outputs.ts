/**
 * Storage for the output of machines without SSH: a container of a storage account in the group of the run, which goes with it.
 * Machines and bench use a signature that Azure makes for this container alone, and that expires with the run. Shapes: storage
 * 2023-01-01.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { worldError } from '../../../model/errors.ts';
import { type Arm, get } from '../arm/connection.ts';
import { change } from '../arm/operation.ts';
import { bodyOf } from '../arm/response.ts';
import type { Tags } from '../names.ts';
import { TAG } from '../names.ts';
import type { Place } from '../place.ts';

/** The address of a blob by its name, including its permission: a secret. */
export type BlobAddress = (name: string) => string;

const STORAGE_API = 'api-version=2023-01-01';
const CONTAINER = 'bench';

const Account = z.object({
  properties: z.object({ primaryEndpoints: z.object({ blob: z.string().optional() }).optional() }).optional(),
});
const Signature = z.object({ serviceSasToken: z.string().optional() });

export function storageId(arm: Arm, { group, shared, mark }: Place): string {
  const scope = `/subscriptions/${arm.subscription}/resourceGroups/${group}`;
  // Unique in all of Azure: letters and digits, at most 24.
  const digest = createHash('sha256')
    .update(`${scope}${shared ? mark : ''}`.toLowerCase())
    .digest('hex');
  return `${scope}/providers/Microsoft.Storage/storageAccounts/bench${digest.slice(0, 19)}`;
}

export async function prepareOutputs(arm: Arm, place: Place, tags: Tags, signal: AbortSignal): Promise<BlobAddress> {
  const account = storageId(arm, place);
  const name = account.split('/').at(-1);
  const put = (path: string, body: unknown) => change(arm, 'PUT', `${path}?${STORAGE_API}`, body, signal);
  await put(account, {
    location: place.location,
    tags,
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS' },
    properties: { minimumTlsVersion: 'TLS1_2', supportsHttpsTrafficOnly: true, allowBlobPublicAccess: false },
  });
  await put(`${account}/blobServices/default/containers/${CONTAINER}`, { properties: {} });
  const made = await get(arm, Account, `${account}?${STORAGE_API}`, signal);
  const signed = await arm.call(
    'POST',
    `${account}/listServiceSas?${STORAGE_API}`,
    {
      canonicalizedResource: `/blob/${name}/${CONTAINER}`,
      signedResource: 'c',
      signedPermission: 'racw',
      signedProtocol: 'https',
      signedExpiry: tags[TAG.deleteAfter],
    },
    signal,
  );
  const { serviceSasToken } = bodyOf(Signature, signed);
  const base = made.properties?.primaryEndpoints?.blob?.replace(/\/+$/, '');
  if (base === undefined || serviceSasToken === undefined)
    throw worldError(
      `The storage account ${name} returned no address or denied access.`,
      'Check that it allows shared key access.',
    );
  return (blob) => `${base}/${CONTAINER}/${blob}?${serviceSasToken}`;
}
