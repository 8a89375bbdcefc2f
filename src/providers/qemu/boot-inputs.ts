/**
 * All that decides a boot in virtual time, so that a boot that was made once need not be made again. It was found by changing
 * one thing at a time and booting (QEMU 7.2.22): each of these moves stamps, or may.
 *
 *   disk, kernel, initrd      the bytes, not the recipe: a recipe built on another day brings other packages
 *   given                     what the run adds to the initrd, without the key of the collecting login, which is read after the boot
 *   command                   machine, processor, memory, seed, date of the guest's clock, kernel command line; paths left out
 *   qemu.*                    the emulator's own bytes, its libraries and firmware: distributions patch without a new version
 *   host.processor            the translator uses what the host's processor has, and the guest sees some of it
 *
 * Load, time of day, process ids and paths on the host were varied and moved nothing.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BootInputs } from '../../model/provider.ts';
import { QEMU } from './accelerator.ts';
import { run } from './command.ts';

export interface EmulatorWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Read by SeaBIOS machines that are given a kernel. A file that is not there is named so, and not left out. */
const FIRMWARE = ['bios-256k.bin', 'linuxboot_dma.bin', 'linuxboot.bin', 'kvmvapic.bin'];

/** The emulator as bytes. Undefined where its files cannot be read: then nothing that it booted is known well enough. */
export async function emulatorInputs(version: string, world: EmulatorWorld): Promise<BootInputs | undefined> {
  const say = async (command: readonly string[]) =>
    (await run(command, { environment: world.environment, timeoutMs: 10_000 }, world.signal)).stdout;
  try {
    const binary = await realpath((await say(['sh', '-c', `command -v ${QEMU}`])).trim());
    const libraries = [...(await say(['ldd', binary])).matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file).sort();
    const folders = (await say([QEMU, '-L', 'help'])).split('\n').filter((line) => line.startsWith('/'));
    return {
      'qemu.version': version,
      'qemu.binary': await sha256OfFile(binary),
      'qemu.libraries': digest(
        await Promise.all(libraries.map(async (file) => [path.basename(file), await sha256OfFile(file)])),
      ),
      'qemu.firmware': digest(await Promise.all(FIRMWARE.map(async (name) => [name, await firstOf(folders, name)]))),
      'host.processor': `${arch()} ${cpus()[0]?.model ?? 'unknown'}`,
    };
  } catch {
    world.signal.throwIfAborted();
    return undefined;
  }
}

async function firstOf(folders: readonly string[], name: string): Promise<string> {
  for (const folder of folders) {
    const sum = await sha256OfFile(path.join(folder, name)).catch(() => undefined);
    if (sum !== undefined) return sum;
  }
  return 'absent';
}

/** SHA-256 of an image's file. A gibibyte takes seconds, so it is noted beside the file, with the size and time it holds for. */
export async function sha256OfImage(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const note = `${file}.sha256`;
  const [known, ...holds] = (await readFile(note, 'utf8').catch(() => '')).trim().split(' ');
  if (known !== undefined && /^[0-9a-f]{64}$/.test(known) && holds.join(' ') === `${size} ${mtimeMs}`) return known;
  const sum = await sha256OfFile(file);
  await writeFile(note, `${sum} ${size} ${mtimeMs}\n`).catch(() => {});
  return sum;
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 4 * 2 ** 20 }), hash);
  return hash.digest('hex');
}

export const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
