/**
 * Folders that belong to one process, by name: `<prefix>-<pid>-<start>-<n>`. If that process is gone, perhaps killed, the next
 * process that looks removes the folder. The start time (field 22 of /proc/<pid>/stat) tells a process from a later one with the
 * same number.
 */
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import path from 'node:path';

export async function makePrivateFolder(parent: string, prefix: string): Promise<string> {
  return mkdtemp(path.join(parent, `${prefix}-${await thisProcess()}-`));
}

/** Removes the folders of dead processes. Leaves those that it cannot remove for another time. */
export async function sweepPrivateFolders(parent: string, prefix: string): Promise<readonly string[]> {
  const names = await readdir(parent).catch(() => []);
  const swept: string[] = [];
  for (const name of names) {
    const owner = new RegExp(`^${prefix}-(\\d+-\\d+)-`).exec(name)?.[1];
    if (owner === undefined || (await isAlive(owner))) continue;
    await rm(path.join(parent, name), { recursive: true, force: true }).catch(() => {});
    swept.push(name);
  }
  return swept;
}

/** `<pid>-<start>` of this process. */
export async function thisProcess(): Promise<string> {
  const pid = await readlink('/proc/self');
  return `${pid}-${await startTime(pid)}`;
}

/** Whether the process of that name still runs. */
export async function isAlive(owner: string): Promise<boolean> {
  const [pid = '', start] = owner.split('-');
  return start !== undefined && (await startTime(pid)) === start;
}

/** The command's name, in parentheses, may hold spaces: count fields from the last parenthesis on. */
async function startTime(pid: string): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}
