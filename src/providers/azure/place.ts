/**
 * Where a run makes its machines: its own resource group, which goes with the run; or a group of others, where what
 * the run made is recognised by its tags and by names that no other process gives, and is deleted one by one.
 */
import type { Claims } from '../../model/provider.ts';
import { groupName, machinePrefix, newNonce, nonceOf, TAG, type Tags } from './names.ts';
import type { AzureOptions } from './scenario.ts';

export interface Place {
  readonly location: string;
  readonly group: string;
  readonly shared: boolean;
  /** Of the one process that made it: the name of its own group, or a name of that form in a group of others. */
  readonly mark: string;
  /** What the names of machines are made of; their prefix follows from it. */
  readonly owner: string;
}

/** What an earlier process of this run made is taken up, by the journal and not by what it is called. */
export function placeOf({ location, group }: AzureOptions, runId: string, claims: Claims | undefined): Place {
  const mark = claims?.made.at(-1)?.split('/').at(-1) ?? groupName(runId, newNonce());
  if (group === undefined || group.name === '') return { location, group: mark, shared: false, mark, owner: runId };
  return { location, group: group.name, shared: true, mark, owner: mark };
}

/** What the journal says before anything is made. */
export const claimOf = ({ group, mark, shared }: Place): string => (shared ? `${group}/${mark}` : mark);

/** The name of what a run makes once, beside its machines. */
export const partName = ({ shared, mark }: Place, name: string): string => (shared ? `${name}-${nonceOf(mark)}` : name);

interface Tagged {
  readonly name: string;
  readonly tags: Tags;
}

/** Whether this process made it; what a machine's own request makes has no tags, but the machine's name. */
export const isOf =
  (owner: string, run: string, process: string) =>
  ({ name, tags }: Tagged): boolean =>
    tags[TAG.run] === undefined
      ? name.toLowerCase().startsWith(machinePrefix(owner))
      : tags[TAG.run] === run && tags[TAG.process] === process;
