/**
 * QEMU's command line. Virtual timing makes a boot a pure function of image, arguments and seed. Measurements (QEMU 7.2) showed
 * that each of these matters:
 *
 *   -icount shift=1,sleep=off   the guest's clock counts instructions, 500 million a second, and skips idle time
 *   nvdimm, share=off           the root disk is memory: no asynchronous I/O; writes stay private to this machine, or go to its
 *                               own copy if it will boot again
 *   -rtc clock=vm, -seed, -uuid no wall clock, no host randomness
 *   ioeventfd=off, tx=timer     the network card works inside the vCPU's time; by default another thread sends packets
 *                               whenever it runs, and stamps of two boots differ by up to 70 ms
 *
 * An image with its own bootloader reads a real disk, whose response time varies. It gets `sleep=on`, which holds the clock to
 * real time while the guest waits. Such a boot repeats only to a fraction of a percent.
 */
import type { MachineFacts } from '../../model/boot.ts';

export type Accelerator = 'kvm' | 'tcg';

/** The processor that guests see. Emulation uses a lean one: with `max` a boot takes 14 % more instructions (AVX, more drivers). */
export const CPU_MODELS: Readonly<Record<Accelerator, string>> = {
  kvm: 'host',
  tcg: 'Nehalem,+rdrand,+aes,+pclmulqdq',
};

export interface MachineShape {
  readonly accelerator: Accelerator;
  readonly timing: 'virtual' | 'wall';
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly kernelArguments: string;
  /** UTC, without a zone: `2026-01-31T12:00:00`. The guest's clock starts at this time; virtual timing only. */
  readonly clockBase: string;
  readonly seed: number;
}

export type MachineDisk =
  | {
      /** Raw root file system in memory. */
      readonly kind: 'memory';
      readonly file: string;
      /** True: the file belongs to this machine alone and keeps its writes for the next boot. False: nothing writes to it. */
      readonly own: boolean;
      readonly sizeBytes: number;
      readonly boot: DirectBoot;
    }
  /** An overlay of this machine alone. Without `boot`, its own bootloader boots it, with a NoCloud seed beside it. */
  | {
      readonly kind: 'overlay';
      readonly file: string;
      readonly boot?: DirectBoot;
      readonly seedFile?: string;
      readonly uefi?: Uefi;
    };

export interface Uefi {
  readonly code: string;
  /** Belongs to this machine alone. */
  readonly variables: string;
  readonly secureBoot: boolean;
  readonly tpmSocket?: string;
}

export interface DirectBoot {
  readonly kernel: string;
  readonly initrd: string;
}

const MACHINE_UUID = '62656e63-6800-4000-8000-000000000001';
const MACHINE_ID = '62656e6368000040800000000000001a';

/** Arguments of `qemu-system-x86_64`, which writes console and marker to files in its working folder. */
export function qemuArguments(shape: MachineShape, disk: MachineDisk): readonly string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-uuid', MACHINE_UUID],
    ...['-machine', machineType(disk), '-cpu', cpuModel(shape, disk), '-smp', String(shape.cpus)],
    ...(disk.kind === 'overlay' && disk.uefi ? firmware(disk.uefi) : []),
    ...memory(shape, disk),
    ...(disk.kind === 'overlay' ? drives(disk) : []),
    ...time(shape, disk),
    ...network(shape),
    ...['-serial', 'file:console.log', '-serial', 'file:marker.log'],
    ...['-chardev', 'stdio,id=qmp,signal=off', '-mon', 'chardev=qmp,mode=control'],
    ...(disk.boot ? directBoot(shape, disk.kind, disk.boot) : []),
  ];
}

/** With secure boot, the firmware writes its variables only in system management mode. */
const machineType = (disk: MachineDisk): string =>
  disk.kind === 'memory' ? 'q35,nvdimm=on,smm=off' : `q35,smm=${disk.uefi?.secureBoot ? 'on' : 'off'}`;

/** systemd-boot reports the time of firmware and loader only if it sees no hypervisor; under emulation nothing else checks. */
const cpuModel = ({ accelerator }: MachineShape, disk: MachineDisk): string =>
  `${CPU_MODELS[accelerator]}${disk.kind === 'overlay' && disk.uefi && accelerator === 'tcg' ? ',hypervisor=off' : ''}`;

const firmware = ({ code, variables, secureBoot, tpmSocket }: Uefi): readonly string[] => [
  ...(secureBoot ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
  ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${comma(code)}`],
  ...['-drive', `if=pflash,unit=1,format=raw,file=${comma(variables)}`],
  ...(tpmSocket === undefined
    ? []
    : [
        ...['-chardev', `socket,id=tpm,path=${comma(tpmSocket)}`],
        ...['-tpmdev', 'emulator,id=tpm0,chardev=tpm', '-device', 'tpm-crb,tpmdev=tpm0'],
      ]),
];

function memory(shape: MachineShape, disk: MachineDisk): readonly string[] {
  const mebibytes = Math.ceil(shape.memoryBytes / 2 ** 20);
  if (disk.kind === 'overlay') return ['-m', String(mebibytes)];
  const ceiling = mebibytes + Math.ceil(disk.sizeBytes / 2 ** 20) + 1024;
  return [
    ...['-m', `${mebibytes},slots=2,maxmem=${ceiling}M`],
    ...[
      '-object',
      `memory-backend-file,id=root,share=${disk.own ? 'on' : 'off'},mem-path=${comma(disk.file)},size=${disk.sizeBytes}`,
    ],
    ...['-device', 'nvdimm,id=root-disk,memdev=root'],
  ];
}

const drives = (disk: Extract<MachineDisk, { kind: 'overlay' }>): readonly string[] => [
  ...['-drive', `id=root,if=none,format=qcow2,cache=unsafe,file=${comma(disk.file)}`],
  // With a kernel on the command line, QEMU's own loader is first in the boot order.
  ...['-device', `virtio-blk-pci,drive=root${disk.boot ? '' : ',bootindex=0'}`],
  ...(disk.seedFile === undefined
    ? []
    : [
        ...['-drive', `id=seed,if=none,format=raw,readonly=on,file=${comma(disk.seedFile)}`],
        ...['-device', 'virtio-blk-pci,drive=seed'],
      ]),
];

function time(shape: MachineShape, disk: MachineDisk): readonly string[] {
  if (shape.timing === 'wall') return ['-accel', shape.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'];
  return [
    ...['-accel', 'tcg', '-icount', `shift=1,sleep=${disk.kind === 'memory' ? 'off' : 'on'},align=off`],
    ...['-rtc', `clock=vm,base=${shape.clockBase}`, '-seed', String(shape.seed % 2 ** 32)],
  ];
}

/** The guest reaches nothing outside. This machine reaches it on one loopback port that the kernel picks. */
const network = ({ timing }: MachineShape): readonly string[] => [
  ...['-netdev', 'user,id=net,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22'],
  ...['-device', `virtio-net-pci,netdev=net,romfile=${timing === 'virtual' ? ',ioeventfd=off,tx=timer' : ''}`],
];

const directBoot = (shape: MachineShape, kind: MachineDisk['kind'], boot: DirectBoot): readonly string[] => [
  ...['-kernel', boot.kernel, '-initrd', boot.initrd],
  ...['-append', kernelCommandLine(kind, shape.kernelArguments)],
];

/**
 * `cryptomgr.notests`: the kernel's self-tests of its ciphers take 2.6 of 10 virtual seconds and are no part of anyone's
 * boot. `panic=-1` with `-no-reboot`: a panic ends the machine at once. `systemd.firstboot=off`: no prompt.
 */
export function kernelCommandLine(kind: MachineDisk['kind'], added: string): string {
  const words = [
    ...[`root=${kind === 'memory' ? '/dev/pmem0' : '/dev/vda'}`, 'rw', 'console=ttyS0', 'quiet', 'panic=-1'],
    ...['net.ifnames=0', 'nokaslr', 'cryptomgr.notests', `systemd.machine_id=${MACHINE_ID}`, 'systemd.firstboot=off'],
  ];
  return [...words, added].filter(Boolean).join(' ');
}

/** QEMU splits option values at commas; a doubled one stands for itself. */
const comma = (text: string): string => text.replaceAll(',', ',,');

/** Flat facts that may explain an outlier. */
export function shapeFacts(shape: MachineShape, disk: MachineDisk): MachineFacts {
  return {
    accelerator: shape.accelerator,
    timing: shape.timing,
    cpuModel: cpuModel(shape, disk),
    ...(disk.kind === 'overlay' && !disk.boot && { firmware: disk.uefi ? 'uefi' : 'bios' }),
    ...(disk.kind === 'overlay' &&
      disk.uefi && { secureBoot: disk.uefi.secureBoot, tpm: disk.uefi.tpmSocket !== undefined }),
    cpus: shape.cpus,
    memoryBytes: shape.memoryBytes,
    ...(shape.timing === 'virtual' && { seed: shape.seed, clockBase: shape.clockBase }),
    ...(disk.boot && { kernelCommandLine: kernelCommandLine(disk.kind, shape.kernelArguments) }),
  };
}
