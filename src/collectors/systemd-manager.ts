/**
 * The phases of a boot from the manager: `systemctl show` without a unit. All times are CLOCK_MONOTONIC
 * microseconds, zero at kernel start; firmware and loader count backwards from it (systemd.directives, org.freedesktop.systemd1).
 *
 *      firmware.start        loader.start      0 = kernel.start   initrd.start    userspace.start     startup.finish
 *           |---- firmware ------|---- loader ------|---- kernel -----|--- initrd ----|---- userspace -----|
 *      -FirmwareTimestamp   -LoaderTimestamp                          (absent: the kernel hands over to userspace)
 */

import { type Us, us } from '../model/units.ts';
import type { Restart } from './log-text/last-boot.ts';
import { restartOf } from './log-text/restart.ts';
import type { Parsing } from './parsed.ts';
import { warn } from './parsed.ts';
import { PLAUSIBLE_US } from './reading/duration-text.ts';
import { lineOf } from './reading/lines.ts';
import { readWallPhases } from './systemd-manager/wall-clock.ts';
import { microseconds, propertyOf, type Reading, type ShowBlock, showBlocks } from './systemd-show.ts';
import { MANAGER_PATH } from './systemd-units.ts';

export const MANAGER_PROPERTIES: readonly string[] = [
  'Version',
  'Virtualization',
  'SystemState',
  'NFailedUnits',
  'NJobs',
  'KernelTimestamp',
  'FirmwareTimestampMonotonic',
  'LoaderTimestampMonotonic',
  'KernelTimestampMonotonic',
  'InitRDTimestampMonotonic',
  'UserspaceTimestampMonotonic',
  'FinishTimestampMonotonic',
  'GeneratorsStartTimestampMonotonic',
  'UnitsLoadFinishTimestampMonotonic',
];

/** Firmware that claims more than this warm-started or counts from something else (systemd issues 22060, 8422). */
const PLAUSIBLE_FIRMWARE_US = 10 * 60 * 1_000_000;

export function readManager(raw: ReadonlyMap<string, Uint8Array>, into: Parsing): void {
  const block = managerBlock(raw.get(MANAGER_PATH));
  if (block === undefined) {
    if (raw.has(MANAGER_PATH))
      warn(into, 'empty-artifact', `raw/${MANAGER_PATH} says nothing`, lineOf(MANAGER_PATH, 0));
    return;
  }
  const restart = restartOf(raw)?.kind;
  if ([...block.properties.keys()].some((key) => key.endsWith('Monotonic'))) readPhases(block, restart, into);
  else readWallPhases(block, into);
  readFacts(block, into);
}

/** The block without a unit name. */
function managerBlock(bytes: Uint8Array | undefined): ShowBlock | undefined {
  for (const block of showBlocks(bytes)) if (!block.properties.has('Id')) return block;
  return undefined;
}

/** Reads one stamp as an event, or warns why it is missing. */
interface Phases {
  add(id: string, atUs: Us, line: number): void;
  missing(id: string, reading: Reading, why: string): void;
}

function readPhases(block: ShowBlock, restart: Restart['kind'] | undefined, into: Parsing): void {
  const phases: Phases = {
    add: (id, atUs, line) =>
      into.events.push({ id, clock: 'monotonic', us: us(atUs), errorUs: us(0), evidence: lineOf(MANAGER_PATH, line) }),
    missing: (id, reading, why) => {
      // A command that requests one property does not show the others.
      if (reading.kind === 'absent') return;
      const { line } = reading;
      const what = reading.kind === 'impossible' ? `${reading.value} is not a plausible time` : why;
      warn(into, `missing:${id}`, what, lineOf(MANAGER_PATH, line));
    },
  };
  const elsewhere = kernelElsewhere(block, restart);
  if (elsewhere !== undefined) {
    withoutKernel(block, phases, elsewhere, into);
    return;
  }
  const zero = block.properties.get('KernelTimestampMonotonic') ?? block.properties.get('UserspaceTimestampMonotonic');
  phases.add('kernel.start', us(0), zero?.line ?? block.line);
  if (restart !== 'kexec') beforeKernel(block, phases, into);
  afterKernel(block, phases);
}

/** No kernel takes longer to reach userspace. */
const LONGEST_KERNEL_US = 10 * 60e6;

/** Guests of a hypervisor run their own kernel; these do not (systemd-detect-virt(1), "container technologies"). */
const CONTAINERS = /^(?:openvz|lxc|lxc-libvirt|systemd-nspawn|docker|podman|rkt|wsl|proot|pouch|container-other)$/;

/** Why the clock's zero is not this boot's kernel start: it is the host's start, or that of a boot before a soft reboot. */
function kernelElsewhere(block: ShowBlock, restart: Restart['kind'] | undefined): string | undefined {
  if (CONTAINERS.test(propertyOf(block, 'Virtualization'))) return "this is a container: its kernel is the host's";
  const shutdown = microseconds(block, 'ShutdownStartTimestampMonotonic');
  const userspace = microseconds(block, 'UserspaceTimestampMonotonic');
  const initrd = microseconds(block, 'InitRDTimestampMonotonic');
  const first = initrd.kind === 'time' ? initrd : userspace;
  const restarted = shutdown.kind === 'time' && userspace.kind === 'time' && shutdown.us < userspace.us;
  const counted = /^[1-9]/.test(propertyOf(block, 'SoftRebootsCount'));
  if (first.kind === 'time' && first.us > PLAUSIBLE_US) {
    const hours = Math.round(first.us / 3_600e6);
    return `userspace started ${hours} hours after the zero of the clock: in a container, or after a soft reboot, the kernel was already running`;
  }
  // A machine with its own kernel also has its start on the wall clock; some boards omit it.
  const nameless = /^(?:0|n\/a)?$/.test(block.properties.get('KernelTimestamp')?.value ?? '-');
  if (nameless && first.kind === 'time' && first.us > LONGEST_KERNEL_US)
    return 'the kernel start is not recorded and userspace started long after it: the kernel is from an earlier boot';
  return restarted || counted || restart === 'soft-reboot'
    ? 'this was a soft reboot: no kernel started, and the clock continues from an earlier boot'
    : undefined;
}

/** Adds only userspace, as the earlier phases do not belong to this boot. */
function withoutKernel(block: ShowBlock, { add }: Phases, why: string, into: Parsing): void {
  for (const [id, key] of [
    ['userspace.start', 'UserspaceTimestampMonotonic'],
    ['startup.finish', 'FinishTimestampMonotonic'],
  ] as const) {
    const reading = microseconds(block, key);
    if (reading.kind === 'time') add(id, reading.us, reading.line);
  }
  for (const id of ['firmware.start', 'loader.start', 'kernel.start', 'kernel.end', 'initrd.start'])
    warn(into, `missing:${id}`, why, lineOf(MANAGER_PATH, block.line));
  into.facts['boot.without-kernel'] = why;
}

function beforeKernel(block: ShowBlock, { add, missing }: Phases, into: Parsing): void {
  const firmware = microseconds(block, 'FirmwareTimestampMonotonic');
  const loader = microseconds(block, 'LoaderTimestampMonotonic');
  if (loader.kind === 'time') add('loader.start', us(-loader.us), loader.line);
  else missing('loader.start', loader, 'the loader is not reported by this machine');
  if (firmware.kind !== 'time') {
    missing('firmware.start', firmware, 'the firmware is not reported by this machine');
    return;
  }
  if (loader.kind === 'time' && firmware.us < loader.us) {
    missing(
      'firmware.start',
      firmware,
      `the firmware starts ${loader.us - firmware.us} us after the loader, which is impossible`,
    );
    return;
  }
  add('firmware.start', us(-firmware.us), firmware.line);
  if (firmware.us <= PLAUSIBLE_FIRMWARE_US) return;
  const seconds = Math.round(firmware.us / 1e6);
  const message = `firmware and loader took ${seconds} s; after a warm reboot this figure is often wrong`;
  warn(into, 'implausible-firmware', message, lineOf(MANAGER_PATH, firmware.line));
}

function afterKernel(block: ShowBlock, { add, missing }: Phases): void {
  const initrd = microseconds(block, 'InitRDTimestampMonotonic');
  const userspace = microseconds(block, 'UserspaceTimestampMonotonic');
  const finish = microseconds(block, 'FinishTimestampMonotonic');
  if (isBefore(userspace, initrd)) {
    // We do not know which of them is wrong.
    for (const [id, reading] of [
      ['initrd.start', initrd],
      ['userspace.start', userspace],
    ] as const)
      missing(id, reading, 'userspace starts before the initrd, which is impossible');
  } else phasesToUserspace(initrd, userspace, { add, missing });
  if (isBefore(finish, userspace) || isBefore(finish, initrd)) {
    missing('startup.finish', finish, 'start-up finishes before userspace starts, which is impossible');
    return;
  }
  if (finish.kind === 'time') {
    add('startup.finish', finish.us, finish.line);
    return;
  }
  const jobs = propertyOf(block, 'NJobs') || '?';
  missing('startup.finish', finish, `start-up was not finished at collection (${jobs} jobs left)`);
}

const isBefore = (a: Reading, b: Reading): boolean => a.kind === 'time' && b.kind === 'time' && a.us < b.us;

function phasesToUserspace(initrd: Reading, userspace: Reading, { add, missing }: Phases): void {
  if (initrd.kind === 'time') {
    add('initrd.start', initrd.us, initrd.line);
    add('kernel.end', initrd.us, initrd.line);
  } else missing('initrd.start', initrd, 'no initrd with systemd was reported; its time is part of the kernel phase');
  if (userspace.kind === 'time') {
    add('userspace.start', userspace.us, userspace.line);
    if (initrd.kind !== 'time') add('kernel.end', userspace.us, userspace.line);
  } else missing('userspace.start', userspace, 'the start of userspace is not reported');
}

function readFacts(block: ShowBlock, into: Parsing): void {
  const fact = (name: string, key: string) => {
    const value = propertyOf(block, key);
    if (value !== '') into.facts[name] = /^\d{1,9}$/.test(value) ? Number(value) : value.slice(0, 200);
  };
  fact('systemd.version', 'Version');
  fact('systemd.state', 'SystemState');
  fact('systemd.failedUnits', 'NFailedUnits');
  fact('systemd.jobs', 'NJobs');
  fact('virtualization', 'Virtualization');
}
