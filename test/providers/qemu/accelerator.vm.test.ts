import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseAccelerator, probeAccelerator } from '../../../src/providers/qemu/accelerator.ts';
import { bootSector } from '../../../src/providers/qemu/boot-sector.ts';
import { forever } from './lab.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bench-accel-'));
});
afterEach(() => rm(folder, { recursive: true }));

const world = (PATH = process.env.PATH) => ({ scratchFolder: folder, environment: { PATH }, signal: forever });

test('a guest boots under emulation, and the probe leaves no file', async () => {
  expect(await probeAccelerator('tcg', world())).toEqual({ works: true });
  expect(await readdir(folder)).toEqual([]);
});

test('auto takes KVM exactly when a guest boots under it', async () => {
  const kvm = await probeAccelerator('kvm', world());
  const chosen = await chooseAccelerator({ accel: 'auto', timing: 'wall' }, world());
  expect(chosen.accelerator).toBe(kvm.works ? 'kvm' : 'tcg');
  if (!kvm.works) expect(chosen.reason).toBe(`KVM does not work here: ${kvm.reason}`);
});

test('bench detects a KVM under which guests only hang, within its time limit', async () => {
  // A QEMU that starts, and whose guest makes no progress.
  await writeFile(path.join(folder, 'qemu-system-x86_64'), '#!/bin/sh\nexec sleep 60\n');
  await chmod(path.join(folder, 'qemu-system-x86_64'), 0o755);
  const began = performance.now();
  const kvm = await probeAccelerator('kvm', world(`${folder}:${process.env.PATH}`));
  expect(kvm.works).toBe(false);
  expect(performance.now() - began).toBeLessThan(6000);
});

test('virtual timing is emulation, and reports it', async () => {
  expect(await chooseAccelerator({ accel: 'auto', timing: 'virtual' }, world())).toEqual({
    accelerator: 'tcg',
    reason: 'virtual timing counts instructions',
  });
});

test.runIf(hasBinutils())('the shipped boot sector equals its assembled source', async () => {
  const source = path.resolve('src/providers/qemu/boot-sector.s');
  execFileSync('as', ['--defsym', 'NLOOP=3000000', '-o', 'probe.o', source], { cwd: folder });
  execFileSync('ld', ['-Ttext=0x7c00', '--oformat', 'binary', '-o', 'probe.bin', 'probe.o'], { cwd: folder });
  expect((await readFile(path.join(folder, 'probe.bin'))).equals(bootSector())).toBe(true);
});

function hasBinutils(): boolean {
  try {
    execFileSync('as', ['--version'], { stdio: 'ignore' });
    execFileSync('ld', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
