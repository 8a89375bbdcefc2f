import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readGiven } from '../../src/store/given-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'given-'));
  mkdirSync(path.join(folder, 'logs/node1'), { recursive: true });
  writeFileSync(path.join(folder, 'logs/node1/time.txt'), 'Startup finished');
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (name: string) => new TextEncoder().encode(name);
const names = async (...paths: string[]) => (await readGiven(paths, folder)).files.map((file) => file.path);

describe('files that a user supplies', () => {
  test('are found in folders, loose, and in archives', async () => {
    writeFileSync(
      path.join(folder, 'two.zip'),
      zipSync({ 'node2/time.txt': text('x'), 'node2/empty/': new Uint8Array() }),
    );
    await create({ cwd: folder, file: path.join(folder, 'three.tgz'), gzip: true }, ['logs']);
    expect(await names('logs', 'two.zip', 'three.tgz')).toEqual([
      'logs/node1/time.txt',
      'three/logs/node1/time.txt',
      'two/node2/time.txt',
    ]);
    expect(await names('logs/node1/time.txt')).toEqual(['time.txt']);
  });

  test('stay below their archive, whatever names it uses', async () => {
    writeFileSync(path.join(folder, 'evil.zip'), zipSync({ '../../outside.txt': text('x'), '/etc/passwd': text('y') }));
    expect(await names('evil.zip')).toEqual(['evil/etc/passwd', 'evil/outside.txt']);
  });

  test('are not followed through symbolic links', async () => {
    symlinkSync('/etc/passwd', path.join(folder, 'logs/link'));
    expect(await names('logs')).toEqual(['logs/node1/time.txt']);
  });

  test('appear in an error if damaged or missing', async () => {
    writeFileSync(path.join(folder, 'bad.zip'), 'PK no');
    writeFileSync(path.join(folder, 'bad.tgz'), 'no tar');
    await expect(names('bad.zip')).rejects.toThrow(/bad\.zip is not a readable zip archive/);
    await expect(names('bad.tgz')).rejects.toThrow(/bad\.tgz is not a readable tar archive/);
    await expect(names('nothing')).rejects.toThrow(/The file or folder .* does not exist/);
  });
});
