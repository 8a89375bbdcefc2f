/** The machines of one run: images ready, accelerator known, keys made; then one QEMU per boot. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import type { MachineFacts } from '../../model/boot.ts';
import { usageError, worldError } from '../../model/errors.ts';
import type { BootInputs, BootRequest, Fleet, GivenFile, Machine, RunContext } from '../../model/provider.ts';
import { ms, msFromUs } from '../../model/units.ts';
import { newSshKey, type SshKey } from '../any/ssh-key.ts';
import { chooseAccelerator, QEMU } from './accelerator.ts';
import { CPU_MODELS, type MachineDisk, type MachineShape, qemuArguments, shapeFacts } from './arguments.ts';
import { digest, emulatorInputs, sha256OfImage } from './boot-inputs.ts';
import { seedDisk, seedFiles } from './cloud-init.ts';
import { run as runCommand } from './command.ts';
import { type CpioEntry, cpio } from './cpio.ts';
import { diskAfter, explained, type FreshDisk, freshDisk, type Machinery } from './disk.ts';
import { addFirmware, type Firmware, firmwareOf } from './firmware.ts';
import { type GuestFiles, guestFiles } from './guest-files.ts';
import { type Image, prepareImages } from './images.ts';
import { checkRoom, endCommand, kept, writeKeys } from './keep.ts';
import { CONSOLE_LIMIT_BYTES, launch, type QemuMachine } from './machine.ts';
import { requirements } from './requirements.ts';
import type { QemuScenario } from './scenario.ts';

/** What all boots of a run share. */
interface Lab {
  readonly scenario: QemuScenario;
  readonly run: RunContext;
  /** Files of this fleet alone: what is given to machines, and a folder for each of them. */
  readonly folder: string;
  readonly images: ReadonlyMap<string, Image>;
  /** Of variants that boot by UEFI. */
  readonly firmware: ReadonlyMap<string, Firmware>;
  readonly shape: Omit<MachineShape, 'seed'>;
  readonly disks: Pick<FreshDisk, 'timing' | 'kept' | 'environment'>;
  readonly facts: MachineFacts;
  readonly clientKey: SshKey;
  readonly hostKey: SshKey;
}

/** Throws usage and world errors for all that can be known to be wrong before the first machine. */
export function openFleet(scenario: QemuScenario, run: RunContext): Promise<Fleet> {
  return explained(() => openLab(scenario, run));
}

async function openLab(scenario: QemuScenario, run: RunContext): Promise<Fleet> {
  if (run.keep) checkRoom(run.keep.machines, scenario.provider.memory);
  await checkTools(scenario, run);
  const { accelerator, reason } = await chooseAccelerator(scenario.provider, run);
  const version = await qemuVersion(run);
  const images = await prepareImages(scenario, run);
  const { timing, cpus: guestCpus, memory, kernelArguments } = scenario.provider;
  const clockBase = clockBaseOf([...images.values()].map((image) => changedAtS(image)));
  const lab: Lab = {
    scenario,
    run,
    folder: await mkdtemp(path.join(run.scratchFolder, 'fleet-')),
    images,
    firmware: await firmwareByVariant(scenario, images),
    shape: { accelerator, timing, cpus: guestCpus, memoryBytes: memory, kernelArguments, clockBase },
    disks: { timing, kept: scenario.boot === 'reboot', environment: run.environment },
    facts: { qemu: version, hostCpu: cpus()[0]?.model ?? 'unknown' },
    clientKey: newSshKey('bench'),
    hostKey: newSshKey('bench', timing === 'virtual' ? hostSeed(run.seed) : undefined),
  };
  for (const [variant, image] of images) await prepareBootFiles(lab, variant, image);
  if (run.keep) {
    await writeKeys(lab.folder, lab.clientKey, lab.hostKey);
    run.progress(`machines are left running; to end them: ${endCommand(run.scratchFolder)}`);
  }
  const facts: MachineFacts = {
    ...lab.facts,
    accelerator,
    acceleratorReason: reason,
    timing,
    cpuModel: CPU_MODELS[accelerator],
    cpus: guestCpus,
    memoryBytes: memory,
    ...Object.fromEntries([...images].map(([variant, image]) => [`image.${variant}`, keyOf(image)])),
  };
  const allBuilt = [...images.values()].every(({ kind }) => kind === 'built');
  return {
    facts,
    ...(allBuilt && { gives: ['first'] as const }),
    ...(isFunctionOfInputs(lab) && { inputsOf: inputsBy(lab, version) }),
    ...machinesOfLab(lab),
  };
}

async function firmwareByVariant(
  { provider }: QemuScenario,
  images: ReadonlyMap<string, Image>,
): Promise<ReadonlyMap<string, Firmware>> {
  const found = new Map<string, Firmware>();
  for (const [variant, image] of images)
    if (
      image.kind === 'file' &&
      provider.firmware !== 'bios' &&
      (provider.firmware === 'uefi' || image.bootsBy === 'uefi')
    )
      found.set(variant, await firmwareOf(provider));
  return found;
}

function machinesOfLab(lab: Lab): Pick<Fleet, 'boot' | 'close'> {
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
      if (request.again && !before) throw new Error(`${request.boot.id}: its machine does not stand`);
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
    const disk = await addFirmware(bare, lab.firmware.get(variant), folder, run.environment);
    const boots = before?.boots ?? 0;
    const shape = shapeOf(lab, request, boots);
    const machine = await launch(
      {
        name: id,
        folder,
        command: [QEMU, ...qemuArguments(shape, disk)],
        outlives: run.keep !== undefined,
        environment: run.environment,
        facts: { ...lab.facts, ...shapeFacts(shape, disk), ...imageFacts(image), hostLoad: loadavg()[0] ?? 0 },
        ssh: {
          user: image.user,
          privateKey: lab.clientKey.privateKey,
          hostKey: { kind: 'pinned', sha256: lab.hostKey.sha256 },
        },
        readyWithinMs: msFromUs(scenario.ready.within),
        consoleLimitBytes: CONSOLE_LIMIT_BYTES,
        requestedMs,
        timer: run.timer,
      },
      signal,
    );
    return { machine, disk, boots: boots + 1 };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw cause;
  }
}

/** The initrd with the run's part appended, or the NoCloud seed: the same for all boots of a variant. */
async function prepareBootFiles(lab: Lab, variant: string, image: Image): Promise<void> {
  const { gift, cloud } = giftFor(lab, image, lab.clientKey.publicKey);
  const content =
    image.kind === 'file'
      ? seedDisk(cloud)
      : Buffer.concat([
          await readFile(image.initrd),
          cpio(guestFiles(gift, image.userData === undefined ? [] : seedFiles(cloud))),
        ]);
  // It holds the host's private key.
  await writeFile(bootFile(lab, variant), content, { mode: 0o600 });
}

function giftFor(lab: Lab, image: Image, authorizedKey: string) {
  const gift: GuestFiles = {
    authorizedKey,
    hostKey: lab.hostKey,
    readyFile: lab.scenario.ready.file,
    keepBusy: lab.shape.timing === 'virtual' && image.kind === 'built',
  };
  return { gift, cloud: { ...gift, user: image.user, userData: image.userData, instance: `bench-${lab.run.runId}` } };
}

/** The variant's own, with the files of this one boot appended where it is given any. */
async function bootFileFor(lab: Lab, { boot, files = [] }: BootRequest, folder: string): Promise<string> {
  const common = bootFile(lab, boot.variant);
  if (files.length === 0) return common;
  const own = path.join(folder, 'boot-file');
  const content = Buffer.concat([await readFile(common), cpio(files.map(entryOf))]);
  await writeFile(own, content, { mode: 0o600 });
  return own;
}

/** What lies under `bench/run` in the initrd is copied to `/run` ahead of the image's init. */
function entryOf(file: GivenFile): CpioEntry {
  const place = `bench${path.posix.normalize(file.path)}`;
  if (!place.startsWith('bench/run/')) throw new Error(`${file.path} is not under /run`);
  return file.kind === 'link'
    ? { kind: 'link', path: place, target: file.target }
    : { kind: 'file', path: place, mode: file.mode, content: Buffer.from(file.content, 'utf8') };
}

const shapeOf = (lab: Lab, { blockSeed }: BootRequest, boots: number): MachineShape => ({
  ...lab.shape,
  seed: blockSeed + boots,
  clockBase: hoursLater(lab.shape.clockBase, boots),
});

/** Instructions are counted, the root disk is memory, nothing outlives the run: then a boot follows from what it is made of. */
const isFunctionOfInputs = ({ shape, images, run, scenario }: Lab): boolean =>
  shape.timing === 'virtual' &&
  shape.accelerator === 'tcg' &&
  scenario.boot === 'first' &&
  run.keep === undefined &&
  [...images.values()].every(({ kind, userData }) => kind === 'built' && userData === undefined);

function inputsBy(lab: Lab, version: string): NonNullable<Fleet['inputsOf']> {
  let emulator: Promise<BootInputs | undefined> | undefined;
  return async (request) => {
    const image = lab.images.get(request.boot.variant);
    if (image?.kind !== 'built' || request.again !== undefined) return undefined;
    emulator ??= emulatorInputs(version, lab.run);
    const known = await emulator;
    if (known === undefined) return undefined;
    const { gift } = giftFor(lab, image, '');
    const disk: MachineDisk = {
      kind: 'memory',
      file: 'disk',
      own: false,
      sizeBytes: image.sizeBytes,
      boot: { kernel: 'kernel', initrd: 'initrd' },
    };
    return {
      disk: await sha256OfImage(image.disk),
      kernel: await sha256OfImage(image.kernel),
      initrd: await sha256OfImage(image.initrd),
      given: digest([cpio(guestFiles(gift, [])).toString('base64'), request.files ?? []]),
      command: qemuArguments(shapeOf(lab, request, 0), disk).join(' '),
      ...known,
    };
  };
}

const bootFile = (lab: Lab, variant: string): string => path.join(lab.folder, `boot-${variant}`);

/**
 * Under virtual timing the host key follows from the run's seed: sshd reads it during the boot, and what it takes to read another
 * one moves all that comes after. It lets nobody in: the key that does is read when the boot is over, and is always new.
 */
const hostSeed = (seed: number): Buffer => createHash('sha256').update(`host key of run ${seed}`).digest();

/**
 * Noon, UTC, of the first Thursday (weeks since 1970) after the last image was made: later than all that is in them, far from
 * midnight's timers. A week and not a day: another date moves stamps by a percent, so that with every new image of one variant the
 * boots of all others would have to be made again.
 */
export function clockBaseOf(changedAtS: readonly number[]): string {
  const week = Math.floor(Math.max(0, ...changedAtS) / (7 * 86_400)) + 1;
  return new Date((week * 7 * 24 + 12) * 3_600_000).toISOString().slice(0, 19);
}

/** So that what a machine stamped in its last boot is older than all of this one. */
const hoursLater = (clockBase: string, hours: number): string =>
  new Date(Date.parse(`${clockBase}Z`) + hours * 3_600_000).toISOString().slice(0, 19);

async function checkTools(scenario: QemuScenario, run: RunContext): Promise<void> {
  const missing = (await requirements(run.environment, scenario)).filter(({ found }) => found === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((each) => each.packages.debian))].join(' ');
  throw worldError(
    `Not on this computer: ${missing.map(({ tool, use }) => `${tool} (${use})`).join(', ')}.`,
    `On Debian and Ubuntu: apt-get install --no-install-recommends ${packages}. Elsewhere: \`bench doctor\`.`,
  );
}

async function qemuVersion(run: RunContext): Promise<string> {
  const command = [QEMU, '--version'];
  const { stdout } = await runCommand(command, { environment: run.environment, timeoutMs: ms(10_000) }, run.signal);
  return /version ([^\n]{1,80})/.exec(stdout)?.[1] ?? 'unknown';
}

const changedAtS = (image: Image): number => (image.kind === 'built' ? image.builtAtS : image.changedAtS);
const keyOf = (image: Image): string => (image.kind === 'built' ? image.key : image.sha256);

const imageFacts = (image: Image): MachineFacts => ({
  image: keyOf(image),
  ...(image.kind === 'built' && { kernel: image.kernelVersion }),
});
