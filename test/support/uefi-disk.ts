/**
 * A disk as in images of the second generation: a GUID partition table, an EFI system partition with systemd-boot, and a root
 * file system after it. A BIOS cannot boot it. Needs neither root nor mounts.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PATH = { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } };

const MIB = 2 ** 20;
const ESP_MIB = 96;

export interface UefiDisk {
  readonly rootFile: string;
  readonly kernel: string;
  readonly initrd: string;
  /** Options of the kernel by the entry's name; the first is the default. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Copies the kernel and the initrd from /boot of a root file system. */
export async function bootFilesOf(rootFile: string, folder: string): Promise<Pick<UefiDisk, 'kernel' | 'initrd'>> {
  const { stdout } = await run('debugfs', ['-R', 'ls -p /boot', rootFile], PATH);
  const names = stdout.split('\n').map((line) => line.split('/')[5] ?? '');
  const [kernel, initrd] = await Promise.all(
    ['vmlinuz-', 'initrd.img-'].map(async (start) => {
      const name = names.find((each) => each.startsWith(start));
      if (name === undefined) throw new Error(`${rootFile} has no /boot/${start}*`);
      await run('debugfs', ['-R', `dump /boot/${name} ${path.join(folder, name)}`, rootFile], PATH);
      return path.join(folder, name);
    }),
  );
  return { kernel: kernel ?? '', initrd: initrd ?? '' };
}

/** The arguments of the programs that fill a boot partition: the partition, and a folder for its files. */
interface Esp {
  readonly esp: string;
  at(name: string): string;
  copy(from: string, to: string): Promise<unknown>;
  /** Copies a file out of the root file system. */
  copyOut(from: string, to: string): Promise<unknown>;
}

export const writeUefiDisk = ({ kernel, initrd, entries, rootFile }: UefiDisk, diskFile: string): Promise<void> =>
  writeDisk(rootFile, diskFile, async ({ esp, at, copy, copyOut }) => {
    await run('mmd', ['-i', esp, '::EFI', '::EFI/BOOT', '::loader', '::loader/entries']);
    await copyOut('/usr/lib/systemd/boot/efi/systemd-bootx64.efi', 'EFI/BOOT/BOOTX64.EFI');
    await copy(kernel, 'vmlinuz');
    await copy(initrd, 'initrd');
    const [first = ''] = Object.keys(entries);
    await writeFile(at('loader.conf'), `timeout 0\ndefault ${first}.conf\n`);
    await copy(at('loader.conf'), 'loader/loader.conf');
    for (const [name, options] of Object.entries(entries)) {
      await writeFile(at(name), `title ${name}\nlinux /vmlinuz\ninitrd /initrd\noptions ${options}\n`);
      await copy(at(name), `loader/entries/${name}.conf`);
    }
  });

/** A disk signed from end to end: shim by Microsoft, GRUB and the kernel by Debian, as the root file system has them. */
export const writeSignedDisk = (
  { kernel, initrd, options, rootFile }: Omit<UefiDisk, 'entries'> & { readonly options: string },
  diskFile: string,
): Promise<void> =>
  writeDisk(rootFile, diskFile, async ({ esp, at, copy, copyOut }) => {
    await run('mmd', ['-i', esp, '::EFI', '::EFI/BOOT', '::EFI/debian']);
    await copyOut('/usr/lib/shim/shimx64.efi.signed', 'EFI/BOOT/BOOTX64.EFI');
    await copyOut('/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed', 'EFI/BOOT/grubx64.efi');
    await copy(kernel, 'vmlinuz');
    await copy(initrd, 'initrd');
    await writeFile(at('grub.cfg'), `linux /vmlinuz ${options}\ninitrd /initrd\nboot\n`);
    await copy(at('grub.cfg'), 'EFI/debian/grub.cfg');
  });

async function writeDisk(rootFile: string, diskFile: string, fill: (parts: Esp) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-esp-'));
  const at = (name: string) => path.join(folder, name);
  try {
    const esp = at('esp');
    await run('truncate', ['-s', `${ESP_MIB}M`, esp]);
    await run('mkfs.vfat', ['-n', 'ESP', esp], PATH);
    const copy = (from: string, to: string) => run('mcopy', ['-i', esp, from, `::${to}`]);
    const copyOut = async (from: string, to: string) => {
      await run('debugfs', ['-R', `dump ${from} ${at('part')}`, rootFile], PATH);
      return copy(at('part'), to);
    };
    await fill({ esp, at, copy, copyOut });
    const { size } = await stat(rootFile);
    await run('truncate', ['-s', `${ESP_MIB + Math.ceil(size / MIB) + 4}M`, diskFile]);
    await partition(diskFile);
    await put(esp, diskFile, 1);
    await put(rootFile, diskFile, 1 + ESP_MIB);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A disk without an operating system: its firmware's shell runs `startup` and ends. */
export async function writeShellDisk(startup: string, diskFile: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-esp-'));
  const at = (name: string) => path.join(folder, name);
  try {
    await run('truncate', ['-s', `${ESP_MIB}M`, at('esp')]);
    await run('mkfs.vfat', ['-n', 'ESP', at('esp')], PATH);
    await writeFile(at('startup.nsh'), startup);
    await run('mcopy', ['-i', at('esp'), at('startup.nsh'), '::startup.nsh']);
    await run('truncate', ['-s', `${ESP_MIB + 4}M`, diskFile]);
    await partition(diskFile);
    await put(at('esp'), diskFile, 1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function partition(diskFile: string): Promise<unknown> {
  const table = `label: gpt\nstart=1MiB, size=${ESP_MIB}MiB, type=uefi\nstart=${1 + ESP_MIB}MiB, type=linux\n`;
  const child = run('sfdisk', ['-q', diskFile], PATH);
  child.child.stdin?.end(table);
  return child;
}

/** Skips the zeros, which stay holes. */
async function put(file: string, diskFile: string, atMib: number): Promise<void> {
  const [from, to] = [await open(file), await open(diskFile, 'r+')];
  try {
    const chunk = Buffer.alloc(MIB);
    for (let offset = 0; ; offset += MIB) {
      const { bytesRead } = await from.read(chunk, 0, MIB, offset);
      if (bytesRead === 0) return;
      const bytes = chunk.subarray(0, bytesRead);
      if (bytes.some((byte) => byte !== 0)) await to.write(bytes, 0, bytesRead, atMib * MIB + offset);
    }
  } finally {
    await from.close();
    await to.close();
  }
}
