/**
 * Keeps machines for a user to inspect. They pause until the run is over, so that they take no processor time from machines under
 * measurement. The end command finds them by their folder, even after a killed run.
 */
import { writeFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import type { KeptMachine, SshTarget } from '../../model/provider.ts';
import type { SshKey } from '../any/ssh-key.ts';
import { QEMU } from './accelerator.ts';

/** Throws a usage error if the free memory does not suffice for that many machines. */
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

/** Writes the keys of a fleet's machines where the command of `kept` finds them. */
export async function writeKeys(folder: string, clientKey: SshKey, hostKey: SshKey): Promise<void> {
  await writeFile(path.join(folder, KEY), clientKey.privateKey, { mode: 0o600 });
  await writeFile(path.join(folder, KNOWN_HOSTS), `${HOST_ALIAS} ${hostKey.publicKey}\n`);
}

/** `folder` is the fleet's; `scratch` contains it and everything else that the run kept. */
export function kept({ user, host, port }: SshTarget, folder: string, scratch: string): KeptMachine {
  const file = (name: string) => quoted(path.join(folder, name));
  const options = `-o UserKnownHostsFile=${file(KNOWN_HOSTS)} -o HostKeyAlias=${HOST_ALIAS} -o IdentitiesOnly=yes`;
  return { reach: `ssh -i ${file(KEY)} ${options} -p ${port} ${user}@${host}`, end: endCommand(scratch) };
}

/**
 * Finds machines by the run's folder, which every machine's command line names. A process id would not do: another process may get
 * it later.
 */
export const endCommand = (scratch: string): string =>
  `pkill -f '^${QEMU} .*/${path.basename(scratch)}/'; rm -r ${quoted(scratch)}`;

/** Quotes text as one word for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
