/** Which firmware can start a disk. Tables as sfdisk of util-linux 2.38 writes them, in test/fixtures; the rest are disks of one sector. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootsBy, diskHead } from '../../../src/providers/qemu/boot-code.ts';
import { tinyGuest } from './tiny-guest.ts';

const HEADS = 'test/fixtures/partition-tables';
const head = (name: string) => readFileSync(path.join(HEADS, `${name}.head`));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-heads-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a disk', () => {
  test.each([
    ['with an EFI system partition and no code for a BIOS', 'gpt-efi', 'uefi'],
    ['with an EFI system partition in the old table', 'mbr-efi', 'uefi'],
    ['with a partition for the code of a BIOS beside it', 'gpt-efi-bios', 'bios'],
    ['without any of it', 'gpt-linux', 'bios'],
  ])('%s', (_, name, by) => expect(bootsBy(head(name))).toBe(by));

  test('that a BIOS can start boots by BIOS, whatever else it has', () => {
    const both = Buffer.from(head('gpt-efi'));
    tinyGuest({ console: 'x', end: 'idle' }).copy(both, 0, 0, 440);
    expect(bootsBy(both)).toBe('bios');
    expect(bootsBy(tinyGuest({ console: 'x', end: 'idle' }))).toBe('bios');
    expect(bootsBy(Buffer.alloc(0))).toBe('bios');
  });

  test('gives the same answer as raw and as qcow2', async () => {
    const [raw, qcow2] = ['disk.raw', 'disk.qcow2'].map((name) => path.join(folder, name)) as [string, string];
    writeFileSync(raw, Buffer.concat([head('gpt-efi'), Buffer.alloc(2 ** 20)]));
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
    const world = { environment: { PATH: process.env.PATH }, signal: new AbortController().signal };
    for (const [file, format] of [
      [raw, 'raw'],
      [qcow2, 'qcow2'],
    ] as const)
      expect(bootsBy(await diskHead(file, format, path.join(folder, 'head'), world))).toBe('uefi');
  });
});
