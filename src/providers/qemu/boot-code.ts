/**
 * Tells which firmware can boot a disk: a BIOS, by the code in the first sector, or only UEFI firmware, by the EFI system partition.
 * Generation 2 images have only the partition. Sources: UEFI specification 2.10, 5.2 and 5.3 (tables); GRUB's manual, "BIOS installation".
 */
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { readRegular } from '../../files/regular.ts';
import { ms } from '../../model/units.ts';
import { run } from './command.ts';
import type { BuildWorld } from './image-build.ts';
import type { ImageFormat } from './image-format.ts';

export type BootsBy = 'bios' | 'uefi';

const SECTOR = 512;
/** Both partition tables: the protective MBR, the GPT header, 128 entries of 128 bytes. */
const HEAD_BYTES = 34 * SECTOR;
/** Boot code in the first sector; a signature and the old table follow. */
const CODE_BYTES = 440;
const ENTRY_BYTES = 128;

/** GUIDs as they stand on disk: the first three parts are little-endian. */
const EFI_SYSTEM = Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex');
const BIOS_BOOT = Buffer.from('4861682149646f6e744e656564454649', 'hex');
const OLD_TABLE_AT = 446;
const OLD_EFI_SYSTEM = 0xef;

export function bootsBy(head: Buffer): BootsBy {
  if (head.subarray(0, CODE_BYTES).some((byte) => byte !== 0)) return 'bios';
  const types = partitionTypes(head);
  if (types.some((type) => type.equals(BIOS_BOOT))) return 'bios';
  const old = [0, 1, 2, 3].map((index) => head[OLD_TABLE_AT + 16 * index + 4]);
  return types.some((type) => type.equals(EFI_SYSTEM)) || old.includes(OLD_EFI_SYSTEM) ? 'uefi' : 'bios';
}

function partitionTypes(head: Buffer): readonly Buffer[] {
  if (head.toString('latin1', SECTOR, SECTOR + 8) !== 'EFI PART') return [];
  const entries = head.subarray(2 * SECTOR, HEAD_BYTES);
  return Array.from({ length: Math.floor(entries.length / ENTRY_BYTES) }, (_, index) =>
    entries.subarray(index * ENTRY_BYTES, index * ENTRY_BYTES + 16),
  );
}

/** `scratch` must be a file name that nothing else uses. */
export async function diskHead(
  file: string,
  format: ImageFormat,
  scratch: string,
  world: Pick<BuildWorld, 'environment' | 'signal'>,
): Promise<Buffer> {
  if (format === 'raw') {
    const handle = await open(file, 'r');
    try {
      return (await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)).buffer;
    } finally {
      await handle.close();
    }
  }
  const part = path.resolve(scratch);
  try {
    const command = [
      'qemu-img',
      'dd',
      '-f',
      format,
      '-O',
      'raw',
      `bs=${SECTOR}`,
      'count=34',
      `if=${file}`,
      `of=${part}`,
    ];
    const { exitCode } = await run(command, { environment: world.environment, timeoutMs: ms(60_000) }, world.signal);
    // A broken disk fails later, at its boot, with QEMU's message.
    if (exitCode !== 0) return Buffer.alloc(0);
    return await readRegular(part);
  } finally {
    await rm(part, { force: true });
  }
}
