import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { iso9660 } from '../../../src/providers/qemu/iso9660.ts';

const FILES = [
  { name: 'user-data', content: Buffer.from('#cloud-config\n'.repeat(300), 'utf8') },
  { name: 'meta-data', content: Buffer.from('{}', 'utf8') },
];

/** The files of the Joliet folder, by a reader of this test: descriptor at sector 17, root record at its byte 156. */
function readJoliet(image: Buffer): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const root = image.readUInt32LE(17 * 2048 + 158) * 2048;
  for (let at = root; image[at] !== 0; at += image[at] ?? 0) {
    const id = Buffer.from(image.subarray(at + 33, at + 33 + (image[at + 32] ?? 0)));
    if (id.length < 2) continue;
    const start = image.readUInt32LE(at + 2) * 2048;
    found.set(id.swap16().toString('utf16le'), image.toString('utf8', start, start + image.readUInt32LE(at + 10)));
  }
  return found;
}

test('the image holds files under their own names with their own bytes', () => {
  const read = readJoliet(iso9660('cidata', FILES));
  expect([...read.keys()]).toEqual(['meta-data', 'user-data']);
  for (const { name, content } of FILES) expect(read.get(name)).toBe(content.toString('utf8'));
});

test('the same files give the same bytes, in whole sectors', () => {
  const image = iso9660('cidata', FILES);
  expect(iso9660('cidata', [...FILES].reverse()).equals(image)).toBe(true);
  expect(image.length % 2048).toBe(0);
});

test('the system reads the given label', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-iso-'));
  try {
    const file = path.join(folder, 'seed.iso');
    writeFileSync(file, iso9660('cidata', FILES));
    const said = execFileSync('/sbin/blkid', ['-p', file], { encoding: 'utf8' });
    expect(said).toContain('LABEL="cidata"');
    expect(said).toContain('TYPE="iso9660"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
