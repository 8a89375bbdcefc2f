import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findFirmware } from '../../../src/providers/qemu/firmware.ts';
import { firmwareByVariant } from '../../../src/providers/qemu/firmware-by-variant.ts';
import type { Image } from '../../../src/providers/qemu/images.ts';
import type { QemuOptions } from '../../../src/providers/qemu/scenario.ts';
import { scenarioOf } from './lab.ts';

const file = (bootsBy: 'bios' | 'uefi'): Image => ({
  ...{ kind: 'file', file: 'disk.raw', sha256: 'a'.repeat(64), format: 'raw', bootsBy, changedAtS: 0 },
  ...{ user: 'root', userData: undefined },
});
const images = new Map([
  ['old', file('bios')],
  ['new', file('uefi')],
]);
const options = (changes: Partial<QemuOptions>): QemuOptions => ({ ...scenarioOf({}).provider, ...changes });

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(path.join(tmpdir(), 'bench-bin-'));
});
afterEach(() => rmSync(bin, { recursive: true }));

const lines: string[] = [];
const byVariant = (changes: Partial<QemuOptions>, environment: Readonly<Record<string, string>> = {}) =>
  firmwareByVariant(options(changes), images, {
    environment: { PATH: bin, ...environment },
    progress: (line) => lines.push(line),
    signal: new AbortController().signal,
  });

describe.skipIf((await findFirmware(false)) === undefined)('firmware', () => {
  test.each([
    ['auto', ['new']],
    ['uefi', ['old', 'new']],
    ['bios', []],
  ] as const)('%s is UEFI for %j', async (firmware, variants) => {
    const found = await byVariant({ firmware });
    expect([...found.keys()]).toEqual(variants);
    for (const { code, variables } of found.values()) expect([code, variables].join()).toMatch(/CODE.*VARS/);
  });

  test('with a missing dependency makes bench say what to type, where it may not install it', async () => {
    await expect(byVariant({ tpm: true }, { BENCH_NO_INSTALL: '1' })).rejects.toMatchObject({
      message: 'This computer lacks swtpm (emulates a TPM).',
      hint: expect.stringContaining('sudo apt-get install swtpm'),
    });
    expect([...(await byVariant({ tpm: true, firmware: 'bios' }, { BENCH_NO_INSTALL: '1' })).keys()]).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('with a missing dependency makes bench install it, as with QEMU', async () => {
    const apt = path.join(bin, 'apt-get');
    writeFileSync(apt, `#!/bin/sh\necho "$*" >>${bin}/asked\n`);
    chmodSync(apt, 0o755);
    symlinkSync('/usr/bin/setpriv', path.join(bin, 'setpriv'));
    const found = await byVariant({ tpm: true });
    expect([...found.keys()]).toEqual(['new']);
    expect(lines).toEqual(['installing Debian packages: swtpm']);
    const asked = readFileSync(path.join(bin, 'asked'), 'utf8');
    expect(asked).toMatch(/update -qq\n.*install -y -qq --no-install-recommends swtpm\n$/);
  });
});
