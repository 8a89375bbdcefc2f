/** Deletes everything that a run made: its own group as a whole, or its resources in an existing group. */
import type { Arm } from '../arm/connection.ts';
import type { NodeObjects } from '../cluster/node-objects.ts';
import { nonceOf } from '../names.ts';
import { isOf, type Place } from '../place.ts';
import { deleteGroup, type ListedMachine, type ListedResource, machinesIn, removeGroup, resourcesOf } from './group.ts';
import { fireRemovals, oursIn, removeMachines, removeOurs } from './shared-group.ts';

export interface Clearing {
  /** Names what it deletes, for messages. */
  readonly what: string;
  /** The command for a user who deletes it by hand. */
  readonly byHand: string;
  /** Deletes all of it; resolves once it is gone. */
  all(signal: AbortSignal): Promise<void>;
  /** Requests the deletion without waiting, because an interrupted process has only seconds left. */
  fire(signal: AbortSignal): Promise<void>;
  machines(signal: AbortSignal): Promise<readonly ListedMachine[]>;
  resources(signal: AbortSignal): Promise<readonly ListedResource[]>;
}

/** `known` are ids of resources that a run makes once; a list may not show them yet. */
export function clearingOf(arm: Arm, place: Place, runId: string, known: readonly string[]): Clearing {
  return place.shared ? inGroupOfOthers(arm, place, runId, known) : ownGroup(arm, place);
}

const ownGroup = (arm: Arm, { group }: Place): Clearing => ({
  what: group,
  byHand: `az group delete --name ${group}`,
  all: (signal) => removeGroup(arm, group, signal),
  fire: async (signal) => void (await deleteGroup(arm, group, signal)),
  machines: (signal) => machinesIn(arm, group, signal),
  resources: (signal) => resourcesOf(arm, group, signal),
});

function inGroupOfOthers(arm: Arm, { group, mark, owner }: Place, runId: string, known: readonly string[]): Clearing {
  const isOurs = isOf(owner, runId, nonceOf(mark));
  const machines = async (signal: AbortSignal) => (await machinesIn(arm, group, signal)).filter(isOurs);
  return {
    what: `what this run made in ${group}`,
    byHand: `az resource list --resource-group ${group} --tag bench-process=${nonceOf(mark)}`,
    all: (signal) => removeOurs(arm, group, isOurs, known, signal),
    fire: (signal) => fireRemovals(arm, group, isOurs, signal),
    machines,
    async resources(signal) {
      const { machines: ours, parts } = await oursIn(arm, group, isOurs, signal);
      const asResource = ({ type, name, tags }: ListedMachine) => ({ id: name, name, type, tags });
      return [...ours.map(asResource), ...parts];
    },
  };
}

/** Deletes the machines of an earlier process of this run, because this process boots machines of the same names. */
export async function clearMachines(
  arm: Arm,
  { group }: Place,
  clearing: Clearing,
  nodes: NodeObjects,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const left = await clearing.machines(signal);
  const ofThem = nodes.leftBehind(left);
  if (left.length === 0) return;
  say(`deleting ${left.length} machines left by an earlier process of this run`);
  if (ofThem !== undefined) say(ofThem);
  await removeMachines(arm, group, left, signal);
}
