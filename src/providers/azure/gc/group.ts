/**
 * The resource group of a run. It contains everything that the run makes, and deleting it deletes all of that. Its tags let bench
 * find the group when a user resumes the run or cleans up after it. Shapes: resources 2022-09-01.
 */
import type { VirtualMachine, VirtualMachineScaleSet } from '@azure/arm-compute';
import * as z from 'zod';
import { usageError, worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import { type Arm, get, list } from '../arm/connection.ts';
import { explained } from '../arm/explanation.ts';
import { ArmError } from '../arm/failure.ts';
import { finished } from '../arm/operation.ts';
import { retried } from '../arm/retry.ts';
import { EXTENSION } from '../machine/extension.ts';
import type { MachineName } from '../machine/removal.ts';
import { TAG, type Tags } from '../names.ts';
import type { Place } from '../place.ts';

export const RESOURCES_API = 'api-version=2022-09-01';

export const groupPath = (subscription: string, group: string): string =>
  `/subscriptions/${subscription}/resourcegroups/${group}`;

/** Azure deletes a group with machines in three to ten minutes. */
const GONE_WITHIN_MS = 20 * 60_000;
const GONE_POLL_MS = 10_000;

/**
 * Makes the group of the run, or finds the group of an earlier process of the same run. If Azure is still deleting that one, as
 * after an interrupted run, this waits for the end.
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
    const found = await findGroup(arm, place.group, signal);
    if (found && found.tags[TAG.run] !== tags[TAG.run])
      throw usageError(
        `The resource group ${place.group} already exists and does not belong to this run.`,
        'Start a new run, or delete the group.',
      );
    if (found?.properties.provisioningState !== 'Deleting' && (await putGroup(arm, path, place, tags, signal)))
      return found ? 'resumed' : 'new';
    if (!said) say(`waiting until the last ${place.group} is deleted`);
    await arm.timer.sleep(ms(GONE_POLL_MS), signal);
  }
  throw worldError(
    `${place.group} is still being deleted after 20 min.`,
    'Check its activity log and try again later.',
  );
}

const Group = z.object({
  name: z.string(),
  location: z.string().default(''),
  tags: z.record(z.string(), z.string()).default({}),
  properties: z.object({ provisioningState: z.string().optional() }).default({}),
});
export type Group = z.output<typeof Group>;

/** All groups that carry a tag. */
export function taggedGroups(arm: Arm, tag: string, signal: AbortSignal): Promise<Group[]> {
  const filter = encodeURIComponent(`tagName eq '${tag}'`);
  return list(
    arm,
    Group,
    `/subscriptions/${arm.subscription}/resourcegroups?$filter=${filter}&${RESOURCES_API}`,
    signal,
  );
}

/** Undefined if there is no such group. */
export async function findGroup(arm: Arm, group: string, signal: AbortSignal): Promise<Group | undefined> {
  try {
    await arm.readTurn(signal);
    return await get(arm, Group, `${groupPath(arm.subscription, group)}?${RESOURCES_API}`, signal);
  } catch (cause) {
    if (cause instanceof ArmError && cause.status === 404) return undefined;
    throw cause;
  }
}

/** False if Azure is deleting the group. */
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

/** Requests the deletion of a group with everything in it, machines first and by force. */
export async function deleteGroup(arm: Arm, group: string, signal: AbortSignal): Promise<string | undefined> {
  const force = 'forceDeletionTypes=Microsoft.Compute/virtualMachines,Microsoft.Compute/virtualMachineScaleSets';
  try {
    const path = `${groupPath(arm.subscription, group)}?${force}&${RESOURCES_API}`;
    return (await arm.call('DELETE', path, undefined, signal)).header('location');
  } catch (cause) {
    if (cause instanceof ArmError && (cause.status === 404 || cause.codes.includes('ResourceGroupBeingDeleted')))
      return undefined;
    throw cause;
  }
}

/** The same, but waits until the group is gone. It retries while a resource is still in use. */
export async function removeGroup(arm: Arm, group: string, signal: AbortSignal): Promise<void> {
  const work = async () => {
    const operation = await deleteGroup(arm, group, signal);
    if (operation) await finished(arm, operation, signal);
  };
  await retried(arm.timer, work, signal);
}

const Resource = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  location: z.string().optional(),
  tags: z.record(z.string(), z.string()).default({}),
});
export type ListedResource = z.output<typeof Resource>;

export interface ListedMachine extends MachineName {
  readonly size: string;
  readonly tags: Tags;
  /**
   * The name that kubelet gives it, as far as Azure's rules of names determine it. Instances of a flexible set have random names:
   * here the name ends with `*`.
   */
  readonly nodeName: string;
  /** It has the extension that turns a machine into a node. */
  readonly joins: boolean;
}

/** All machines in a group, of both kinds; a scale set counts as one machine with all its parts. */
export async function machinesIn(arm: Arm, group: string, signal: AbortSignal): Promise<ListedMachine[]> {
  const found: ListedMachine[] = [];
  const { virtualMachines, virtualMachineScaleSets } = arm.compute;
  const options = { abortSignal: signal };
  const singles = async () => {
    for await (const machine of virtualMachines.list(group, options))
      if (machine.virtualMachineScaleSet === undefined) found.push(listedMachine(machine));
  };
  const sets = async () => {
    for await (const set of virtualMachineScaleSets.list(group, options)) found.push(listedSet(set));
  };
  await Promise.all([explained(singles()), explained(sets())]);
  return found;
}

const listedMachine = ({ name = '', hardwareProfile, tags = {}, osProfile, resources = [] }: VirtualMachine) => ({
  type: 'virtualMachines' as const,
  name,
  size: hardwareProfile?.vmSize ?? 'unknown',
  tags,
  nodeName: (osProfile?.computerName ?? name).toLowerCase(),
  // In a list, an extension may have only an id.
  joins: resources.some(({ id = '' }) => id.endsWith(`/${EXTENSION}`)),
});

/** The only instance of a uniform set is its first: 0, in six digits. */
function listedSet({ name = '', sku, tags = {}, orchestrationMode, virtualMachineProfile }: VirtualMachineScaleSet) {
  const prefix = (virtualMachineProfile?.osProfile?.computerNamePrefix ?? name).toLowerCase();
  const extensions = virtualMachineProfile?.extensionProfile?.extensions ?? [];
  return {
    type: 'virtualMachineScaleSets' as const,
    name,
    size: sku?.name ?? 'unknown',
    tags,
    nodeName: `${prefix}${orchestrationMode === 'Flexible' ? '*' : '000000'}`,
    joins: extensions.some((extension) => extension.name === EXTENSION),
  };
}

export const resourcesOf = (arm: Arm, group: string, signal: AbortSignal): Promise<ListedResource[]> =>
  list(arm, Resource, `/subscriptions/${arm.subscription}/resourceGroups/${group}/resources?${RESOURCES_API}`, signal);

/** Resources of the whole subscription that carry a tag. */
export function taggedResources(arm: Arm, tag: string, signal: AbortSignal): Promise<ListedResource[]> {
  const filter = encodeURIComponent(`tagName eq '${tag}'`);
  return list(arm, Resource, `/subscriptions/${arm.subscription}/resources?$filter=${filter}&${RESOURCES_API}`, signal);
}
