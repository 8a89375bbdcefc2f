/**
 * Names and tags of everything that a run makes. The name of its group contains a random part, so no two processes use the same
 * name. The run's journal records the name before the group exists. So the journal lists everything that may exist in the cloud;
 * resuming and cleaning up rely on that. Names in the group follow from run and boot.
 */
import { createHash, randomBytes } from 'node:crypto';

export const TAG = {
  run: 'bench-run',
  boot: 'bench-boot',
  scenario: 'bench-scenario',
  variant: 'bench-variant',
  block: 'bench-block',
  attempt: 'bench-attempt',
  process: 'bench-process',
  deleteAfter: 'delete-after',
} as const;

export type Tags = Readonly<Record<string, string>>;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 6);

/** The name of a resource group has at most 90 characters. `nonce` identifies one process. */
export function groupName(runId: string, nonce: string): string {
  const plain = `bench-${runId.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;
  return `${plain.length <= 70 ? plain : `${plain.slice(0, 63)}-${digest(runId)}`}-${nonce}`;
}

export const newNonce = (): string => randomBytes(4).toString('hex');

/** The part that identifies the process that made a group. */
export const nonceOf = (group: string): string => group.split('-').at(-1) ?? '';

/** `owner` is the run; in an existing group, one process of it. */
export const machinePrefix = (owner: string): string => `b${digest(owner)}-`;

/** Also the computer's name: letters, digits and dashes, fewer than 64 characters, starting with a letter. */
export function machineName(owner: string, bootId: string, attempt: number): string {
  const plain = bootId.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  const short = plain.length <= 40 ? plain : `${plain.slice(0, 33)}-${digest(bootId)}`;
  return `${machinePrefix(owner)}${short}${attempt > 1 ? `-${attempt}` : ''}`;
}
