import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type CpioEntry, cpio } from '../../../src/providers/qemu/cpio.ts';

const text = (content: string) => Buffer.from(content, 'utf8');
const ENTRIES: readonly CpioEntry[] = [
  { kind: 'link', path: 'etc/units/wanted', target: '../unit' },
  { kind: 'file', path: 'etc/keys/secret', mode: 0o600, content: text('hush') },
  { kind: 'folder', path: 'etc/keys', mode: 0o700 },
  { kind: 'file', path: 'init', mode: 0o755, content: text('#!/bin/sh\n') },
];

/** Names and modes in the archive, by a reader of this test. */
function listed(archive: Buffer): readonly string[] {
  const lines: string[] = [];
  const round = (at: number) => Math.ceil(at / 4) * 4;
  for (let at = 0; ; ) {
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const name = archive.toString('utf8', at + 110, at + 110 + field(11) - 1);
    if (name === 'TRAILER!!!') return lines;
    lines.push(`${field(1).toString(8)} ${name}`);
    at = round(round(at + 110 + field(11)) + field(6));
  }
}

test('folders come before their content, each once, with the requested mode', () => {
  expect(listed(cpio(ENTRIES))).toEqual([
    '40755 etc',
    '40700 etc/keys',
    '100600 etc/keys/secret',
    '40755 etc/units',
    '120777 etc/units/wanted',
    '100755 init',
  ]);
});

test('the order of the entries does not change the bytes', () => {
  expect(cpio([...ENTRIES].reverse()).equals(cpio(ENTRIES))).toBe(true);
});

test.runIf(isThere('cpio'))('the cpio program unpacks what was packed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-cpio-'));
  try {
    execFileSync('cpio', ['-id', '--quiet'], { cwd: folder, input: cpio(ENTRIES) });
    expect(readFileSync(path.join(folder, 'etc/keys/secret'), 'utf8')).toBe('hush');
    expect(statSync(path.join(folder, 'etc/keys/secret')).mode & 0o777).toBe(0o600);
    expect(readlinkSync(path.join(folder, 'etc/units/wanted'))).toBe('../unit');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function isThere(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
