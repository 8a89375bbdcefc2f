/**
 * UEFI firmware of a machine: OVMF's code, which all machines share, and its variables, which belong to the machine (boot entries, keys
 * of secure boot). A TPM is a process of swtpm beside the machine, and ends with it.
 */
import { access, copyFile, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { worldError } from '../../model/errors.ts';
import { killGroup } from '../any/process-group.ts';
import type { MachineDisk, Uefi } from './arguments.ts';
import { start } from './command.ts';

/** Code and variables, where distributions put them: Debian, Fedora, Arch. */
const PLAIN = [
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
] as const;
/** With Microsoft's keys enrolled, as on machines from a vendor. */
const SECURE = [
  ['/usr/share/OVMF/OVMF_CODE_4M.ms.fd', '/usr/share/OVMF/OVMF_VARS_4M.ms.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', '/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd'],
] as const;

export interface Firmware {
  readonly code: string;
  readonly variables: string;
  readonly secureBoot: boolean;
  readonly tpm: boolean;
}

/** Undefined if this computer has none. */
export async function findFirmware(secureBoot: boolean): Promise<Pick<Firmware, 'code' | 'variables'> | undefined> {
  for (const [code, variables] of secureBoot ? SECURE : PLAIN) if (await isThere(code)) return { code, variables };
  return undefined;
}

export async function firmwareOf({ secureBoot, tpm }: Pick<Firmware, 'secureBoot' | 'tpm'>): Promise<Firmware> {
  const found = await findFirmware(secureBoot);
  if (found) return { ...found, secureBoot, tpm };
  throw worldError(
    `An image boots only with UEFI, and this computer has no UEFI firmware${secureBoot ? ' with secure boot' : ''}.`,
    'Install OVMF: package ovmf (Debian), edk2-ovmf (Fedora, Arch).',
  );
}

const VARIABLES = 'variables.fd';
const TPM_STATE = 'tpm';

/** Adds the machine's own firmware files to its disk: new ones, or those of its boot before. */
export async function addFirmware(
  disk: MachineDisk,
  firmware: Firmware | undefined,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<MachineDisk> {
  if (disk.kind !== 'overlay' || disk.boot || firmware === undefined) return disk;
  const variables = path.join(folder, VARIABLES);
  if (!(await isThere(variables))) await copyFile(firmware.variables, variables);
  const tpmSocket = firmware.tpm ? await startTpm(folder, environment) : undefined;
  const uefi: Uefi = {
    code: firmware.code,
    variables,
    secureBoot: firmware.secureBoot,
    ...(tpmSocket && { tpmSocket }),
  };
  return { ...disk, uefi };
}

/** Moves the files that a machine's firmware wrote, together with its disk. */
export async function takeFirmware(from: string, to: string): Promise<void> {
  for (const name of [VARIABLES, TPM_STATE])
    if (await isThere(path.join(from, name))) await rename(path.join(from, name), path.join(to, name));
}

const TPM_TRIES = 100;

/** Returns the socket relative to the machine's folder, which is QEMU's working folder: a socket's path has at most 107 characters. */
async function startTpm(folder: string, environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  await mkdir(path.join(folder, TPM_STATE), { recursive: true });
  // The TPM of an earlier start removes its own socket when it ends, which may be later than this.
  let number = 1;
  while (await isThere(path.join(folder, `tpm${number}.sock`))) number += 1;
  const socket = `tpm${number}.sock`;
  const flags = ['--ctrl', `type=unixio,path=${socket}`, '--terminate'];
  const child = start(['swtpm', 'socket', '--tpm2', '--tpmstate', `dir=${TPM_STATE}`, ...flags], {
    folder,
    environment,
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1024);
  });
  child.on('error', (cause) => {
    said = cause.message;
  });
  for (let tries = 0; tries < TPM_TRIES; tries += 1) {
    if (await isThere(path.join(folder, socket))) return socket;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  killGroup(child, 'SIGKILL');
  throw worldError(
    `swtpm did not start: ${said.trim() || 'no output'}.`,
    'Install it (package swtpm), or set tpm: false.',
  );
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
