import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkedFormat } from '../../../src/providers/qemu/image-format.ts';
import { qcow2Disk, rawDisk } from '../../support/disk-image.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-format-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Under any name. */
function formatOf(bytes: Buffer, name = 'disk.qcow2') {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return checkedFormat(file);
}

const withMagic = (position: number, magic: string, size = 128 * 1024) => {
  const disk = Buffer.alloc(size);
  disk.write(magic, position, 'latin1');
  return disk;
};

describe('the bytes of an image give its format, whatever its name', () => {
  test.each([
    ['qcow2', qcow2Disk()],
    ['vhdx', withMagic(0, 'vhdxfile')],
    ['vpc', withMagic(0, 'conectix')],
    ['vpc', withMagic(4096 - 512, 'conectix', 4096)],
    ['raw', rawDisk()],
    ['raw', withMagic(512, 'EFI PART')],
    ['raw', withMagic(1080, '\x53\xef')],
    ['raw', withMagic(0, 'XFSB')],
    ['raw', withMagic(0x10040, '_BHRfS_M')],
    ['raw', withMagic(0x8001, 'CD001')],
    ['raw', withMagic(0, 'hsqs')],
  ])('%s', async (format, bytes) => {
    expect(await formatOf(bytes)).toBe(format);
  });
});

describe('bench refuses, with what to do:', () => {
  test.each([
    ['a text', Buffer.from('#!/bin/sh\necho hello\n'.repeat(100)), /is not a disk image/, /the disk image itself/],
    ['nothing at all', Buffer.alloc(0), /is not a disk image/, /the disk image itself/],
    ['a file of zeros', Buffer.alloc(200_000), /is not a disk image/, /the disk image itself/],
    ['what is compressed', gzipSync(rawDisk()), /is compressed \(gzip\)/, /gunzip -k \S+disk\.raw/],
    [
      'bytes of no meaning',
      deflateRawSync(Buffer.alloc(100_000, 'abc')),
      /is not a disk image/,
      /the disk image itself/,
    ],
    ['a qcow2 that was cut off', Buffer.from('QFI\xfb', 'latin1'), /is truncated/, /qemu-img convert/],
  ])('%s', async (_, bytes, message, hint) => {
    await expect(formatOf(bytes, 'disk.raw')).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test('a folder, and a file that does not exist', async () => {
    await expect(checkedFormat(folder)).rejects.toThrow('is a folder, not an image');
    await expect(checkedFormat(path.join(folder, 'none'))).rejects.toThrow(/does not exist or cannot be read/);
  });
});
