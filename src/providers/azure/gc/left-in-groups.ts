/**
 * Finds what killed runs left in existing groups: resources with bench's tags, by run and process. The groups and all their other
 * resources stay. A resource without tags is a leftover if its name is that of a machine of the same process.
 */
import { worldError } from '../../../model/errors.ts';
import type { Leftover } from '../../../model/leftover.ts';
import { ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import type { Arm } from '../arm/connection.ts';
import { asWorldError } from '../arm/failure.ts';
import { nodesOf } from '../cluster/node-objects.ts';
import { groupName, nonceOf, TAG, type Tags } from '../names.ts';
import { isOf } from '../place.ts';
import type { PricesOf } from '../preflight/prices.ts';
import { type Group, type ListedResource, taggedResources } from './group.ts';
import { type Ours, oursIn, removeOurs } from './shared-group.ts';

const GONE_WITHIN_MS = ms(20 * 60_000);

/** `own` are the groups that bench made; their contents go with them. */
export async function leftInGroupsOfOthers(
  arm: Arm,
  own: readonly Group[],
  nowIso: string,
  pricesOf: PricesOf,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const owned = new Set(own.map(({ name }) => name.toLowerCase()));
  const processes = new Map<string, ListedResource>();
  for (const resource of await taggedResources(arm, TAG.run, signal)) {
    const group = groupOf(resource);
    const { [TAG.run]: run, [TAG.process]: process } = resource.tags;
    // Without a process tag, bench cannot tell which process made it.
    if (run !== undefined && process !== undefined && !owned.has(group.toLowerCase()))
      processes.set(`${group.toLowerCase()} ${groupName(run, process)}`, resource);
  }
  return Promise.all([...processes.values()].map((resource) => examine(arm, resource, nowIso, pricesOf, signal)));
}

const groupOf = ({ id }: ListedResource): string => id.split('/')[4] ?? '';

async function examine(
  arm: Arm,
  resource: ListedResource,
  nowIso: string,
  pricesOf: PricesOf,
  signal: AbortSignal,
): Promise<Leftover> {
  const { [TAG.run]: run = '', [TAG.process]: process = '', [TAG.scenario]: scenario = '' } = resource.tags;
  const inside = groupName(run, process);
  const ours = await oursIn(arm, groupOf(resource), isOf(inside, run, process), signal);
  const sizes = ours.machines.map(({ size }) => size);
  const prices = await pricesOf(locationOf(resource), sizes);
  const perHour = sizes.map((size) => prices?.get(size)?.usdPerHour);
  const known = perHour.every((price) => price !== undefined);
  const deleteAfter = latest(ours) ?? resource.tags[TAG.deleteAfter] ?? '';
  return {
    group: groupOf(resource),
    inside,
    run,
    scenario,
    deleteAfter,
    due: Date.parse(deleteAfter) < Date.parse(nowIso),
    resources: ours.machines.length + ours.parts.length,
    machines: sizes.length,
    ...nodesOf(ours.machines, inside),
    ...(prices && known && { costPerDay: perHour.reduce<number>((sum, price) => sum + (price ?? 0) * 24, 0) }),
    foreign: [],
  };
}

const locationOf = ({ location = '' }: ListedResource): string => location;

/** A resumed run gives its new resources a later time. */
function latest({ machines, parts }: Ours): string | undefined {
  const times = [...machines, ...parts].flatMap(({ tags }: { readonly tags: Tags }) => tags[TAG.deleteAfter] ?? []);
  return times.sort().at(-1);
}

/** Looks once more before it deletes: since the first look the run may have continued. */
export async function removeInside(
  arm: Arm,
  { group, inside = '', run, deleteAfter }: Leftover,
  signal: AbortSignal,
): Promise<'gone' | 'kept'> {
  const stop = AbortSignal.any([signal, timeLimit(GONE_WITHIN_MS)]);
  const isOurs = isOf(inside, run, nonceOf(inside));
  try {
    const now = latest(await oursIn(arm, group, isOurs, stop));
    if (now !== undefined && now !== deleteAfter) return 'kept';
    await removeOurs(arm, group, isOurs, [], stop);
    return 'gone';
  } catch (cause) {
    signal.throwIfAborted();
    if (stop.aborted)
      throw worldError(`What ${run} left in ${group} is still there.`, 'Run bench gc again in some minutes.', cause);
    throw asWorldError(`What ${run} left in ${group} could not be deleted`, cause);
  }
}
