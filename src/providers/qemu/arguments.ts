/**
 * QEMU's command line. Virtual timing makes a boot a pure function of image, arguments and seed; each of these was found to
 * matter by measuring (QEMU 7.2):
 *
 *   -icount shift=1,sleep=off   the guest's clock counts instructions, 500 million a second, and skips idle time
 *   nvdimm, share=off           the root disk is memory: no asynchronous I/O; writes stay private to this machine
 *   -rtc clock=vm, -seed, -uuid no wall clock, no host randomness
 *   ioeventfd=off, tx=timer     the network card works inside the vCPU's time; by default packets are sent by another
 *                               thread whenever it runs, and stamps of two boots differ by up to 70 ms
 */
import type { MachineFacts } from '../../model/boot.ts';

export type Accelerator = 'kvm' | 'tcg';

/** The processor guests see. Under emulation a lean one: with `max` a boot takes 14 % more instructions (AVX, self-tests). */
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
  /** UTC, without a zone: `2026-01-31T12:00:00`. What the guest's clock says when it starts. */
  readonly clockBase: string;
  readonly seed: number;
}

export interface BuiltDisk {
  readonly kind: 'built';
  /** Raw root file system; never written. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly kernel: string;
  readonly initrd: string;
  /** Wall timing: a fresh overlay over `file`. */
  readonly overlay: string;
}

const MACHINE_UUID = '62656e63-6800-4000-8000-000000000001';
const MACHINE_ID = '62656e6368000040800000000000001a';

/** Arguments of `qemu-system-x86_64`; console and marker are written to files in its working folder. */
export function qemuArguments(shape: MachineShape, disk: BuiltDisk): readonly string[] {
  const virtual = shape.timing === 'virtual';
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', virtual ? 'q35,nvdimm=on,smm=off' : 'q35,smm=off', '-uuid', MACHINE_UUID],
    ...['-cpu', CPU_MODELS[shape.accelerator], '-smp', String(shape.cpus)],
    ...memory(shape, disk, virtual),
    ...(virtual ? virtualTime(shape) : wallTime(shape)),
    ...network(),
    ...['-serial', 'file:console.log', '-serial', 'file:marker.log'],
    ...['-chardev', 'stdio,id=qmp,signal=off', '-mon', 'chardev=qmp,mode=control'],
    ...['-kernel', disk.kernel, '-initrd', disk.initrd, '-append', kernelCommandLine(shape)],
  ];
}

function memory(shape: MachineShape, disk: BuiltDisk, virtual: boolean): readonly string[] {
  const mebibytes = Math.ceil(shape.memoryBytes / 2 ** 20);
  if (!virtual) {
    return [
      ...['-m', String(mebibytes)],
      ...['-drive', `id=root,if=none,format=qcow2,cache=unsafe,file=${comma(disk.overlay)}`],
      ...['-device', 'virtio-blk-pci,drive=root'],
    ];
  }
  const ceiling = mebibytes + Math.ceil(disk.sizeBytes / 2 ** 20) + 1024;
  return [
    ...['-m', `${mebibytes},slots=2,maxmem=${ceiling}M`],
    ...['-object', `memory-backend-file,id=root,share=off,mem-path=${comma(disk.file)},size=${disk.sizeBytes}`],
    ...['-device', 'nvdimm,id=root-disk,memdev=root'],
  ];
}

const virtualTime = (shape: MachineShape): readonly string[] => [
  ...['-accel', 'tcg', '-icount', 'shift=1,sleep=off,align=off'],
  ...['-rtc', `clock=vm,base=${shape.clockBase}`, '-seed', String(shape.seed % 2 ** 32)],
];

const wallTime = (shape: MachineShape): readonly string[] => [
  '-accel',
  shape.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi',
];

/** The guest reaches nothing outside, and is reached on one port of this machine's loopback that the kernel picks. */
const network = (): readonly string[] => [
  ...['-netdev', 'user,id=net,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22'],
  ...['-device', 'virtio-net-pci,netdev=net,romfile=,ioeventfd=off,tx=timer'],
];

/**
 * `cryptomgr.notests`: the kernel's self-tests of its ciphers take 2.6 of 10 virtual seconds and are no part of anyone's
 * boot. `panic=-1` with `-no-reboot`: a panic ends the machine at once. `systemd.firstboot=off`: no prompt.
 */
export function kernelCommandLine(shape: Pick<MachineShape, 'timing' | 'kernelArguments'>): string {
  const root = shape.timing === 'virtual' ? '/dev/pmem0' : '/dev/vda';
  const words = [
    ...[`root=${root}`, 'rw', 'console=ttyS0', 'quiet', 'panic=-1', 'net.ifnames=0', 'nokaslr', 'cryptomgr.notests'],
    ...[`systemd.machine_id=${MACHINE_ID}`, 'systemd.firstboot=off', shape.kernelArguments],
  ];
  return words.filter(Boolean).join(' ');
}

/** QEMU splits option values at commas; a doubled one stands for itself. */
const comma = (text: string): string => text.replaceAll(',', ',,');

/** What may explain an outlier, flat. */
export function shapeFacts(shape: MachineShape): MachineFacts {
  return {
    accelerator: shape.accelerator,
    timing: shape.timing,
    cpuModel: CPU_MODELS[shape.accelerator],
    cpus: shape.cpus,
    memoryBytes: shape.memoryBytes,
    kernelCommandLine: kernelCommandLine(shape),
    clockBase: shape.clockBase,
    seed: shape.seed,
  };
}
