/**
 * Finds what crashed or killed runs left in a subscription: resource groups with bench's tags whose time is up. Bench deletes
 * nothing that it did not tag, and no group that contains anything else. The time is the cloud's.
 */
import * as z from 'zod';
import { worldError } from '../../../model/errors.ts';
import type { Leftover, Leftovers, LeftoversWorld } from '../../../model/leftover.ts';
import type { LeftoversRequest } from '../../../model/provider-kind.ts';
import { ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import type { Environment } from '../account/cloud.ts';
import { credentialKind } from '../account/credential.ts';
import { type Account, connect, serverTime } from '../account/subscription.ts';
import { type Arm, get } from '../arm/connection.ts';
import { ArmError, asWorldError } from '../arm/failure.ts';
import { nodesOf } from '../cluster/node-objects.ts';
import { TAG } from '../names.ts';
import { NETWORK_API } from '../network/network.ts';
import { hourlyPrices, type PricesOf } from '../preflight/prices.ts';
import type { AzureScenario } from '../scenario.ts';
import {
  findGroup,
  type Group,
  type ListedResource,
  machinesIn,
  removeGroup,
  resourcesOf,
  taggedGroups,
} from './group.ts';
import { leftInGroupsOfOthers, removeInside } from './left-in-groups.ts';

const GONE_WITHIN_MS = 20 * 60_000;
const GONE_POLL_MS = ms(5_000);

export async function leftoversOf(
  { scenario, subscription, prices }: LeftoversRequest<AzureScenario>,
  world: LeftoversWorld,
  signal: AbortSignal,
): Promise<Leftovers> {
  const { environment, cwd, timer } = world;
  const account = { ...accountOf(scenario, environment), ...(subscription !== undefined && { subscription }) };
  const arm = await connect(account, { environment, folder: cwd, timer });
  try {
    const nowIso = await serverTime(arm, signal);
    const pricesOf: PricesOf = async (location, sizes) =>
      prices
        ? hourlyPrices(
            location,
            sizes,
            { send: arm.elsewhere, environment, cacheFolder: world.cacheFolder, nowIso },
            signal,
          )
        : undefined;
    const groups = await taggedGroups(arm, TAG.run, signal);
    const own = await examineAll(arm, groups, nowIso, pricesOf, signal);
    const found = [...own, ...(await leftInGroupsOfOthers(arm, groups, nowIso, pricesOf, signal))];
    found.sort((a, b) => a.deleteAfter.localeCompare(b.deleteAfter) || a.group.localeCompare(b.group));
    return {
      found,
      remove: (leftover, stop) => (leftover.inside === undefined ? remove : removeInside)(arm, leftover, stop),
    };
  } catch (cause) {
    throw asWorldError(`The leftovers in ${arm.subscription} could not be listed`, cause);
  }
}

/** The account of the scenario's machines; without a scenario, that of the environment, in the public cloud. */
function accountOf(scenario: AzureScenario | undefined, environment: Environment): Account {
  if (scenario === undefined) return { credentials: credentialKind(environment), cloud: 'public' };
  const { credentials, cloud, subscription, tenant } = scenario.provider;
  return {
    credentials,
    cloud,
    ...(subscription !== undefined && { subscription }),
    ...(tenant !== undefined && { tenant }),
  };
}

/** Makes room in a subscription that has reached its limit of groups: deletes those that are due, and resolves with their number. */
export async function sweep(
  arm: Arm,
  nowIso: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const noPrices = async () => undefined;
  const groups = await taggedGroups(arm, TAG.run, signal);
  const found = await examineAll(arm, groups, nowIso, noPrices, signal);
  const due = found.filter((leftover) => leftover.due && leftover.foreign.length === 0);
  if (due.length > 0) say(`limit of resource groups reached: deleting ${due.length} left by interrupted runs`);
  const outcomes = await Promise.allSettled(due.map((leftover) => remove(arm, leftover, signal)));
  return outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value === 'gone').length;
}

/** Ignores a group that vanishes between the list and its examination. */
async function examineAll(
  arm: Arm,
  groups: readonly Group[],
  nowIso: string,
  pricesOf: PricesOf,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const looked = groups.map((group) =>
    examine(arm, group, nowIso, pricesOf, signal).catch((cause: unknown) => {
      if (cause instanceof ArmError && cause.status === 404) return undefined;
      throw cause;
    }),
  );
  return (await Promise.all(looked)).flatMap((found) => found ?? []);
}

async function examine(
  arm: Arm,
  { name, location, tags }: Group,
  nowIso: string,
  pricesOf: PricesOf,
  signal: AbortSignal,
): Promise<Leftover> {
  const resources = await resourcesOf(arm, name, signal);
  const machines = await machinesIn(arm, name, signal);
  const sizes = machines.map(({ size }) => size);
  const prices = await pricesOf(location, sizes);
  const perHour = sizes.map((size) => prices?.get(size)?.usdPerHour);
  const known = perHour.every((price) => price !== undefined);
  const deleteAfter = tags[TAG.deleteAfter] ?? '';
  return {
    group: name,
    run: tags[TAG.run] ?? '',
    scenario: tags[TAG.scenario] ?? '',
    deleteAfter,
    // An unreadable time gives NaN, which is never due: the run may still be in progress.
    due: Date.parse(deleteAfter) < Date.parse(nowIso),
    resources: resources.length,
    machines: sizes.length,
    ...nodesOf(machines, tags[TAG.run] ?? ''),
    ...(prices && known && { costPerDay: perHour.reduce<number>((sum, price) => sum + (price ?? 0) * 24, 0) }),
    foreign: await foreignIn(arm, resources, signal),
  };
}

/**
 * Ids of resources that bench did not make. A security group that a policy attached to our network counts as ours: it protects
 * nothing else.
 */
async function foreignIn(arm: Arm, resources: readonly ListedResource[], signal: AbortSignal): Promise<string[]> {
  const ours = new Set(resources.filter(isOurs).map(({ id }) => id.toLowerCase()));
  const others = resources.filter((each) => !isOurs(each));
  const foreign = await Promise.all(
    others.map(async (each) => ((await guardsOnly(arm, each, ours, signal)) ? [] : [each.id])),
  );
  return foreign.flat();
}

const Attached = z.object({ id: z.string() });
const SecurityGroup = z.object({
  properties: z
    .object({ subnets: z.array(Attached).default([]), networkInterfaces: z.array(Attached).default([]) })
    .prefault({}),
});

/** Whether a resource is a security group that protects only our resources, and at least one. */
async function guardsOnly(
  arm: Arm,
  { id, type }: ListedResource,
  ours: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<boolean> {
  if (!/^Microsoft\.Network\/networkSecurityGroups$/i.test(type)) return false;
  await arm.readTurn(signal);
  const { properties } = await get(arm, SecurityGroup, `${id}?${NETWORK_API}`, signal);
  const attached = [...properties.subnets, ...properties.networkInterfaces];
  const owner = (attachedId: string) => attachedId.toLowerCase().replace(/\/subnets\/[^/]+$/, '');
  return attached.length > 0 && attached.every((each) => ours.has(owner(each.id)));
}

/** Resources that a machine's request makes have no tags; their names begin with the machine's. */
const isOurs = ({ name, tags }: ListedResource): boolean => TAG.run in tags || /^b[0-9a-f]{6}-\d/.test(name);

/**
 * Checks again before it deletes: since the first check a run may have continued, or a user may have added a resource. If another
 * process is deleting the group, this waits for it.
 */
async function remove(arm: Arm, { group, run, deleteAfter }: Leftover, signal: AbortSignal): Promise<'gone' | 'kept'> {
  const stop = AbortSignal.any([signal, timeLimit(ms(GONE_WITHIN_MS))]);
  try {
    const found = await findGroup(arm, group, stop);
    if (found === undefined) return 'gone';
    const { tags } = found;
    if (tags[TAG.run] !== run || (tags[TAG.deleteAfter] ?? '') !== deleteAfter) return 'kept';
    if ((await foreignIn(arm, await resourcesOf(arm, group, stop), stop)).length > 0) return 'kept';
    await removeGroup(arm, group, stop);
    while ((await findGroup(arm, group, stop)) !== undefined) await arm.timer.sleep(GONE_POLL_MS, stop);
    return 'gone';
  } catch (cause) {
    signal.throwIfAborted();
    if (stop.aborted)
      throw worldError(`${group} still exists after its deletion.`, 'Run bench gc again in a few minutes.', cause);
    throw asWorldError(`${group} could not be deleted`, cause);
  }
}
