import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootInputs } from '../../../src/model/provider.ts';
import { emulatorInputs } from '../../../src/providers/qemu/boot-inputs.ts';
import { emulatorFiles, mappedCode } from '../../../src/providers/qemu/emulator-files.ts';
import { eventually } from './lab.ts';

/** With the QEMU of this computer, and with copies of it that differ in one thing. */

const { signal } = new AbortController();
const QEMU = 'qemu-system-x86_64';
let folder: string;
let binary: string;
let modules: string | undefined;
let inputs: BootInputs;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'emulator-'));
  const files = await emulatorFiles({ environment: process.env, scratchFolder: folder, signal });
  binary = files.find((file) => path.basename(file).startsWith('qemu-system')) ?? '';
  modules = files.find((file) => path.basename(file).startsWith('accel-tcg'));
  inputs = (await inputsOf()) ?? {};
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** With `folders` ahead of all others in the path. */
const inputsOf = (...folders: readonly string[]): Promise<BootInputs | undefined> =>
  emulatorInputs('7.2', {
    environment: { ...process.env, PATH: [...folders, process.env.PATH].join(':') },
    scratchFolder: folder,
    signal,
  });

const differing = (other: BootInputs | undefined): string[] =>
  Object.keys(inputs).filter((name) => inputs[name] !== other?.[name]);

/** Its own QEMU in `<name>/bin`, with the firmware of the installed one. */
function copyOf(name: string): string {
  const place = path.join(folder, name);
  mkdirSync(path.join(place, 'bin'), { recursive: true });
  cpSync(binary, path.join(place, 'bin', QEMU));
  symlinkSync('/usr/share', path.join(place, 'share'));
  if (modules)
    cpSync(path.dirname(modules), path.join(place, path.dirname(modules).replace(/^\/usr\//, '')), { recursive: true });
  return path.join(place, 'bin');
}

function script(name: string, text: string): string {
  const place = path.join(folder, name);
  mkdirSync(place);
  writeFileSync(path.join(place, QEMU), `#!/bin/sh\n${text}\n`);
  chmodSync(path.join(place, QEMU), 0o755);
  return place;
}

/** Command lines of processes whose PATH has a folder of this test. */
async function startedIn(place: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, name: string) => readFile(path.join('/proc', pid, name), 'utf8').catch(() => '');
  const found = await Promise.all(
    pids.map(async (pid) => ((await read(pid, 'environ')).includes(place) ? [await read(pid, 'cmdline')] : [])),
  );
  return found.flat();
}

describe('the emulator as part of what decides a boot', () => {
  test('is its code, its libraries and its firmware, the same at every request', async () => {
    expect(Object.keys(inputs)).toEqual([
      'qemu.version',
      'qemu.command',
      'qemu.code',
      'qemu.firmware',
      'host.processor',
    ]);
    expect(await inputsOf()).toEqual(inputs);
  });

  test('does not depend on its folder', async () => {
    expect(differing(await inputsOf(copyOf('elsewhere')))).toEqual([]);
  });

  test('another build with the same version is another emulator', async () => {
    const place = copyOf('patched');
    appendFileSync(path.join(place, QEMU), 'x');
    expect(differing(await inputsOf(place))).toEqual(['qemu.command', 'qemu.code']);
  });

  test.runIf(process.platform === 'linux')('includes a module that the emulator loads by itself', async (context) => {
    if (modules === undefined) return context.skip('this QEMU has its translator built in');
    const place = copyOf('other-module');
    appendFileSync(path.join(place, '..', modules.replace(/^\/usr\//, '')), 'x');
    expect(differing(await inputsOf(place))).toEqual(['qemu.code']);
  });

  test.each([
    ['becomes', `exec ${QEMU} "$@"`],
    ['starts', `${QEMU} "$@"`],
  ])(
    'a script that %s the emulator is an input itself, with its own bytes and those of the emulator',
    async (name, text) => {
      const wrapped = script(name, text.replace(QEMU, binary));
      expect(differing(await inputsOf(wrapped))).toEqual(['qemu.command']);
    },
  );

  test.each([
    ['ends at once', 'exit 0'],
    ['is something else', 'echo {}; sleep 1'],
    ['is in another container', `${QEMU} "$@" -pidfile "$0.elsewhere"`],
    ['is left in the background', `${QEMU} "$@" -pidfile "$0.elsewhere" & sleep 1`],
    ['hears nothing', `echo '{"return": {}}'; trap '' TERM; sleep 600 & wait`],
  ])(
    'where the emulator %s, its inputs stay unknown: no boot comes from the cache, and no process remains',
    async (name, text) => {
      expect(await inputsOf(script(name.replaceAll(' ', '-'), text.replace(QEMU, binary)))).toBeUndefined();
      expect(await eventually(async () => (await startedIn(folder)).length === 0)).toBe(true);
    },
  );

  test('no process remains of the known ones either', async () => {
    expect(await startedIn(folder)).toEqual([]);
  });
});

test('code is an executable mapping that belongs to a file', () => {
  const maps = [
    '55d0-55d1 r--p 00000000 fe:00 11                         /usr/bin/qemu-system-x86_64',
    '55d1-55d2 r-xp 00001000 fe:00 11                         /usr/bin/qemu-system-x86_64',
    '7f00-7f01 r--p 00000000 fe:00 12                         /usr/lib/locale/locale-archive',
    '7f01-7f02 rwxs 00000000 00:01 13                         /memfd:tcg-jit (deleted)',
    '7f02-7f03 r-xp 00000000 fe:00 14                         /opt/a folder/libz.so.1',
    '7f03-7f04 rwxp 00000000 00:00 0 ',
    '7fff-8000 r-xp 00000000 00:00 0                          [vdso]',
  ].join('\n');
  expect(mappedCode(maps)).toEqual(['/opt/a folder/libz.so.1', '/usr/bin/qemu-system-x86_64']);
});
