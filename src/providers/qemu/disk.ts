/**
 * The root disk of a machine: fresh from its image for a first boot, taken over from the boot before for a reboot. Nothing
 * writes to the image's own file.
 */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { worldError } from '../../model/errors.ts';
import { BootFailure, type RunContext, type Timer } from '../../model/provider.ts';
import { type Ms, ms } from '../../model/units.ts';
import type { MachineDisk } from './arguments.ts';
import { run } from './command.ts';
import { type BadEnding, failureOf } from './failure.ts';
import { takeFirmware } from './firmware.ts';
import type { Image } from './images.ts';
import type { QemuMachine } from './machine.ts';

export interface FreshDisk {
  readonly image: Image;
  /** Of this machine alone. */
  readonly folder: string;
  /** The run's initrd, or the NoCloud seed of an image with its own bootloader. */
  readonly bootFile: string;
  readonly timing: 'virtual' | 'wall';
  /** The disk must keep its writes for the next boot. */
  readonly kept: boolean;
  readonly environment: RunContext['environment'];
}

/** A built image under virtual timing gets a disk in memory; everything else gets an overlay. */
export async function freshDisk(wanted: FreshDisk, signal: AbortSignal): Promise<MachineDisk> {
  const { image, folder, bootFile } = wanted;
  const make = (command: readonly string[]) => makeDisk(command, wanted.environment, signal);
  const boot = image.kind === 'built' ? { kernel: image.kernel, initrd: bootFile } : undefined;
  if (boot && image.kind === 'built' && wanted.timing === 'virtual') {
    const file = wanted.kept ? path.join(folder, 'disk.raw') : image.disk;
    if (wanted.kept) await make(['cp', '--sparse=always', '--reflink=auto', image.disk, file]);
    return { kind: 'memory', file, own: wanted.kept, sizeBytes: image.sizeBytes, boot };
  }
  const [base, format] = image.kind === 'built' ? [image.disk, 'raw'] : [image.file, image.format];
  const file = path.join(folder, 'disk.qcow2');
  await make(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', format, file]);
  return { kind: 'overlay', file, ...(boot ? { boot } : { seedFile: bootFile }) };
}

async function makeDisk(
  command: readonly string[],
  environment: FreshDisk['environment'],
  signal: AbortSignal,
): Promise<void> {
  const { exitCode, output } = await run(command, { environment, timeoutMs: ms(60_000) }, signal);
  if (exitCode === 0) return;
  const full = /No space left/i.test(output) ? DISK_HINTS.ENOSPC : undefined;
  throw worldError(`Could not make a disk for a machine: ${output.trim() || `${command[0]} was stopped`}`, full);
}

/** A process and its disk. A reboot is a new process on the same disk. */
export interface Machinery {
  readonly machine: QemuMachine;
  readonly disk: MachineDisk;
}

/**
 * Waits until a rebooting machine is down and returns its disk, in the folder of its next boot. QEMU ends with the reset
 * (`-no-reboot`), as it does when a guest reboots unasked; here that end is the expected one.
 */
export async function diskAfter(
  { machine, disk }: Machinery,
  next: { readonly id: string; readonly folder: string; readonly withinMs: Ms },
  timer: Timer,
  signal: AbortSignal,
): Promise<MachineDisk> {
  const over = new AbortController();
  try {
    const late = timer
      .sleep(next.withinMs, AbortSignal.any([over.signal, signal]))
      .then((): BadEnding => ({ kind: 'not-down', withinMs: next.withinMs }));
    const ending = await Promise.race([machine.ended, late]).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw cause;
    });
    const consoleText = await machine.console();
    const failure = failureOf(next.id, ending, consoleText);
    if (failure.code !== 'rebooted')
      throw new BootFailure(failure, { facts: machine.facts, marks: [], console: consoleText });
    const file = path.join(next.folder, path.basename(disk.file));
    await rename(disk.file, file);
    await takeFirmware(path.dirname(disk.file), next.folder);
    return { ...disk, file };
  } finally {
    over.abort();
    await machine.destroy();
  }
}

/** Turns a failed disk operation into a world error, because it is not a bug. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const hint = DISK_HINTS[code];
    if (hint === undefined || !(cause instanceof Error)) throw cause;
    throw worldError(`A disk operation failed: ${cause.message}.`, hint, cause);
  }
}

const DISK_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space, or set BENCH_CACHE and TMPDIR to folders on another disk.',
  EDQUOT: 'Free some of your quota, or set BENCH_CACHE and TMPDIR to folders on another disk.',
  EACCES: 'Set BENCH_CACHE and TMPDIR to writable folders.',
  EPERM: 'Set BENCH_CACHE and TMPDIR to writable folders.',
  EROFS: 'Set BENCH_CACHE and TMPDIR to folders on a writable disk.',
};
