/**
 * Machines that exist before bench: QEMU with its own firmware, disk and boot loader. A test starts them, and bench reboots them
 * over SSH. The provider knows only their addresses. Plain emulation, one core each.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { newSshKey, type SshKey } from '../../src/providers/any/ssh-key.ts';
import { cpio } from '../../src/providers/qemu/cpio.ts';
import { type BuiltImage, buildImage } from '../../src/providers/qemu/image-build.ts';
import { planBuild } from '../../src/providers/qemu/image-plan.ts';
import { QemuScenario } from '../../src/providers/qemu/scenario.ts';
import { runContext } from '../providers/qemu/lab.ts';
import { writeBootableDisk } from './bootable-disk.ts';
import { freePort } from './ports.ts';
import { writeUefiDisk } from './uefi-disk.ts';

const run = promisify(execFile);
const CACHE = path.resolve('node_modules/.cache/bench-test');
const UEFI = path.resolve('test/fixtures/uefi');
const GRUB = path.resolve('test/fixtures/grub');
const OVMF = '/usr/share/OVMF';

export interface MachineFiles {
  readonly disk: string;
  readonly firmware: 'bios' | 'uefi';
  readonly client: SshKey;
  readonly host: SshKey;
}

/** A disk with the entries `before` (the default) and `after`, which boots 5 s later, and its keys: UEFI and systemd-boot. */
export async function uefiMachine(folder: string): Promise<MachineFiles> {
  const image = await imageOf(UEFI, folder);
  const keys = { client: newSshKey('client'), host: newSshKey('host') };
  const initrd = path.join(folder, 'initrd-uefi');
  await writeFile(initrd, Buffer.concat([await readFile(image.initrd), keyFiles(keys)]));
  const options = 'root=/dev/vda2 rw console=ttyS0 quiet net.ifnames=0 cryptomgr.notests systemd.firstboot=off';
  const disk = path.join(folder, 'uefi.raw');
  const entries = { before: options, after: `${options} bench.slow` };
  await writeUefiDisk({ rootFile: image.disk, kernel: image.kernel, initrd, entries }, disk);
  return { disk, firmware: 'uefi', ...keys };
}

/** The same with a BIOS and GRUB, which take a third of the time. */
export async function grubMachine(folder: string): Promise<MachineFiles> {
  const keys = { client: newSshKey('client'), host: newSshKey('host') };
  const disk = path.join(folder, 'grub.raw');
  await writeGrubDisk(keyFiles(keys), disk);
  return { disk, firmware: 'bios', ...keys };
}

/** `given`: an archive to append to the image's own initrd. `core`: one of the two images that the fixture makes. */
export async function writeGrubDisk(given: Buffer, diskFile: string, core = 'core.img'): Promise<void> {
  const folder = await mkdtemp(path.join(path.dirname(diskFile), 'grub-'));
  const image = await imageOf(GRUB, folder);
  const [root, initrd] = [path.join(folder, 'root.raw'), path.join(folder, 'initrd')];
  await copyFile(image.disk, root);
  await writeFile(initrd, Buffer.concat([await readFile(image.initrd), given]));
  const tools = { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } };
  await run('debugfs', ['-w', '-R', `write ${initrd} boot/initrd.img-${image.kernelVersion}`, root], tools);
  await writeBootableDisk(root, diskFile, core);
  await rm(folder, { recursive: true });
}

/** The files that the first program of the image installs: the key of the machine, and that of the user who may log in. */
export function keyFiles({ client, host }: { readonly client?: SshKey; readonly host: SshKey }): Buffer {
  const file = (at: string, mode: number, text: string) =>
    ({ kind: 'file', path: `bench/root/${at}`, mode, content: Buffer.from(text) }) as const;
  return cpio([
    { kind: 'folder', path: 'bench/run', mode: 0o755 },
    { kind: 'folder', path: 'bench/root', mode: 0o755 },
    ...(client
      ? [
          { kind: 'folder', path: 'bench/root/root/.ssh', mode: 0o700 } as const,
          file('root/.ssh/authorized_keys', 0o600, `${client.publicKey}\n`),
        ]
      : []),
    file('etc/ssh/ssh_host_ed25519_key', 0o600, host.privateKey),
    file('etc/ssh/ssh_host_ed25519_key.pub', 0o644, `${host.publicKey}\n`),
  ]);
}

/** The image of a fixture's scenario; another test may already have built it. */
export async function imageOf(fixture: string, scratchFolder: string): Promise<BuiltImage> {
  const scenario = QemuScenario.parse(parse(await readFile(path.join(fixture, 'image.yaml'), 'utf8')));
  const build = scenario.variants.before?.image.build;
  if (build === undefined) throw new Error('the fixture has no build');
  const context = runContext({ cacheFolder: CACHE, scratchFolder, scenarioFolder: fixture });
  return buildImage(await planBuild('machine', build, 'disk', scenario.provider.images, fixture), context);
}

export interface HostMachine {
  readonly port: number;
  readonly files: MachineFiles;
  readonly console: () => Promise<string>;
  stop(): Promise<void>;
}

/** The known_hosts lines of these machines. */
export const knownHostsOf = (machines: readonly HostMachine[]): string =>
  machines.map(({ port, files }) => `[127.0.0.1]:${port} ${files.host.publicKey}\n`).join('');

export async function startMachine(files: MachineFiles, folder: string): Promise<HostMachine> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => path.join(folder, name);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', files.disk, '-F', 'raw', at('disk.qcow2')]);
  if (files.firmware === 'uefi') await copyFile(path.join(OVMF, 'OVMF_VARS_4M.fd'), at('vars.fd'));
  const firmware = [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${OVMF}/OVMF_CODE_4M.fd`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${at('vars.fd')}`],
  ];
  const port = await freePort();
  const child: ChildProcess = spawn(
    'qemu-system-x86_64',
    [
      ...['-nodefaults', '-display', 'none', '-machine', 'q35,smm=off', '-accel', 'tcg,thread=multi', '-m', '512'],
      ...['-cpu', 'Nehalem,+rdrand,+aes,+pclmulqdq,hypervisor=off'],
      ...(files.firmware === 'uefi' ? firmware : []),
      ...['-drive', `id=root,if=none,format=qcow2,cache=unsafe,file=${at('disk.qcow2')}`],
      ...['-device', 'virtio-blk-pci,drive=root,bootindex=0', '-device', 'virtio-rng-pci'],
      ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
      ...['-device', 'virtio-net-pci,netdev=net,romfile=', '-serial', `file:${at('console.log')}`],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return {
    port,
    files,
    console: () => readFile(at('console.log'), 'utf8'),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
