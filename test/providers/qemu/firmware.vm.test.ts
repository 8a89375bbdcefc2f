/** Real firmware without an operating system: its shell runs a script of the boot partition and powers off. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BootFailure } from '../../../src/model/provider.ts';
import { writeShellDisk } from '../../support/uefi-disk.ts';
import { forever, type Lab, newLab, processesIn, request } from './lab.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await newLab();
});
afterEach(() => lab.end());

test('a disk that only UEFI can start is started by it, beside a TPM of its own, and leaves nothing', async () => {
  await writeShellDisk('@echo -off\necho started by UEFI\nreset -s\n', path.join(lab.folder, 'disk.raw'));
  const provider = { kind: 'qemu', timing: 'wall', accel: 'tcg', memory: '256M', tpm: true } as const;
  const fleet = await lab.open({ provider, ready: { within: '3m' } });
  const start = performance.now();
  const failure = await fleet.boot(request(1), forever).catch((cause: unknown) => cause);
  console.log(`firmware, its shell and power off: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  if (!(failure instanceof BootFailure)) throw failure;
  expect(failure.failure.code).toBe('powered-off');
  expect(failure.console).toContain('started by UEFI');
  expect(failure.facts).toMatchObject({ firmware: 'uefi', secureBoot: false, tpm: true });
  await fleet.close();
  expect(await processesIn(lab.scratch)).toEqual([]);
  expect(await readdir(lab.scratch)).toEqual([]);
});
