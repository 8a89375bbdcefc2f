/**
 * Files that a machine gets at boot beside its image: keys, and the unit that reports the end of the boot on the second serial
 * port. That unit, `bench-ready`, is not part of the measurement: it starts after the default target and nothing waits for it.
 */
import { stripVTControlCharacters } from 'node:util';
import type { CpioEntry } from './cpio.ts';

/** Collectors exclude these units. */
export const READY_UNIT = 'bench-ready.service';
const READY_PATH = 'bench-ready.path';

export interface GuestFiles {
  readonly authorizedKey: string;
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
  /** The ready unit waits until this file exists. */
  readonly readyFile?: string | undefined;
  /** The guest's clock counts instructions and skips idle time: the guest must never idle after its boot. */
  readonly keepBusy: boolean;
}

/** The run's part of the initrd; `seed` are files of a NoCloud seed, for built images with cloud-init. */
export function guestFiles(
  gift: GuestFiles,
  seed: readonly { name: string; content: Uint8Array }[],
): readonly CpioEntry[] {
  const file = (path: string, mode: number, content: Uint8Array): CpioEntry => ({ kind: 'file', path, mode, content });
  const text = (path: string, mode: number, content: string) => file(path, mode, Buffer.from(content, 'utf8'));
  const units = 'bench/run/systemd/system';
  const { starter, files } = guestUnits(gift);
  return [
    text('bench/root/etc/ssh/ssh_host_ed25519_key', 0o600, gift.hostKey.privateKey),
    text('bench/root/etc/ssh/ssh_host_ed25519_key.pub', 0o644, `${gift.hostKey.publicKey}\n`),
    { kind: 'folder', path: 'bench/root/root/.ssh', mode: 0o700 },
    text('bench/root/root/.ssh/authorized_keys', 0o600, `${gift.authorizedKey}\n`),
    ...seed.map(({ name, content }) => file(`bench/root/var/lib/cloud/seed/nocloud/${name}`, 0o600, content)),
    ...files.map(({ name, content }) => text(`${units}/${name}`, 0o644, content)),
    { kind: 'link', path: `${units}/sysinit.target.wants/${starter}`, target: `../${starter}` },
  ];
}

export interface GuestUnits {
  /** The unit to start; it starts the others. */
  readonly starter: string;
  readonly files: readonly { readonly name: string; readonly content: string }[];
}

/** A `.path` unit waits for the file by inotify: nothing polls. */
export function guestUnits({ readyFile, keepBusy }: Pick<GuestFiles, 'readyFile' | 'keepBusy'>): GuestUnits {
  const service = { name: READY_UNIT, content: readyService(keepBusy) };
  if (readyFile === undefined) return { starter: READY_UNIT, files: [service] };
  return { starter: READY_PATH, files: [service, { name: READY_PATH, content: readyPath(readyFile) }] };
}

/**
 * `is-system-running --wait` sleeps until systemd has no more jobs. Then the unit prints one line: state and uptime. With
 * `sleep=off` an idle guest jumps to its next timer at once, so every timeout of an SSH connection would expire before the
 * answer. A loop at idle priority ties the guest's clock to executed instructions and yields to anything else.
 */
function readyService(keepBusy: boolean): string {
  const line = '"bench-ready $$(systemctl is-system-running --wait) $$(cat /proc/uptime)"';
  const spin = keepBusy ? '; while :; do :; done' : '';
  return `[Unit]
Description=bench: reports the end of the boot
DefaultDependencies=no
After=default.target

[Service]
ExecStart=/bin/sh -c 'echo ${line} >/dev/ttyS1${spin}'
CPUSchedulingPolicy=idle
`;
}

const readyPath = (file: string): string => `[Unit]
Description=bench: waits for ${unitText(file)}
DefaultDependencies=no

[Path]
PathExists=${unitText(file)}
Unit=${READY_UNIT}
`;

/** `%` starts a specifier in units; a line break would start another setting. */
const unitText = (text: string): string => text.replaceAll('%', '%%').replaceAll(/[\r\n]/g, ' ');

/**
 * Reads the line of `readyService`; undefined if it has not come yet. Firmware and GRUB write colour codes to every serial port,
 * without an end of line.
 */
export function readReadyLine(marker: string): { readonly state: string; readonly uptimeS: number } | undefined {
  const match = /^bench-ready ([a-z]{1,20}) (\d{1,9}\.\d{1,3})/m.exec(stripVTControlCharacters(marker));
  return match ? { state: match[1] ?? '', uptimeS: Number(match[2]) } : undefined;
}
