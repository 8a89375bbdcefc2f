/**
 * All inputs that determine a boot in virtual time, so that bench can reuse an earlier boot with equal inputs. We changed one input at
 * a time and booted (QEMU 7.2.22): each of these moves stamps, or may.
 *
 *   disk, kernel, initrd      the bytes, not the recipe: a recipe built on another day brings other packages
 *   given                     what the run adds to the initrd, without the key of the collecting login, which sshd reads after the boot
 *   command                   machine, processor, memory, seed, date of the guest's clock, kernel command line; paths left out
 *   qemu.*                    the emulator's own bytes, its libraries, modules and firmware: distributions patch without a new version,
 *                             and 10.0.2 lays out ACPI tables otherwise, which moves all stamps behind them (.6 % of a kernel's start)
 *   host.processor            the translator uses the features of the host's processor
 *
 * Debian's 7.2.18 and 7.2.22 are two builds and two keys. In the lean image all 48 spans and all events of the guest had the same
 * stamps under both. We compared no other builds.
 *
 * We varied load, time of day, process ids and paths on the host: no stamp moved. The processor that the translator sees moved none
 * either (qemu-user with Nehalem and with AVX2 and BMI2). It is in the key because we tried no hosts that differ by more.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readSmallText } from '../../files/regular.ts';
import type { BootInputs } from '../../model/provider.ts';
import { ms } from '../../model/units.ts';
import { QEMU } from './accelerator.ts';
import { run } from './command.ts';
import { type EmulatorWorld, emulatorFiles } from './emulator-files.ts';

/** Firmware that QEMU 7.2 and 10.0 open for a q35 machine with a kernel on the command line (strace). */
const FIRMWARE = ['bios-256k.bin', 'linuxboot_dma.bin', 'kvmvapic.bin'];

/** Digests of the emulator's files. Undefined if they are unreadable: then no boot of this emulator can be reused. */
export async function emulatorInputs(version: string, world: EmulatorWorld): Promise<BootInputs | undefined> {
  const say = async (command: readonly string[]) =>
    (await run(command, { environment: world.environment, timeoutMs: ms(10_000) }, world.signal)).stdout;
  try {
    const command = await realpath((await say(['sh', '-c', `command -v ${QEMU}`])).trim());
    const code = await emulatorFiles(world);
    const folders = (await say([QEMU, '-L', 'help'])).split('\n').filter((line) => line.startsWith('/'));
    return {
      'qemu.version': version,
      'qemu.command': await sha256OfFile(command),
      'qemu.code': digest((await Promise.all(code.map(nameAndSum))).sort()),
      'qemu.firmware': digest(await Promise.all(FIRMWARE.map((name) => firstOf(folders, name)))),
      'host.processor': `${arch()} ${cpus()[0]?.model ?? 'unknown'} ${digest(await processorFlags())}`,
    };
  } catch {
    world.signal.throwIfAborted();
    return undefined;
  }
}

/** Features of the host's processor. A hypervisor may hide some, so processors of one model may differ. */
const processorFlags = async (): Promise<string> =>
  /^(?:flags|Features)\s*:.*$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[0] ?? '';

const nameAndSum = async (file: string): Promise<string> => `${path.basename(file)} ${await sha256OfFile(file)}`;

async function firstOf(folders: readonly string[], name: string): Promise<string> {
  for (const folder of folders) {
    const sum = await sha256OfFile(path.join(folder, name)).catch(() => undefined);
    if (sum !== undefined) return `${name} ${sum}`;
  }
  throw new Error(`${name} is in none of ${folders.join(', ')}`);
}

/** SHA-256 of an image's file. A gibibyte takes seconds, so a note beside the file keeps the sum with the file's size and time. */
export async function sha256OfImage(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const note = `${file}.sha256`;
  const [known, ...holds] = (await readSmallText(note).catch(() => '')).trim().split(' ');
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
