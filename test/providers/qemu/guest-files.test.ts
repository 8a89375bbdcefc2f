import { expect, test } from 'vitest';
import { guestFiles, guestUnits, readReadyLine } from '../../../src/providers/qemu/guest-files.ts';

const GIFT = {
  authorizedKey: 'ssh-ed25519 AAAA bench',
  hostKey: { privateKey: 'secret', publicKey: 'public' },
  keepBusy: true,
};

const textAt = (path: string, gift: Parameters<typeof guestFiles>[0] = GIFT): string => {
  const entry = guestFiles(gift, []).find((each) => each.path === path);
  return entry?.kind === 'file' ? Buffer.from(entry.content).toString('utf8') : '';
};

test('keys are readable by their owner alone', () => {
  const modes = new Map(guestFiles(GIFT, []).map((entry) => [entry.path, entry.kind === 'link' ? 0 : entry.mode]));
  expect(modes.get('bench/root/etc/ssh/ssh_host_ed25519_key')).toBe(0o600);
  expect(modes.get('bench/root/root/.ssh')).toBe(0o700);
  expect(modes.get('bench/root/root/.ssh/authorized_keys')).toBe(0o600);
});

test('the marker unit starts with the boot, but its order puts it after all of it', () => {
  const unit = textAt('bench/run/systemd/system/bench-ready.service');
  expect(unit).toContain('DefaultDependencies=no\nAfter=default.target\n');
  expect(guestFiles(GIFT, [])).toContainEqual({
    kind: 'link',
    path: 'bench/run/systemd/system/sysinit.target.wants/bench-ready.service',
    target: '../bench-ready.service',
  });
});

test('a guest whose clock counts instructions keeps busy after its boot, any other does not', () => {
  expect(guestUnits({ keepBusy: true }).files[0]?.content).toContain('>/dev/ttyS1; while :; do :; done');
  expect(guestUnits({ keepBusy: false }).files[0]?.content).not.toContain('while');
});

test('with a ready file the marker waits for it without polling', () => {
  const { starter, files } = guestUnits({ keepBusy: true, readyFile: '/run/50%\ndone' });
  expect(starter).toBe('bench-ready.path');
  expect(files.map(({ name }) => name)).toEqual(['bench-ready.service', 'bench-ready.path']);
  expect(files[1]?.content).toContain('PathExists=/run/50%% done\nUnit=bench-ready.service\n');
});

test('the marker line counts wherever it stands, and nothing else counts as one', () => {
  expect(readReadyLine('bench-ready degraded 13.76 5.02\r\n')).toEqual({ state: 'degraded', uptimeS: 13.76 });
  expect(readReadyLine('noise\nbench-ready running 1.00\n')).toEqual({ state: 'running', uptimeS: 1 });
  // The port as OVMF and GRUB left it.
  const coloured = '\x1b[47mWelcome to GRUB!\n\r\n\r\x1b[0m\x1b[37m\x1b[40mbench-ready running 119.75 49.23\r\n';
  expect(readReadyLine(coloured)).toEqual({ state: 'running', uptimeS: 119.75 });
  for (const text of [
    '',
    'bench-ready',
    'bench-ready running',
    'not bench-ready running 1.00',
    'bench-ready \x1b[0m 1.00',
  ])
    expect(readReadyLine(text)).toBeUndefined();
});
