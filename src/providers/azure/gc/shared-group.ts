/**
 * Deletes what a run made in an existing group. It finds machines and other resources by their tags and names, deletes them one by
 * one, machines first, and searches again until it finds none. It never touches the group itself or anything else in it.
 */
import { ms } from '../../../model/units.ts';
import type { Arm } from '../arm/connection.ts';
import { ArmError } from '../arm/failure.ts';
import { change, finished } from '../arm/operation.ts';
import { type MachineName, removeMachine } from '../machine/removal.ts';
import type { Tags } from '../names.ts';
import { NETWORK_API } from '../network/network.ts';
import { type ListedMachine, type ListedResource, machinesIn, resourcesOf } from './group.ts';

export type IsOurs = (item: { readonly name: string; readonly tags: Tags }) => boolean;

export interface Ours {
  readonly machines: readonly ListedMachine[];
  /** Everything except machines. */
  readonly parts: readonly ListedResource[];
}

const AGAIN_MS = ms(5_000);

/** Compute lists its machines at once; the resource manager's list of everything else lags behind. */
export async function oursIn(arm: Arm, group: string, isOurs: IsOurs, signal: AbortSignal): Promise<Ours> {
  const [machines, resources] = await Promise.all([
    machinesIn(arm, group, signal),
    resourcesOf(arm, group, signal).then((all) => all.filter(isOurs)),
  ]);
  const ours = machines.filter(isOurs);
  const names = new Set(ours.map(({ name }) => name.toLowerCase()));
  return {
    machines: ours,
    parts: resources.filter(({ name, type }) => !(isMachine(type) && names.has(name.toLowerCase()))),
  };
}

/** Resolves once all of it is gone; `known` are ids of resources that a list may not show yet. */
export async function removeOurs(
  arm: Arm,
  group: string,
  isOurs: IsOurs,
  known: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await removeMachines(arm, group, (await machinesIn(arm, group, signal)).filter(isOurs), signal);
  await removeParts(arm, group, known, signal);
  for (;;) {
    const { machines, parts } = await oursIn(arm, group, isOurs, signal);
    if (machines.length === 0 && parts.length === 0) return;
    await removeMachines(arm, group, machines, signal);
    await removeParts(
      arm,
      group,
      parts.map(({ id }) => id),
      signal,
    );
    await arm.timer.sleep(AGAIN_MS, signal);
  }
}

/** Requests deletions without waiting. Deleting a machine also deletes its disk, interface and address. */
export async function fireRemovals(arm: Arm, group: string, isOurs: IsOurs, signal: AbortSignal): Promise<void> {
  const machines = (await machinesIn(arm, group, signal)).filter(isOurs);
  await Promise.all(machines.map((machine) => removeMachine(arm, group, machine, signal)));
}

export async function removeMachines(
  arm: Arm,
  group: string,
  machines: readonly MachineName[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    machines.map(async (machine) => {
      const operation = await removeMachine(arm, group, machine, signal);
      if (operation) await finished(arm, operation, signal);
    }),
  );
}

/** Delete a resource after those that use it. */
const ORDER: readonly RegExp[] = [/networkInterfaces/i, /publicIPAddresses|disks/i, /virtualNetworks/i, /./];

async function removeParts(arm: Arm, group: string, ids: readonly string[], signal: AbortSignal): Promise<void> {
  const left = new Set(ids);
  for (const kind of ORDER) {
    const turn = [...left].filter((id) => kind.test(id.split('/providers/').at(-1) ?? ''));
    await Promise.all(turn.map((id) => removePart(arm, group, id, signal)));
    for (const id of turn) left.delete(id);
  }
}

async function removePart(arm: Arm, group: string, id: string, signal: AbortSignal): Promise<void> {
  const [, type = '', name = ''] = /\/providers\/([^/]+\/[^/]+)\/([^/]+)$/.exec(id) ?? [];
  if (isMachine(type)) {
    const kind = /sets$/i.test(type) ? 'virtualMachineScaleSets' : 'virtualMachines';
    return removeMachines(arm, group, [{ type: kind, name }], signal);
  }
  await change(arm, 'DELETE', `${id}?${apiOf(type)}`, undefined, signal).catch((cause: unknown) => {
    if (!(cause instanceof ArmError && cause.status === 404)) throw cause;
  });
}

const isMachine = (type: string): boolean => /^Microsoft\.Compute\/virtualMachine(s|ScaleSets)$/i.test(type);

function apiOf(type: string): string {
  if (/^Microsoft\.Network\//i.test(type)) return NETWORK_API;
  if (/^Microsoft\.Storage\//i.test(type)) return 'api-version=2023-01-01';
  return /\/disks$/i.test(type) ? 'api-version=2022-07-02' : 'api-version=2022-08-01';
}
