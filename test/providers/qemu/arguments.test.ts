import { expect, test } from 'vitest';
import {
  kernelCommandLine,
  type MachineDisk,
  type MachineShape,
  qemuArguments,
  shapeFacts,
} from '../../../src/providers/qemu/arguments.ts';

const SHAPE: MachineShape = {
  accelerator: 'tcg',
  timing: 'virtual',
  cpus: 1,
  memoryBytes: 2 ** 30,
  kernelArguments: '',
  clockBase: '2026-01-31T12:00:00',
  seed: 42,
};
const BOOT = { kernel: '/cache/vmlinuz', initrd: '/run/boot-before' };
const MEMORY: MachineDisk = {
  kind: 'memory',
  own: false,
  file: '/cache/a,b/disk.raw',
  sizeBytes: 3 * 2 ** 30,
  boot: BOOT,
};
const OVERLAY: MachineDisk = { kind: 'overlay', file: '/run/disk.qcow2', seedFile: '/run/boot-before' };

const line = (shape: MachineShape, disk: MachineDisk) => qemuArguments(shape, disk).join(' ');

test('virtual timing leaves nothing to chance or to the host', () => {
  const virtual = line(SHAPE, MEMORY);
  expect(virtual).toContain('-accel tcg -icount shift=1,sleep=off,align=off');
  expect(virtual).toContain('-rtc clock=vm,base=2026-01-31T12:00:00 -seed 42');
  expect(virtual).toContain('virtio-net-pci,netdev=net,romfile=,ioeventfd=off,tx=timer');
  expect(virtual).toContain('-uuid 62656e63-6800-4000-8000-000000000001');
  expect(virtual).not.toContain('-drive');
});

test('the root disk is a private mapping of the image', () => {
  expect(line(SHAPE, MEMORY)).toContain(
    'memory-backend-file,id=root,share=off,mem-path=/cache/a,,b/disk.raw,size=3221225472',
  );
  expect(line(SHAPE, MEMORY)).toContain('-m 1024,slots=2,maxmem=5120M');
});

test('an image with its own disk waits in real time, also under virtual timing', () => {
  expect(line(SHAPE, OVERLAY)).toContain('sleep=on');
  expect(line(SHAPE, OVERLAY)).not.toContain('-kernel');
  expect(line(SHAPE, OVERLAY)).toContain('id=seed,if=none,format=raw,readonly=on,file=/run/boot-before');
});

test('the firmware boots from a disk only where the scenario gives no kernel', () => {
  expect(line(SHAPE, OVERLAY)).toContain('virtio-blk-pci,drive=root,bootindex=0');
  expect(line(SHAPE, { kind: 'overlay', file: '/run/disk.qcow2', boot: BOOT })).not.toContain('bootindex');
});

test('wall timing takes the accelerator as it is, and the real clock', () => {
  const wall = { ...SHAPE, timing: 'wall' } as const;
  expect(line({ ...wall, accelerator: 'kvm' }, OVERLAY)).toContain('-accel kvm');
  expect(line(wall, OVERLAY)).toContain('-accel tcg,thread=multi');
  expect(line(wall, OVERLAY)).not.toMatch(/icount|-rtc|-seed|tx=timer/);
});

test('the guest reaches nothing, and accepts connections on loopback only', () => {
  for (const disk of [MEMORY, OVERLAY])
    expect(line(SHAPE, disk)).toContain('restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22');
});

test('a block seed above 32 bits still makes a valid -seed', () => {
  const args = qemuArguments({ ...SHAPE, seed: 2 ** 40 + 5 }, MEMORY);
  expect(args[args.indexOf('-seed') + 1]).toBe('5');
});

test('kernel arguments of the scenario come last, so that they win', () => {
  expect(kernelCommandLine('memory', 'loglevel=7 root=/dev/sda')).toMatch(
    /^root=\/dev\/pmem0 .* loglevel=7 root=\/dev\/sda$/,
  );
  expect(kernelCommandLine('overlay', '')).toMatch(/^root=\/dev\/vda .*systemd\.firstboot=off$/);
});

test('facts name what may explain an outlier, and a seed only where there is one', () => {
  expect(shapeFacts(SHAPE, MEMORY)).toMatchObject({
    accelerator: 'tcg',
    timing: 'virtual',
    seed: 42,
    memoryBytes: 2 ** 30,
  });
  expect(shapeFacts({ ...SHAPE, timing: 'wall' }, OVERLAY)).not.toHaveProperty('seed');
});

test('a machine that boots by UEFI has its own variables, and reports how long firmware and loader took', () => {
  const uefi = { code: '/usr/share/OVMF/CODE.fd', variables: '/run/m1/variables.fd', secureBoot: false };
  const plain = line(SHAPE, { ...OVERLAY, uefi });
  expect(plain).toContain('if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/CODE.fd');
  expect(plain).toContain('if=pflash,unit=1,format=raw,file=/run/m1/variables.fd');
  expect(plain).toContain(',hypervisor=off');
  expect(plain).toContain('smm=off');
  expect(plain).not.toContain('tpm');
  const secure = line(SHAPE, { ...OVERLAY, uefi: { ...uefi, secureBoot: true, tpmSocket: 'tpm.sock' } });
  expect(secure).toContain('-machine q35,smm=on');
  expect(secure).toContain('driver=cfi.pflash01,property=secure,value=on');
  expect(secure).toContain('-tpmdev emulator,id=tpm0,chardev=tpm -device tpm-crb,tpmdev=tpm0');
  expect(shapeFacts(SHAPE, { ...OVERLAY, uefi })).toMatchObject({ firmware: 'uefi', secureBoot: false, tpm: false });
  expect(shapeFacts(SHAPE, OVERLAY)).toMatchObject({ firmware: 'bios' });
});
