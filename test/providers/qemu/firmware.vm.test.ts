/** Real firmware without an operating system: its shell runs a script of the boot partition and powers off. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BootFailure } from '../../../src/model/provider.ts';
import { writeShellDisk } from '../../support/uefi-disk.ts';
import { eventually, forever, type Lab, newLab, processesIn, request } from './lab.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await newLab();
});
afterEach(() => lab.end());

const SCRIPT = '@echo -off\necho started by UEFI\nreset -s\n';
const PROVIDER = { kind: 'qemu', timing: 'wall', accel: 'tcg', memory: '256M', tpm: true } as const;

test('UEFI starts a disk that only UEFI can start, beside its own TPM, and leaves nothing', async () => {
  await writeShellDisk(SCRIPT, path.join(lab.folder, 'disk.raw'));
  const fleet = await lab.open({ provider: PROVIDER, ready: { within: '3m' } });
  const start = performance.now();
  const failure = await fleet.boot(request(1), forever).catch((cause: unknown) => cause);
  console.log(`firmware, its shell and power off: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  if (!(failure instanceof BootFailure)) throw failure;
  expect(failure.failure.code).toBe('powered-off');
  expect(failure.console).toContain('started by UEFI');
  expect(failure.facts).toMatchObject({ firmware: 'uefi', secureBoot: false, tpm: true });
  await fleet.close();
  // The TPM ends by itself when its machine has.
  expect(await eventually(async () => (await processesIn(lab.scratch)).length === 0)).toBe(true);
  expect(await readdir(lab.scratch)).toEqual([]);
});

test('with secure boot the firmware starts only signed code', async () => {
  await writeShellDisk(SCRIPT, path.join(lab.folder, 'disk.raw'));
  const fleet = await lab.open({ provider: { ...PROVIDER, secureBoot: true }, ready: { within: '5m' } });
  const booting = fleet.boot(request(1), forever).catch(() => undefined);
  const said = async () => {
    const files = await readdir(lab.scratch, { recursive: true });
    const console = files.find((name) => name.endsWith('console.log'));
    return console === undefined ? '' : readFile(path.join(lab.scratch, console), 'utf8');
  };
  expect(await eventually(async () => (await said()).includes('Security Violation'), 120_000)).toBe(true);
  expect(await said()).not.toContain('started by UEFI');
  await fleet.close();
  await booting;
  // The TPM ends by itself when its machine has.
  expect(await eventually(async () => (await processesIn(lab.scratch)).length === 0)).toBe(true);
});
