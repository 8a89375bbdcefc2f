/**
 * What the machines of a run stand in: one resource group, tagged so that it can be found, with a network of its own or a
 * subnet that is there already. Port 22 is open to one address. Shapes: resources 2022-09-01, network 2022-09-01.
 */

import type { AzureOptions } from '../../model/azure.ts';
import { usageError, worldError } from '../../model/errors.ts';
import { ms } from '../../model/units.ts';
import { type Arm, change, list } from './arm.ts';
import type { Environment } from './cloud.ts';
import { ArmError } from './failure.ts';
import type { Place } from './image.ts';
import { TAG } from './names.ts';

export type Tags = Readonly<Record<string, string>>;

export interface Network {
  readonly subnet: string;
  readonly securityGroup?: string;
}

export const RESOURCES_API = 'api-version=2022-09-01';
export const NETWORK_API = 'api-version=2022-09-01';

export const groupPath = (subscription: string, group: string): string =>
  `/subscriptions/${subscription}/resourcegroups/${group}`;

/** A group that is deleted with machines in it is gone in three to ten minutes. */
const GONE_WITHIN_MS = 20 * 60_000;
const GONE_POLL_MS = 10_000;

/**
 * Makes the group of the run, or finds the one an earlier process of the same run made. Where that one is still being deleted,
 * as after an interrupted run, it is waited for.
 */
export async function prepareGroup(
  arm: Arm,
  place: Place,
  tags: Tags,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<'new' | 'resumed'> {
  const path = `${groupPath(arm.subscription, place.group)}?${RESOURCES_API}`;
  const endMs = arm.timer.nowMs() + GONE_WITHIN_MS;
  for (let said = false; arm.timer.nowMs() < endMs; said = true) {
    const found = await readGroup(arm, path, signal);
    if (found && found.tags?.[TAG.run] !== tags[TAG.run])
      throw usageError(
        `The resource group ${place.group} is there already and does not belong to this run.`,
        'Choose another --seed, or delete it.',
      );
    if (found?.properties?.provisioningState !== 'Deleting' && (await putGroup(arm, path, place, tags, signal)))
      return found ? 'resumed' : 'new';
    if (!said) say(`waiting until the last ${place.group} is deleted`);
    await arm.timer.sleep(ms(GONE_POLL_MS), signal);
  }
  throw worldError(`${place.group} is still being deleted after 20 min.`, 'See its activity log; try again later.');
}

interface ShownGroup {
  readonly tags?: Tags;
  readonly properties?: { readonly provisioningState?: string };
}

async function readGroup(arm: Arm, path: string, signal: AbortSignal): Promise<ShownGroup | undefined> {
  try {
    return (await arm.call('GET', path, undefined, signal)).body as ShownGroup;
  } catch (cause) {
    if (cause instanceof ArmError && cause.status === 404) return undefined;
    throw cause;
  }
}

/** False where the group is on its way out. */
async function putGroup(
  arm: Arm,
  path: string,
  { location }: Place,
  tags: Tags,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await arm.call('PUT', path, { location, tags }, signal);
    return true;
  } catch (cause) {
    if (cause instanceof ArmError && cause.codes.includes('ResourceGroupBeingDeleted')) return false;
    throw cause;
  }
}

/** Asks for the group to be deleted with all that is in it, machines first and by force. */
export async function deleteGroup(arm: Arm, group: string, signal: AbortSignal): Promise<string | undefined> {
  const force = 'forceDeletionTypes=Microsoft.Compute/virtualMachines';
  try {
    const path = `${groupPath(arm.subscription, group)}?${force}&${RESOURCES_API}`;
    return (await arm.call('DELETE', path, undefined, signal)).header('location');
  } catch (cause) {
    if (cause instanceof ArmError && (cause.status === 404 || cause.codes.includes('ResourceGroupBeingDeleted')))
      return undefined;
    throw cause;
  }
}

export interface ListedResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly tags?: Tags;
}

export const resourcesOf = (arm: Arm, group: string, signal: AbortSignal): Promise<ListedResource[]> =>
  list(arm, `/subscriptions/${arm.subscription}/resourceGroups/${group}/resources?${RESOURCES_API}`, signal);

export async function prepareNetwork(
  arm: Arm,
  options: AzureOptions,
  place: Place,
  tags: Tags,
  environment: Environment,
  signal: AbortSignal,
): Promise<Network> {
  const { location } = place;
  const base = `/subscriptions/${arm.subscription}/resourceGroups/${place.group}/providers/Microsoft.Network`;
  const put = (name: string, properties: unknown) =>
    change(arm, 'PUT', `${base}/${name}?${NETWORK_API}`, { location, tags, properties }, signal);
  /** Without any, nobody comes in from outside. */
  const rules = async (reach: AzureOptions['reach']) => {
    if (reach.kind !== 'public') return [];
    return [sshFrom(reach.from === 'auto' ? await ownAddress(environment, signal) : reach.from)];
  };
  const makeSecurityGroup = async () => {
    const { reach } = options;
    if (reach.kind !== 'public' && reach.kind !== 'run-command') return {};
    await put('networkSecurityGroups/bench', { securityRules: await rules(reach) });
    return { securityGroup: `${base}/networkSecurityGroups/bench` };
  };
  const makeSubnet = async () => {
    if (options.subnet !== undefined) return options.subnet;
    await put('virtualNetworks/bench', {
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      subnets: [{ name: 'bench', properties: { addressPrefix: '10.0.0.0/20' } }],
    });
    return `${base}/virtualNetworks/bench/subnets/bench`;
  };
  const [guard, subnet] = await Promise.all([makeSecurityGroup(), makeSubnet()]);
  return { subnet, ...guard };
}

const sshFrom = (sourceAddressPrefix: string) => ({
  name: 'ssh-from-bench',
  properties: {
    priority: 100,
    direction: 'Inbound',
    access: 'Allow',
    protocol: 'Tcp',
    sourceAddressPrefix,
    sourcePortRange: '*',
    destinationAddressPrefix: '*',
    destinationPortRange: '22',
  },
});

const ADDRESS_SERVICE = 'https://api.ipify.org';

/** The address that this computer is seen with; runners of CI get a new one for each job. */
async function ownAddress(environment: Environment, signal: AbortSignal): Promise<string> {
  const service = environment.BENCH_ADDRESS_SERVICE || ADDRESS_SERVICE;
  const either = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  const text = await fetch(service, { signal: either }).then(
    (response) => response.text(),
    () => '',
  );
  const address = /^\s*(\d{1,3}(?:\.\d{1,3}){3})\s*$/.exec(text.slice(0, 100))?.[1];
  if (address !== undefined) return `${address}/32`;
  throw worldError(
    `${service} did not say which address this computer is seen with.`,
    'Name it: provider.reach.from: 203.0.113.4/32.',
  );
}

/** The public or the private address of a machine; undefined while it is not there yet. */
export async function addressOf(
  arm: Arm,
  nic: string,
  isPublic: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const configurations = (await readIfThere(arm, nic, signal))?.ipConfigurations as
    | readonly { readonly properties?: Readonly<Record<string, unknown>> }[]
    | undefined;
  const first = configurations?.[0]?.properties;
  if (!isPublic) return first?.privateIPAddress as string | undefined;
  const publicId = (first?.publicIPAddress as { id?: string } | undefined)?.id;
  return publicId && ((await readIfThere(arm, publicId, signal))?.ipAddress as string | undefined);
}

/** What a machine refers to may be there a little later than the machine. */
async function readIfThere(arm: Arm, id: string, signal: AbortSignal): Promise<Record<string, unknown> | undefined> {
  await arm.readTurn(signal);
  try {
    const { body } = await arm.call('GET', `${id}?${NETWORK_API}`, undefined, signal);
    return (body as { properties?: Record<string, unknown> }).properties;
  } catch (cause) {
    if (cause instanceof ArmError && cause.status === 404) return undefined;
    throw cause;
  }
}
