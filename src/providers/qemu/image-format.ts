/**
 * Detects a disk image's format by its bytes, never by its name. It refuses unknown formats: otherwise bench would build on such a
 * file, boot it and wait until the time limit.
 *
 *   qcow2   "QFI\xfb" (docs/interop/qcow2.rst)          vhdx   "vhdxfile" ([MS-VHDX] 2.2)
 *   vhd     "conectix", at its start or in its last 512 bytes (Virtual Hard Disk Image Format Specification)
 *   raw     a partition table (MBR's 55 AA, GPT's "EFI PART"), or a filesystem without one
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { kindOf } from '../../files/regular.ts';
import { usageError } from '../../model/errors.ts';

/** Named as in QEMU. */
export type ImageFormat = 'qcow2' | 'vpc' | 'vhdx' | 'raw';

/** Throws a usage error if the file does not exist or is not a disk. */
export async function checkedFormat(file: string): Promise<ImageFormat> {
  // Without O_NONBLOCK, a pipe would wait for a writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!handle)
    throw usageError(
      `the image ${file} does not exist or cannot be read`,
      'Paths of images are relative to the folder of the scenario.',
    );
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw usageError(`${file} is ${kindOf(status)}, not an image`);
    return await formatOf(file, handle, status.size);
  } finally {
    await handle.close();
  }
}

async function formatOf(file: string, handle: FileHandle, size: number): Promise<ImageFormat> {
  const at = async (position: number, length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, Math.max(0, position));
    return buffer.subarray(0, bytesRead);
  };
  const head = await at(0, HEAD_BYTES);
  if (startsWith(head, 0, 'QFI\xfb')) return selfContained(file, head);
  if (startsWith(head, 0, 'vhdxfile')) return 'vhdx';
  if (startsWith(head, 0, 'conectix') || startsWith(await at(size - 512, 512), 0, 'conectix')) return 'vpc';
  const packed = COMPRESSED.find(([, magic]) => startsWith(head, 0, magic));
  if (packed) throw usageError(`${file} is compressed (${packed[0]})`, `Unpack it first: ${packed[2]} ${file}`);
  if (RAW.some(([position, magic]) => startsWith(head, position, magic))) return 'raw';
  throw usageError(
    `${file} is not a disk image: it is not qcow2, vhd, vhdx, or raw with a partition table or file system`,
    'Give the disk image itself; bench detects its format from its content.',
  );
}

/** A qcow2 image may name other files of this computer as its backing or data file and would show them to its guest. */
function selfContained(file: string, head: Buffer): ImageFormat {
  const isWhole = head.length >= 80 && head.readBigUInt64BE(8) === 0n;
  const hasData = head.length >= 80 && head.readUInt32BE(4) >= 3 && (head.readUInt32BE(76) & 4) !== 0;
  if (isWhole && !hasData) return 'qcow2';
  throw usageError(
    head.length < 80 ? `${file} is truncated` : `${file} needs a backing file`,
    'Make it one file: qemu-img convert -O qcow2 <image> <new image>.',
  );
}

/** The superblock of btrfs is the farthest from the start. */
const HEAD_BYTES = 65_536 + 4_096;

const RAW: readonly (readonly [number, string])[] = [
  [510, '\x55\xaa'],
  [512, 'EFI PART'],
  [4096, 'EFI PART'],
  [1080, '\x53\xef'],
  [0, 'XFSB'],
  [0, 'hsqs'],
  [0x10040, '_BHRfS_M'],
  [0x8001, 'CD001'],
  [1024, '\x10\x20\xf5\xf2'],
  [1024, '\xe2\xe1\xf5\xe0'],
];

/** Name, first bytes, and the command that unpacks it. */
const COMPRESSED: readonly (readonly [string, string, string])[] = [
  ['gzip', '\x1f\x8b', 'gunzip -k'],
  ['xz', '\xfd7zXZ\x00', 'unxz -k'],
  ['zstd', '\x28\xb5\x2f\xfd', 'unzstd -k'],
  ['bzip2', 'BZh', 'bunzip2 -k'],
  ['lz4', '\x04\x22\x4d\x18', 'unlz4 -k'],
  ['zip', 'PK\x03\x04', 'unzip'],
];

const startsWith = (bytes: Buffer, position: number, magic: string): boolean =>
  bytes.toString('latin1', position, position + magic.length) === magic;
