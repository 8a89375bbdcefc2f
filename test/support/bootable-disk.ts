/**
 * A disk that boots by itself, as an installer would leave it, of a root file system with GRUB's parts under /boot/grub:
 *
 *   sector 0   boot.img and the partition table | 1... core.img | 2048... the root file system
 *
 * Needs neither root nor tools that a build of images does not need. Source of the layout: GRUB's manual, "BIOS installation".
 */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const SECTOR = 512;
const START = 2048;
/** Code bytes of the boot sector; a signature and the table follow them. */
const CODE_BYTES = 440;
const TABLE_AT = 446;
const LINUX = 0x83;

/** `core`: the image of GRUB's core, from the root file system, that precedes it on the disk. */
export async function writeBootableDisk(rootFile: string, diskFile: string, core = 'core.img'): Promise<void> {
  const { size } = await stat(rootFile);
  const head = Buffer.alloc(START * SECTOR);
  (await grubPart(rootFile, 'boot.img')).copy(head, 0, 0, CODE_BYTES);
  (await grubPart(rootFile, core)).copy(head, SECTOR);
  head[TABLE_AT] = 0x80;
  head[TABLE_AT + 4] = LINUX;
  head.writeUInt32LE(START, TABLE_AT + 8);
  head.writeUInt32LE(size / SECTOR, TABLE_AT + 12);
  head.writeUInt16LE(0xaa55, SECTOR - 2);
  const disk = await open(diskFile, 'w');
  try {
    await disk.write(head);
    let at = head.length;
    for await (const chunk of createReadStream(rootFile, { highWaterMark: 2 ** 20 })) {
      if (!isEmpty(chunk)) await disk.write(chunk, 0, chunk.length, at);
      at += chunk.length;
    }
    await disk.truncate(at);
  } finally {
    await disk.close();
  }
}
const isEmpty = (chunk: Buffer): boolean => chunk[0] === 0 && chunk.subarray(1).equals(chunk.subarray(0, -1));

async function grubPart(rootFile: string, name: string): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-grub-'));
  try {
    const part = path.join(folder, name);
    await promisify(execFile)('debugfs', ['-R', `dump /boot/grub/${name} ${part}`, rootFile], {
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    return await readFile(part);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
