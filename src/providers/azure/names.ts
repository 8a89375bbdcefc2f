/**
 * Names and tags of all that a run makes. Names are a function of the run and the boot alone: who knows the run's journal
 * knows what may exist in the cloud, which is what resuming and cleaning up rely on.
 */
import { createHash } from 'node:crypto';

export const TAG = {
  run: 'bench-run',
  boot: 'bench-boot',
  scenario: 'bench-scenario',
  variant: 'bench-variant',
  block: 'bench-block',
  attempt: 'bench-attempt',
  deleteAfter: 'delete-after',
} as const;

export type Tags = Readonly<Record<string, string>>;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 6);

/** A resource group may have 90 characters. */
export function groupName(runId: string): string {
  const plain = `bench-${runId.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;
  return plain.length <= 80 ? plain : `${plain.slice(0, 73)}-${digest(runId)}`;
}

/** Also the computer's name: letters, digits and dashes, below 64 characters, starting with a letter. */
export function machineName(runId: string, bootId: string, attempt: number): string {
  const plain = bootId.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  const short = plain.length <= 40 ? plain : `${plain.slice(0, 33)}-${digest(bootId)}`;
  return `b${digest(runId)}-${short}${attempt > 1 ? `-${attempt}` : ''}`;
}
