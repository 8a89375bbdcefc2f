/**
 * Machines that are there before bench: QEMU with its own firmware, disk and boot loader, started by a test and rebooted by
 * whoever logs in. The provider knows only their addresses. Plain emulation, a core each.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { newSshKey, type SshKey } from '../../src/providers/any/ssh-key.ts';
import { cpio } from '../../src/providers/qemu/cpio.ts';
import { buildImage } from '../../src/providers/qemu/image-build.ts';
import { planBuild } from '../../src/providers/qemu/image-plan.ts';
import { QemuScenario } from '../../src/providers/qemu/scenario.ts';
import { runContext } from '../providers/qemu/lab.ts';
import { freePort } from './ports.ts';
import { writeUefiDisk } from './uefi-disk.ts';

const CACHE = path.resolve('node_modules/.cache/bench-test');
const FIXTURES = path.resolve('test/fixtures/uefi');
const OVMF = '/usr/share/OVMF';

export interface MachineFiles {
  readonly disk: string;
  readonly client: SshKey;
  readonly host: SshKey;
}

/** A disk with the entries `before` (the default) and `after`, which boots 2 s later, and the keys to it. */
export async function machineDisk(folder: string): Promise<MachineFiles> {
  const scenario = QemuScenario.parse(parse(await readFile(path.join(FIXTURES, 'image.yaml'), 'utf8')));
  const build = scenario.variants.before?.image.build;
  if (build === undefined) throw new Error('the fixture has no build');
  const context = runContext({ cacheFolder: CACHE, scratchFolder: folder, scenarioFolder: FIXTURES });
  const image = await buildImage(
    await planBuild('machine', build, 'disk', scenario.provider.images, FIXTURES),
    context,
  );
  const [client, host] = [newSshKey('client'), newSshKey('host')];
  const file = (at: string, mode: number, text: string) =>
    ({ kind: 'file', path: `bench/root/${at}`, mode, content: Buffer.from(text) }) as const;
  const own = cpio([
    { kind: 'folder', path: 'bench/run', mode: 0o755 },
    { kind: 'folder', path: 'bench/root', mode: 0o755 },
    { kind: 'folder', path: 'bench/root/root/.ssh', mode: 0o700 },
    file('root/.ssh/authorized_keys', 0o600, `${client.publicKey}\n`),
    file('etc/ssh/ssh_host_ed25519_key', 0o600, host.privateKey),
    file('etc/ssh/ssh_host_ed25519_key.pub', 0o644, `${host.publicKey}\n`),
  ]);
  const initrd = path.join(folder, 'initrd');
  await writeFile(initrd, Buffer.concat([await readFile(image.initrd), own]));
  const options = 'root=/dev/vda2 rw console=ttyS0 quiet net.ifnames=0 cryptomgr.notests systemd.firstboot=off';
  const disk = path.join(folder, 'machine.raw');
  const entries = { before: options, after: `${options} bench.slow` };
  await writeUefiDisk({ rootFile: image.disk, kernel: image.kernel, initrd, entries }, disk);
  return { disk, client, host };
}

export interface HostMachine {
  readonly port: number;
  readonly console: () => Promise<string>;
  stop(): Promise<void>;
}

export async function startMachine(files: MachineFiles, folder: string): Promise<HostMachine> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => path.join(folder, name);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', files.disk, '-F', 'raw', at('disk.qcow2')]);
  await copyFile(path.join(OVMF, 'OVMF_VARS_4M.fd'), at('vars.fd'));
  const port = await freePort();
  const child: ChildProcess = spawn(
    'qemu-system-x86_64',
    [
      ...['-nodefaults', '-display', 'none', '-machine', 'q35,smm=off', '-accel', 'tcg,thread=multi', '-m', '512'],
      ...['-cpu', 'Nehalem,+rdrand,+aes,+pclmulqdq'],
      ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${OVMF}/OVMF_CODE_4M.fd`],
      ...['-drive', `if=pflash,unit=1,format=raw,file=${at('vars.fd')}`],
      ...['-drive', `id=root,if=none,format=qcow2,cache=unsafe,file=${at('disk.qcow2')}`],
      ...['-device', 'virtio-blk-pci,drive=root,bootindex=0', '-device', 'virtio-rng-pci'],
      ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
      ...['-device', 'virtio-net-pci,netdev=net,romfile=', '-serial', `file:${at('console.log')}`],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return {
    port,
    console: () => readFile(at('console.log'), 'utf8'),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
