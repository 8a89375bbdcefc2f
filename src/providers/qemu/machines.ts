/** Runs one QEMU per boot, from the files of a run to its end; machines that a user asked to keep outlive the fleet. */
import { mkdir, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import type { MachineFacts } from '../../model/boot.ts';
import { usageError } from '../../model/errors.ts';
import type { BootRequest, Fleet, Machine } from '../../model/provider.ts';
import { type Ms, msFromUs } from '../../model/units.ts';
import { QEMU } from './accelerator.ts';
import { type MachineDisk, qemuArguments, shapeFacts } from './arguments.ts';
import { bootFileFor } from './boot-file.ts';
import { diskAfter, explained, freshDisk, type Machinery } from './disk.ts';
import { addFirmware } from './firmware.ts';
import type { Image } from './images.ts';
import { kept } from './keep.ts';
import { keyOf, type Lab, shapeOf } from './lab.ts';
import { CONSOLE_LIMIT_BYTES, launch, type QemuMachine } from './machine.ts';
import { STUCK_AFTER_MS, untilNotStuck } from './stuck.ts';

export function machinesOfLab(lab: Lab): Pick<Fleet, 'boot' | 'close'> {
  const closing = new AbortController();
  const standing = new Map<Machine, Standing>();
  const staying = new Set<QemuMachine>();
  const starting = new Set<Promise<Standing>>();
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort(new DOMException('the fleet is closed', 'AbortError'));
    await Promise.allSettled(starting);
    await Promise.all([...standing.keys()].map((machine) => machine.destroy()));
    await Promise.all([...staying].map((machine) => machine.release()));
    if (staying.size === 0) await rm(lab.folder, { recursive: true, force: true });
  };
  return {
    boot: async (request, signal) => {
      const either = AbortSignal.any([signal, closing.signal, lab.run.signal]);
      const before = request.again && standing.get(request.again);
      if (request.again && !before) throw new Error(`${request.boot.id}: its machine is gone`);
      const pending = explained(() => bootOne(lab, request, before, either));
      starting.add(pending);
      try {
        const booted = await pending;
        const machine = lab.run.keep ? keepable(booted.machine, staying, lab) : booted.machine;
        standing.set(machine, booted);
        return machine;
      } finally {
        starting.delete(pending);
        if (request.again) standing.delete(request.again);
      }
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

const keepable = (machine: QemuMachine, staying: Set<QemuMachine>, { folder, run }: Lab): Machine => ({
  ...machine,
  keep: async () => {
    await machine.pause();
    staying.add(machine);
    return kept(machine.ssh, folder, run.scratchFolder);
  },
  destroy: async () => {
    if (!staying.has(machine)) await machine.destroy();
  },
});

interface Standing extends Machinery {
  /** How often it has booted. */
  readonly boots: number;
}

async function bootOne(
  lab: Lab,
  request: BootRequest,
  before: Standing | undefined,
  signal: AbortSignal,
): Promise<Standing> {
  const { scenario, run } = lab;
  const requestedMs = run.timer.nowMs();
  const { id, variant } = request.boot;
  const image = lab.images.get(variant);
  if (!image) throw usageError(`There is no variant ${variant} in this scenario.`);
  signal.throwIfAborted();
  const folder = path.join(lab.folder, id);
  await mkdir(folder, { recursive: true });
  try {
    const bare = before
      ? await diskAfter(before, { id, folder, withinMs: msFromUs(scenario.ready.within) }, run.timer, signal)
      : await freshDisk({ image, folder, ...lab.disks, bootFile: await bootFileFor(lab, request, folder) }, signal);
    const boots = before?.boots ?? 0;
    const launched = await launchAgain(lab, { request, image, folder, bare, boots, requestedMs }, signal);
    return { ...launched, boots: boots + 1 };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw cause;
  }
}

interface Wanted {
  readonly request: BootRequest;
  readonly image: Image;
  readonly folder: string;
  readonly bare: MachineDisk;
  /** Boots of this machine before this one. */
  readonly boots: number;
  readonly requestedMs: Ms;
}

function launchAgain(lab: Lab, wanted: Wanted, signal: AbortSignal): Promise<Machinery> {
  const { run, shape } = lab;
  const says = () => run.progress(`${wanted.request.boot.id} is stuck before its kernel: starting it again`);
  return untilNotStuck(shape.cpus, says, (starts) =>
    launchOn(lab, starts === 1 ? wanted : { ...wanted, requestedMs: run.timer.nowMs() }, starts, signal),
  );
}

async function launchOn(lab: Lab, wanted: Wanted, starts: number, signal: AbortSignal): Promise<Machinery> {
  const { scenario, run } = lab;
  const { request, image, folder, bare, boots, requestedMs } = wanted;
  const { id, variant } = request.boot;
  const disk = await addFirmware(bare, lab.firmware.get(variant), folder, run.environment);
  const shape = shapeOf(lab, request, boots);
  const machine = await launch(
    {
      name: id,
      folder,
      command: [QEMU, ...qemuArguments(shape, disk)],
      outlives: run.keep !== undefined,
      environment: run.environment,
      facts: {
        ...lab.facts,
        ...shapeFacts(shape, disk),
        ...imageFacts(image),
        hostLoad: loadavg()[0] ?? 0,
        ...(starts > 1 && { startsBefore: starts - 1 }),
      },
      ssh: {
        user: image.user,
        privateKey: lab.clientKey.privateKey,
        hostKey: { kind: 'pinned', sha256: lab.hostKey.sha256 },
      },
      readyWithinMs: msFromUs(scenario.ready.within),
      consoleLimitBytes: CONSOLE_LIMIT_BYTES,
      ...(disk.kind === 'overlay' && !disk.boot && { stuckAfterMs: STUCK_AFTER_MS }),
      requestedMs,
      timer: run.timer,
    },
    signal,
  );
  return { machine, disk };
}

const imageFacts = (image: Image): MachineFacts => ({
  image: keyOf(image),
  ...(image.kind === 'built' && { kernel: image.kernelVersion }),
});
