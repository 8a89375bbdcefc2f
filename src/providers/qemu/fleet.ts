/** The machines of one run: images ready, accelerator known, keys made; then one QEMU per boot. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import type { MachineFacts } from '../../model/boot.ts';
import { usageError, worldError } from '../../model/errors.ts';
import type { BootRequest, Fleet, Machine, RunContext } from '../../model/provider.ts';
import type { QemuScenario } from '../../model/scenario.ts';
import { msFromUs } from '../../model/units.ts';
import { chooseAccelerator, QEMU } from './accelerator.ts';
import { CPU_MODELS, type MachineDisk, type MachineShape, qemuArguments, shapeFacts } from './arguments.ts';
import { seedDisk, seedFiles } from './cloud-init.ts';
import { run as runCommand } from './command.ts';
import { cpio } from './cpio.ts';
import { type GuestFiles, guestFiles } from './guest-files.ts';
import { type Image, prepareImages } from './images.ts';
import { CONSOLE_LIMIT_BYTES, launch } from './machine.ts';
import { requirements } from './requirements.ts';
import { newSshKey, type SshKey } from './ssh-key.ts';

/** What all boots of a run share. */
interface Lab {
  readonly scenario: QemuScenario;
  readonly run: RunContext;
  /** Files of this fleet alone: what is given to machines, and a folder for each of them. */
  readonly folder: string;
  readonly images: ReadonlyMap<string, Image>;
  readonly shape: Omit<MachineShape, 'seed'>;
  readonly facts: MachineFacts;
  readonly clientKey: SshKey;
  readonly hostKey: SshKey;
}

/** Throws usage and world errors for all that can be known to be wrong before the first machine. */
export function openFleet(scenario: QemuScenario, run: RunContext): Promise<Fleet> {
  return explained(() => openLab(scenario, run));
}

async function openLab(scenario: QemuScenario, run: RunContext): Promise<Fleet> {
  checkScenario(scenario);
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
    shape: { accelerator, timing, cpus: guestCpus, memoryBytes: memory, kernelArguments, clockBase },
    facts: { qemu: version, hostCpu: cpus()[0]?.model ?? 'unknown' },
    clientKey: newSshKey('bench'),
    hostKey: newSshKey('bench'),
  };
  for (const [variant, image] of images) await prepareBootFiles(lab, variant, image);
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
  return { facts, ...machinesOf(lab) };
}

function machinesOf(lab: Lab): Pick<Fleet, 'boot' | 'close'> {
  const closing = new AbortController();
  const machines = new Set<Machine>();
  const starting = new Set<Promise<Machine>>();
  return {
    boot: async (request, signal) => {
      const either = AbortSignal.any([signal, closing.signal, lab.run.signal]);
      const pending = explained(() => bootOne(lab, request, either));
      starting.add(pending);
      try {
        const machine = await pending;
        machines.add(machine);
        return machine;
      } finally {
        starting.delete(pending);
      }
    },
    close: async () => {
      closing.abort(new DOMException('the fleet is closed', 'AbortError'));
      await Promise.allSettled(starting);
      await Promise.all([...machines].map((machine) => machine.destroy()));
      await rm(lab.folder, { recursive: true, force: true });
    },
  };
}

async function bootOne(lab: Lab, request: BootRequest, signal: AbortSignal): Promise<Machine> {
  const { scenario, run } = lab;
  const requestedMs = run.timer.nowMs();
  const { id, variant } = request.boot;
  const image = lab.images.get(variant);
  if (!image) throw usageError(`There is no variant ${variant} in this scenario.`);
  signal.throwIfAborted();
  const folder = path.join(lab.folder, id);
  await mkdir(folder, { recursive: true });
  try {
    const disk = await diskOf(lab, variant, image, folder, signal);
    const shape = { ...lab.shape, seed: request.blockSeed };
    return await launch(
      {
        name: id,
        folder,
        command: [QEMU, ...qemuArguments(shape, disk)],
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
  } catch (cause) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw cause;
  }
}

/** Memory where the clock counts instructions and we make the boot; a fresh overlay anywhere else. Neither writes its base. */
async function diskOf(
  lab: Lab,
  variant: string,
  image: Image,
  folder: string,
  signal: AbortSignal,
): Promise<MachineDisk> {
  const boot = image.kind === 'built' ? { kernel: image.kernel, initrd: bootFile(lab, variant) } : undefined;
  if (boot && image.kind === 'built' && lab.shape.timing === 'virtual')
    return { kind: 'memory', file: image.disk, sizeBytes: image.sizeBytes, boot };
  const [base, format] = image.kind === 'built' ? [image.disk, 'raw'] : [image.file, image.format];
  const overlay = path.join(folder, 'disk.qcow2');
  const create = ['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', format, overlay];
  const made = await runCommand(create, { environment: lab.run.environment, timeoutMs: 60_000 }, signal);
  if (made.exitCode !== 0) throw worldError(`Could not make an overlay over ${base}: ${made.output.trim()}`);
  return boot
    ? { kind: 'overlay', file: overlay, boot }
    : { kind: 'overlay', file: overlay, seedFile: bootFile(lab, variant) };
}

/** The initrd with the run's part appended, or the NoCloud seed: the same for all boots of a variant. */
async function prepareBootFiles(lab: Lab, variant: string, image: Image): Promise<void> {
  const gift: GuestFiles = {
    authorizedKey: lab.clientKey.publicKey,
    hostKey: lab.hostKey,
    readyFile: lab.scenario.ready.file,
    keepBusy: lab.shape.timing === 'virtual' && image.kind === 'built',
  };
  const cloud = { ...gift, user: image.user, userData: image.userData, instance: `bench-${lab.run.runId}` };
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

const bootFile = (lab: Lab, variant: string): string => path.join(lab.folder, `boot-${variant}`);

/** Noon, UTC, of the day after the last image was made: later than all that is in them, far from midnight's timers. */
export function clockBaseOf(changedAtS: readonly number[]): string {
  const day = Math.floor(Math.max(0, ...changedAtS) / 86_400) + 1;
  return new Date((day * 24 + 12) * 3_600_000).toISOString().slice(0, 19);
}

function checkScenario(scenario: QemuScenario): void {
  if (scenario.boot === 'reboot')
    throw usageError('The qemu provider measures first boots only so far.', 'Set boot: first.');
  if (scenario.provider.timing === 'virtual' && scenario.provider.cpus > 1)
    throw usageError(
      'provider.timing: virtual has one processor: a clock of instructions has no meaning for several.',
      'Leave provider.cpus out, or set timing: wall.',
    );
}

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
  const { stdout } = await runCommand(command, { environment: run.environment, timeoutMs: 10_000 }, run.signal);
  return /version ([^\n]{1,80})/.exec(stdout)?.[1] ?? 'unknown';
}

/** What the disk refuses is an error of the world, not a bug. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const hint = DISK_HINTS[code];
    if (hint === undefined || !(cause instanceof Error)) throw cause;
    throw worldError(`The disk refused: ${cause.message}.`, hint, cause);
  }
}

const DISK_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space, or set BENCH_CACHE and TMPDIR to folders on another disk.',
  EDQUOT: 'Free some of your quota, or set BENCH_CACHE and TMPDIR to folders on another disk.',
  EACCES: 'Set BENCH_CACHE and TMPDIR to folders that you may write.',
  EPERM: 'Set BENCH_CACHE and TMPDIR to folders that you may write.',
  EROFS: 'Set BENCH_CACHE and TMPDIR to folders on a disk that can be written.',
};

const changedAtS = (image: Image): number => (image.kind === 'built' ? image.builtAtS : image.changedAtS);
const keyOf = (image: Image): string => (image.kind === 'built' ? image.key : image.sha256);

const imageFacts = (image: Image): MachineFacts => ({
  image: keyOf(image),
  ...(image.kind === 'built' && { kernel: image.kernelVersion }),
});
