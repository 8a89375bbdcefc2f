/**
 * What a machine is given at boot beside its image: keys, and the unit that says on the second serial port when the boot is
 * over. The unit is no part of what is measured: it is called `bench-ready`, starts after the default target and is ordered
 * before nothing.
 */
import type { CpioEntry } from './cpio.ts';

/** Collectors leave these out. */
export const READY_UNIT = 'bench-ready.service';

export interface GuestFiles {
  readonly authorizedKey: string;
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
  /** The machine is left alone until this file exists. */
  readonly readyFile?: string | undefined;
  /** The guest's clock counts instructions: it must never idle once the boot is over. */
  readonly keepBusy: boolean;
}

/** The run's part of the initrd. */
export function guestFiles(files: GuestFiles): readonly CpioEntry[] {
  const file = (path: string, mode: number, content: string): CpioEntry => ({
    kind: 'file',
    path,
    mode,
    content: Buffer.from(content, 'utf8'),
  });
  const units = 'bench/run/systemd/system';
  const starter = files.readyFile === undefined ? READY_UNIT : 'bench-ready.path';
  return [
    file('bench/root/etc/ssh/ssh_host_ed25519_key', 0o600, files.hostKey.privateKey),
    file('bench/root/etc/ssh/ssh_host_ed25519_key.pub', 0o644, `${files.hostKey.publicKey}\n`),
    { kind: 'folder', path: 'bench/root/root/.ssh', mode: 0o700 },
    file('bench/root/root/.ssh/authorized_keys', 0o600, `${files.authorizedKey}\n`),
    file(`${units}/${READY_UNIT}`, 0o644, readyService(files.keepBusy)),
    ...(files.readyFile === undefined ? [] : [file(`${units}/bench-ready.path`, 0o644, readyPath(files.readyFile))]),
    { kind: 'link', path: `${units}/sysinit.target.wants/${starter}`, target: `../${starter}` },
  ];
}

/**
 * `is-system-running --wait` sleeps until systemd has no more jobs. Then one line: state and uptime. With `sleep=off` an
 * idle guest jumps to its next timer at once, so that every timeout of an SSH connection would be over before the answer
 * came; a loop at idle priority holds its clock to the instructions it executes, and gives way to anything else.
 */
export function readyService(keepBusy: boolean): string {
  const line = '"bench-ready $$(systemctl is-system-running --wait) $$(cat /proc/uptime)"';
  const spin = keepBusy ? '; while :; do :; done' : '';
  return `[Unit]
Description=bench: tells the harness that the boot is over
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

/** The line of `readyService`, or undefined where it is not there yet. */
export function readReadyLine(marker: string): { readonly state: string; readonly uptimeS: number } | undefined {
  const match = /^bench-ready ([a-z]{1,20}) (\d{1,9}\.\d{1,3})/m.exec(marker);
  return match ? { state: match[1] ?? '', uptimeS: Number(match[2]) } : undefined;
}
