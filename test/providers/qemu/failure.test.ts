import { expect, test } from 'vitest';
import { ms } from '../../../src/model/units.ts';
import { failureOf } from '../../../src/providers/qemu/failure.ts';

const exit = (reason: string | undefined, stderr = '', code: number | null = 0) =>
  ({ kind: 'exit', code, stderr, reason }) as const;

test('a panic that our own initrd caused appears with its cause', () => {
  const console =
    'bench: root disk /dev/pmem0 did not appear\r\nKernel panic - not syncing: Attempted to kill init!\r\n';
  expect(failureOf('0001-a', exit('guest-reset'), console)).toMatchObject({
    stage: 'boot',
    code: 'panic',
    message: expect.stringMatching(
      /^The guest's kernel panicked: root disk \/dev\/pmem0 did not appear \(boot 0001-a\)\./,
    ),
  });
});

test('the content of a console cannot control the terminal that shows it', () => {
  const { message } = failureOf('0001-a', exit('guest-shutdown'), '\x1b[2J\x1b]0;title\x07\x9b31mred\x00\r\n');
  expect(message).toBe('The guest powered itself off (boot 0001-a). Its console ends with: 31mred');
});

test('an endless console keeps only its last lines', () => {
  const { message } = failureOf(
    '0001-a',
    { kind: 'too-late', withinMs: ms(600_000) },
    `${'x'.repeat(9999)}\n`.repeat(50),
  );
  expect(message).toContain('within 600 s');
  expect(message.length).toBeLessThan(800);
});

test('an empty console appears as empty', () => {
  expect(failureOf('b', { kind: 'flood', bytes: 2 ** 24 }, '').message).toContain('Its console is empty.');
});

test('bench distinguishes QEMU without memory from QEMU with wrong arguments', () => {
  const poor = failureOf('b', exit(undefined, 'qemu: cannot set up guest memory: Cannot allocate memory\n', 1), '');
  expect(poor).toMatchObject({ stage: 'create', code: 'qemu-exit', hint: expect.stringContaining('provider.memory') });
  expect(failureOf('b', exit(undefined, '', null), '')).toMatchObject({
    code: 'qemu-exit',
    hint: expect.stringContaining('dmesg'),
  });
});

test('bench recognises firmware that starts nothing by its output', () => {
  const late = { kind: 'too-late', withinMs: ms(50_000) } as const;
  // OVMF 2022.11-6 of Debian with Microsoft's keys, on a disk without a signed loader.
  const lines = [
    'BdsDxe: failed to load Boot0001 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x1,0x0): Not Found',
    'BdsDxe: failed to start Boot0002 "EFI Internal Shell" from Fv(7CB8BDC9): Security Violation',
    'BdsDxe: No bootable option or device was found.',
    'BdsDxe: Press any key to enter the Boot Manager Menu.',
  ];
  expect(failureOf('b', late, lines.join('\r\n'))).toMatchObject({
    code: 'secure-boot',
    hint: expect.stringContaining('secureBoot: false'),
  });
  const bare = lines.filter((line) => !line.includes('Security')).join('\r\n');
  expect(failureOf('b', late, bare).code).toBe('nothing-to-boot');
  expect(failureOf('b', late, 'Booting from Hard Disk...\r\nNo bootable device.\r\n').code).toBe('nothing-to-boot');
  expect(failureOf('b', late, 'login: ').code).toBe('ready-timeout');
});
