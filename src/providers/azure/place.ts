/**
 * Where a run makes its machines: its own resource group, which goes with the run; or an existing group. There bench recognises
 * what the run made by its tags, and by names that no other process uses, and deletes it one by one.
 */
import type { Claims } from '../../model/provider.ts';
import { groupName, machinePrefix, newNonce, nonceOf, TAG, type Tags } from './names.ts';
import type { AzureOptions } from './scenario.ts';

export interface Place {
  readonly location: string;
  readonly group: string;
  readonly shared: boolean;
  /** The name that no other process uses. It is the run's resource group, or marks the run's resources in an existing group. */
  readonly mark: string;
  /** The prefix of machine names follows from it. */
  readonly owner: string;
}

/** The journal, not the names, says what an earlier process of this run made: the new process takes that over. */
export function placeOf({ location, group }: AzureOptions, runId: string, claims: Claims | undefined): Place {
  const mark = claims?.made.at(-1)?.split('/').at(-1) ?? groupName(runId, newNonce());
  if (group === undefined || group.name === '') return { location, group: mark, shared: false, mark, owner: runId };
  return { location, group: group.name, shared: true, mark, owner: mark };
}

/** The journal's entry before the run makes anything. */
export const claimOf = ({ group, mark, shared }: Place): string => (shared ? `${group}/${mark}` : mark);

/** The name of a resource that a run makes once, beside its machines. */
export const partName = ({ shared, mark }: Place, name: string): string => (shared ? `${name}-${nonceOf(mark)}` : name);

interface Tagged {
  readonly name: string;
  readonly tags: Tags;
}

/** Whether this process made it. Resources that a machine's request makes have no tags; their names begin with the machine's. */
export const isOf =
  (owner: string, run: string, process: string) =>
  ({ name, tags }: Tagged): boolean =>
    tags[TAG.run] === undefined
      ? name.toLowerCase().startsWith(machinePrefix(owner))
      : tags[TAG.run] === run && tags[TAG.process] === process;
