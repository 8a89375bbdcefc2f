/**
 * Machines that are left running for someone to look at. They stand still until the run is over, so that they take nothing
 * from those that are still measured. The command that ends them finds them by their folder, those of a killed run too.
 */
import { writeFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import type { KeptMachine, SshTarget } from '../../model/provider.ts';
import type { SshKey } from '../any/ssh-key.ts';
import { QEMU } from './accelerator.ts';

/** Throws a usage error where that many machines cannot run at once. */
export function checkRoom(machines: number, memoryBytes: number): void {
  const free = freemem();
  if (machines * memoryBytes <= free) return;
  const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw usageError(
    `--keep-machines would leave ${machines} machines of ${gibibytes(memoryBytes)} running, but this computer has only ${gibibytes(free)} free.`,
    'Keep fewer machines (--boots 1), or use smaller ones (provider.memory).',
  );
}

const KEY = 'key';
const KNOWN_HOSTS = 'known_hosts';
const HOST_ALIAS = 'bench';

/** Puts the keys of all machines of a fleet where the command of `kept` finds them. */
export async function writeKeys(folder: string, clientKey: SshKey, hostKey: SshKey): Promise<void> {
  await writeFile(path.join(folder, KEY), clientKey.privateKey, { mode: 0o600 });
  await writeFile(path.join(folder, KNOWN_HOSTS), `${HOST_ALIAS} ${hostKey.publicKey}\n`);
}

/** `folder` is the fleet's, `scratch` the one around it: all that the run kept is in there. */
export function kept({ user, host, port }: SshTarget, folder: string, scratch: string): KeptMachine {
  const file = (name: string) => quoted(path.join(folder, name));
  const options = `-o UserKnownHostsFile=${file(KNOWN_HOSTS)} -o HostKeyAlias=${HOST_ALIAS} -o IdentitiesOnly=yes`;
  return { reach: `ssh -i ${file(KEY)} ${options} -p ${port} ${user}@${host}`, end: endCommand(scratch) };
}

/** Every machine's command line names a file in the run's own folder; its process id may be another's tomorrow. */
export const endCommand = (scratch: string): string =>
  `pkill -f '^${QEMU} .*/${path.basename(scratch)}/'; rm -r ${quoted(scratch)}`;

/** As one word for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
