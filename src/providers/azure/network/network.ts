/** The network of a run's machines: its own, or an existing subnet. Port 22 is open to one address. Shapes: network 2022-09-01. */

import * as z from 'zod';
import { BenchError, worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import { guardedFetch } from '../../../net/guarded-fetch.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import type { Environment } from '../account/cloud.ts';
import { type Arm, get } from '../arm/connection.ts';
import { ArmError } from '../arm/failure.ts';
import { change } from '../arm/operation.ts';
import type { Tags } from '../names.ts';
import { type Place, partName } from '../place.ts';
import type { AzureOptions } from '../scenario.ts';

export interface Network extends Joins {
  readonly subnet: string;
  readonly securityGroup?: string;
}

/** Settings of an interface beside its subnet. */
export interface Joins {
  /** Ids of backend pools of load balancers: the outbound route of a cluster's network. */
  readonly backendPools: readonly string[];
  readonly ipForwarding: boolean;
  /** Addresses beside the machine's own: one for each pod, if the cluster's network gives pods addresses of the subnet. */
  readonly podAddresses: number;
}

export const NETWORK_API = 'api-version=2022-09-01';

export async function prepareNetwork(
  arm: Arm,
  options: AzureOptions,
  joins: Joins,
  place: Place,
  tags: Tags,
  environment: Environment,
  signal: AbortSignal,
): Promise<Network> {
  const { location } = place;
  const ids = idsIn(arm, place);
  const put = (id: string, properties: unknown) =>
    change(arm, 'PUT', `${id}?${NETWORK_API}`, { location, tags, properties }, signal);
  /** Without any, no connection comes in from outside. */
  const rules = async () => {
    const from = await sourceOf(options, environment, signal);
    return from === undefined ? [] : [sshFrom(from)];
  };
  const guard = isGuarded(options) ? { securityGroup: ids.securityGroup } : {};
  if (guard.securityGroup) await put(guard.securityGroup, { securityRules: await rules() });
  // The owners of an existing subnet protect it (`foreign-subnet.ts`): there, our rules apply only to the interface.
  if (options.subnet !== undefined) return { ...joins, subnet: options.subnet, ...guard };
  // On the subnet: if it has no security group, a policy may add one that blocks all connections.
  const networkSecurityGroup = guard.securityGroup && { id: guard.securityGroup };
  await put(ids.network, {
    addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
    subnets: [
      {
        name: 'bench',
        properties: { addressPrefix: '10.0.0.0/20', ...(networkSecurityGroup && { networkSecurityGroup }) },
      },
    ],
  });
  return { ...joins, subnet: `${ids.network}/subnets/bench`, ...guard };
}

/** Whether a run makes a security group. */
export const isGuarded = ({ reach }: AzureOptions): boolean => reach.kind === 'public' || reach.kind === 'run-command';

/** Ids of the resources that `prepareNetwork` makes. */
export function networkIds(arm: Arm, options: AzureOptions, place: Place): string[] {
  const { network, securityGroup } = idsIn(arm, place);
  return [...(options.subnet === undefined ? [network] : []), ...(isGuarded(options) ? [securityGroup] : [])];
}

function idsIn(arm: Arm, place: Place) {
  const base = `/subscriptions/${arm.subscription}/resourceGroups/${place.group}/providers/Microsoft.Network`;
  const name = partName(place, 'bench');
  return { network: `${base}/virtualNetworks/${name}`, securityGroup: `${base}/networkSecurityGroups/${name}` };
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

/** The address that connects to port 22 from outside; undefined if none does, or if it is in the network itself. */
export async function sourceOf(
  { reach }: Pick<AzureOptions, 'reach'>,
  environment: Environment,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (reach.kind !== 'public') return undefined;
  return reach.from === 'auto' ? ownAddress(environment, signal) : reach.from;
}

/** The public address of this computer; CI runners get a new one for each job. */
async function ownAddress(environment: Environment, signal: AbortSignal): Promise<string> {
  const service = environment.BENCH_ADDRESS_SERVICE || ADDRESS_SERVICE;
  const either = AbortSignal.any([signal, timeLimit(ms(10_000))]);
  const text = await guardedFetch(service, { for: 'BENCH_ADDRESS_SERVICE', signal: either }).then(
    (response) => response.text(),
    (cause: unknown) => {
      if (cause instanceof BenchError && cause.kind === 'usage') throw cause;
      return '';
    },
  );
  const address = /^\s*(\d{1,3}(?:\.\d{1,3}){3})\s*$/.exec(text.slice(0, 100))?.[1];
  if (address !== undefined) return `${address}/32`;
  throw worldError(
    `${service} did not return the public address of this computer.`,
    'Name it: provider.reach.from: 203.0.113.4/32.',
  );
}

const Reference = z.object({ id: z.string().optional() });
const Interface = z.object({
  properties: z
    .object({
      ipConfigurations: z.array(
        z.object({
          properties: z
            .object({ privateIPAddress: z.string().optional(), publicIPAddress: Reference.optional() })
            .default({}),
        }),
      ),
    })
    .partial()
    .default({}),
});
const PublicAddress = z.object({ properties: z.object({ ipAddress: z.string().optional() }).default({}) });

/** The public or the private address of a machine; undefined while it does not exist yet. */
export async function addressOf(
  arm: Arm,
  nic: string,
  isPublic: boolean,
  signal: AbortSignal,
  api = NETWORK_API,
): Promise<string | undefined> {
  const first = (await readIfThere(arm, Interface, `${nic}?${api}`, signal))?.properties.ipConfigurations?.[0]
    ?.properties;
  if (!isPublic) return first?.privateIPAddress;
  const publicId = first?.publicIPAddress?.id;
  return publicId && (await readIfThere(arm, PublicAddress, `${publicId}?${api}`, signal))?.properties.ipAddress;
}

/** A resource that a machine refers to may appear a little later than the machine. */
async function readIfThere<T>(
  arm: Arm,
  shape: z.ZodType<T>,
  path: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  await arm.readTurn(signal);
  try {
    return await get(arm, shape, path, signal);
  } catch (cause) {
    if (cause instanceof ArmError && cause.status === 404) return undefined;
    throw cause;
  }
}
