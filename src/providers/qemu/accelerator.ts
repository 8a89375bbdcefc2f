/**
 * Finds the accelerator that really runs a guest on this computer. On some hosts that are virtual machines themselves, /dev/kvm
 * opens and KVM creates a machine, but every guest aborts or crawls. So the probe boots one.
 */
import { access, constants, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { usageError, worldError } from '../../model/errors.ts';
import type { RunContext } from '../../model/provider.ts';
import { ms } from '../../model/units.ts';
import { type Accelerator, CPU_MODELS } from './arguments.ts';
import { BOOT_SECTOR_STATUS, bootSector } from './boot-sector.ts';
import { run } from './command.ts';
import type { QemuOptions } from './scenario.ts';

export const QEMU = 'qemu-system-x86_64';

/** The sector ends in .2 s under emulation; a host that emulates the guest's ring 0 took 8.9 s. */
const PROBE_TIMEOUT_MS = 2000;
/** Emulation does not depend on the host's hardware: a slow answer only means that the computer is loaded. */
const TCG_TIMEOUT_MS = 20_000;

export type ProbeWorld = Pick<RunContext, 'scratchFolder' | 'environment' | 'signal'>;

export type Probe =
  | { readonly works: true }
  | {
      readonly works: false;
      /** One clause, e.g. `/dev/kvm cannot be opened`. */
      readonly reason: string;
    };

/** Boots the sector under the accelerator and processor model of a run. */
export async function probeAccelerator(accelerator: Accelerator, world: ProbeWorld): Promise<Probe> {
  if (accelerator === 'kvm' && !(await canOpen('/dev/kvm')))
    return { works: false, reason: '/dev/kvm cannot be opened' };
  const sector = path.join(world.scratchFolder, `probe-${accelerator}.img`);
  await writeFile(sector, bootSector());
  try {
    const timeoutMs = accelerator === 'kvm' ? PROBE_TIMEOUT_MS : TCG_TIMEOUT_MS;
    const command = [QEMU, ...probeArguments(accelerator, sector)];
    const { exitCode, output } = await run(
      command,
      { environment: world.environment, timeoutMs: ms(timeoutMs) },
      world.signal,
    );
    if (exitCode === BOOT_SECTOR_STATUS) return { works: true };
    const said = output.trim().split('\n')[0]?.slice(0, 200) ?? '';
    const how =
      exitCode === null && said === '' ? `a test guest did not run its boot sector in ${timeoutMs / 1000} s` : said;
    return { works: false, reason: how || `QEMU ended with ${exitCode}` };
  } finally {
    await rm(sector, { force: true });
  }
}

const probeArguments = (accelerator: Accelerator, sector: string): readonly string[] => [
  ...['-accel', accelerator, '-cpu', CPU_MODELS[accelerator], '-machine', 'pc', '-m', '32', '-display', 'none'],
  ...['-nodefaults', '-no-user-config', '-no-reboot', '-boot', 'a'],
  ...['-drive', `file=${sector.replaceAll(',', ',,')},format=raw,if=floppy,readonly=on`],
  ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
];

export interface ChosenAccelerator {
  readonly accelerator: Accelerator;
  /** Why this accelerator; goes into the record. */
  readonly reason: string;
}

/**
 * Chooses the accelerator of a run. Throws a usage error if the settings contradict each other, a world error if the accelerator
 * does not work here.
 */
export async function chooseAccelerator(
  options: Pick<QemuOptions, 'accel' | 'timing'>,
  world: ProbeWorld,
): Promise<ChosenAccelerator> {
  if (options.timing === 'virtual') {
    if (options.accel === 'kvm')
      throw usageError(
        'provider.timing: virtual counts the instructions of an emulated processor, which KVM cannot do.',
        'Remove accel, or set timing: wall.',
      );
    return checkedEmulation('virtual timing counts instructions', world);
  }
  if (options.accel === 'tcg') return checkedEmulation('asked for', world);
  const kvm = await probeAccelerator('kvm', world);
  if (kvm.works) return { accelerator: 'kvm', reason: 'a guest boots under KVM' };
  if (options.accel === 'kvm')
    throw worldError(`KVM does not work here: ${kvm.reason}.`, 'Set provider.accel: auto to fall back on emulation.');
  return checkedEmulation(`KVM does not work here: ${kvm.reason}`, world);
}

async function checkedEmulation(reason: string, world: ProbeWorld): Promise<ChosenAccelerator> {
  const tcg = await probeAccelerator('tcg', world);
  if (tcg.works) return { accelerator: 'tcg', reason };
  throw worldError(`QEMU cannot run a guest here: ${tcg.reason}.`, 'Run `bench doctor`.');
}

async function canOpen(file: string): Promise<boolean> {
  return access(file, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}
