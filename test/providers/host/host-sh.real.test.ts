/**
 * Every way of host.sh to choose a boot and to undo the choice, run by a real sh. Stand-ins for loaders print what the real ones
 * print. `ostree admin status` follows ostree-admin-status(1) and its source (ot-admin-builtin-status.c, 2023). Variables and
 * entries of systemd-boot follow the Boot Loader Interface and Specification. A real systemd-boot is in host.long.test.ts.
 */
import { release as kernelRelease } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { descriptionOf, lockOf } from '../../../src/providers/host/remote.ts';
import { LOADER_GUID, type MachineShell, machineShell, whyNoMachineShell } from './machine-shell.ts';

const release = kernelRelease();

let machine: MachineShell;
beforeEach(() => {
  if (!whyNoMachineShell()) machine = machineShell();
});
afterEach(() => machine?.end());

const arm = (kind: string, value: string, settings: Readonly<Record<string, string>> = {}) =>
  machine.run('arm', { KIND: kind, VALUE: value, ORIGINAL: '', CMDLINE: 'root=/dev/sda1 ro', ...settings });
const ok = { code: 0, stderr: '' };

/** Attributes, then UTF-16. */
const variable = (name: string, text: string) =>
  machine.write(
    `/sys/firmware/efi/efivars/${name}-${LOADER_GUID}`,
    `\x06\0\0\0${[...text, '\0'].map((c) => `${c}\0`).join('')}`,
  );

function systemdBoot(): void {
  variable('LoaderInfo', 'systemd-boot 252.39-1~deb12u1');
  variable('LoaderEntrySelected', 'debian-6.1.0-41-amd64.conf');
  machine.program('bootctl', 'case $1 in --print-*) echo /boot ;; esac');
}
const ENTRY =
  'title Debian GNU/Linux\nversion 6.1.0-41-amd64\nsort-key debian\noptions root=UUID=7 ro quiet\nlinux /debian/linux\n';

describe.skipIf(whyNoMachineShell())('with systemd-boot', () => {
  beforeEach(systemdBoot);

  test('the machine says which entry it booted', () => {
    const seen = descriptionOf(machine.run('describe').stdout);
    expect(seen).toMatchObject({ loader: 'systemd-boot', entry: 'debian-6.1.0-41-amd64.conf', deployment: '' });
  });

  test.each([
    ['after', 'after.conf'],
    ['after.conf', 'after.conf'],
    ['fedora_6.9.efi', 'fedora_6.9.efi'],
    ['auto-windows', 'auto-windows'],
  ])('host.sh chooses the entry %s for one boot, as %s', (entry, id) => {
    expect(arm('entry', entry)).toMatchObject(ok);
    expect(machine.calls().at(-1)).toBe(`bootctl set-oneshot ${id}`);
  });

  test.each(['debian-6.1.0-41-amd64.conf', 'debian-6.1.0-41-amd64+2-1.conf'])(
    'kernel arguments make an entry like the running one, from %s, which disappears when host.sh undoes the choice',
    (file) => {
      machine.write(`/boot/loader/entries/${file}`, ENTRY);
      expect(arm('arguments', 'mitigations=off', { ORIGINAL: 'debian-6.1.0-41-amd64.conf' })).toMatchObject(ok);
      expect(machine.calls().at(-1)).toBe('bootctl set-oneshot bench-arguments.conf');
      expect(machine.read('/boot/loader/entries/bench-arguments.conf')).toBe(
        `${ENTRY.replace('Linux\n', 'Linux (bench)\n').replace('sort-key debian\n', '')}options mitigations=off\n`,
      );
      expect(machine.run('disarm')).toMatchObject(ok);
      expect(machine.calls()).toContain('bootctl set-oneshot ');
      expect(() => machine.read('/boot/loader/entries/bench-arguments.conf')).toThrow('ENOENT');
      expect(machine.read(`/boot/loader/entries/${file}`)).toBe(ENTRY);
    },
  );

  test('no kernel arguments choose the entry that boots anyway', () => {
    expect(arm('arguments', '')).toMatchObject(ok);
    expect(machine.calls().filter((call) => call.includes('oneshot'))).toEqual(['bootctl set-oneshot ']);
  });

  test('a unified kernel image has no command line to extend', () => {
    const { code, stderr } = arm('arguments', 'nosmt', { ORIGINAL: 'fedora_6.9.efi' });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'there is no entry fedora_6.9.efi to take the kernel from, in /boot (unified kernel images have none)\n',
    });
  });

  test('host.sh can undo a choice with an old bootctl that knows no empty choice', () => {
    variable('LoaderEntryOneShot', 'after.conf');
    machine.program('bootctl', 'case $1 in --print-*) echo /boot ;; *) exit 1 ;; esac');
    expect(machine.run('disarm').code).toBe(0);
    expect(() => machine.read(`/sys/firmware/efi/efivars/LoaderEntryOneShot-${LOADER_GUID}`)).toThrow('ENOENT');
  });
});

describe.skipIf(whyNoMachineShell())('with GRUB', () => {
  test.each(['grub', 'grub2'])('as %s, host.sh chooses an entry for one boot, and undoes the choice', (name) => {
    machine.program(`${name}-reboot`, '');
    machine.program(`${name}-editenv`, '');
    expect(descriptionOf(machine.run('describe').stdout).loader).toBe('grub');
    expect(arm('entry', 'gnulinux-advanced-7>gnulinux-6.1.0-41-amd64-advanced-7')).toMatchObject(ok);
    expect(machine.calls()).toEqual([
      `${name}-editenv - unset next_entry`,
      `${name}-reboot gnulinux-advanced-7>gnulinux-6.1.0-41-amd64-advanced-7`,
    ]);
    expect(machine.run('disarm')).toMatchObject(ok);
    expect(machine.calls()).toEqual([`${name}-editenv - unset next_entry`]);
  });

  test('the machine passes on what GRUB says against an entry', () => {
    machine.program('grub-editenv', '');
    machine.program('grub-reboot', 'echo "grub-reboot: error: environment block is read-only" >&2; exit 1');
    expect(arm('entry', '2')).toMatchObject({ code: 1, stderr: expect.stringContaining('read-only') });
  });
});

test.skipIf(whyNoMachineShell())('host.sh refuses an entry without a loader that takes orders', () => {
  expect(arm('entry', 'after')).toMatchObject({ code: 1, stderr: expect.stringContaining('needs systemd-boot') });
});

describe.skipIf(whyNoMachineShell())('with kexec', () => {
  beforeEach(() => {
    machine.program(
      'kexec',
      'case $1 in -l) echo 1 >/sys/kernel/kexec_loaded ;; -u) echo 0 >/sys/kernel/kexec_loaded ;; esac',
    );
    machine.program('systemctl', '');
    machine.write('/sys/kernel/kexec_loaded', '0\n');
  });

  test.each([
    ['Debian', `/boot/vmlinuz-${release}`, `/boot/initrd.img-${release}`],
    ['Fedora', `/boot/vmlinuz-${release}`, `/boot/initramfs-${release}.img`],
    ['SUSE', `/boot/vmlinuz-${release}`, `/boot/initrd-${release}`],
    ['an ostree', `/usr/lib/modules/${release}/vmlinuz`, `/usr/lib/modules/${release}/initramfs.img`],
    ['no initrd', `/boot/vmlinuz-${release}`, ''],
  ])('host.sh loads kernel and initrd of %s with the arguments, boots and unloads them', (_, kernel, initrd) => {
    for (const file of [kernel, initrd].filter(Boolean)) machine.write(file, '');
    expect(arm('arguments', 'nosmt a="b c"')).toMatchObject(ok);
    expect(machine.calls()).toEqual([
      `kexec -l ${kernel}${initrd && ` --initrd=${initrd}`} --command-line=root=/dev/sda1 ro nosmt a="b c"`,
    ]);
    machine.run('order');
    expect(machine.calls()).toEqual(['systemctl kexec']);
    machine.run('disarm');
    machine.run('order');
    expect(machine.calls()).toEqual(['kexec -u', 'systemctl reboot']);
  });

  test('the baseline without arguments boots in the same way', () => {
    machine.write(`/boot/vmlinuz-${release}`, '');
    expect(arm('arguments', '')).toMatchObject(ok);
    expect(machine.calls()).toEqual([`kexec -l /boot/vmlinuz-${release} --command-line=root=/dev/sda1 ro`]);
  });

  test('a kernel that another variant loaded does not boot', () => {
    machine.write(`/boot/vmlinuz-${release}`, '');
    arm('arguments', 'nosmt');
    expect(arm('as-is', '')).toMatchObject(ok);
    expect(machine.calls()).toContain('kexec -u');
  });
});

const BOOTED = '67e382b11d213a402a5313e61cbc69dfd5ab93cb07a2b1c0d3e4f5a6b7c8d9e0';
const OTHER = 'ce19c41036cc45e49b0cecf6b157523c2105c4de1ce3b2a1908f7e6d5c4b3a29';

describe.skipIf(whyNoMachineShell())('with ostree', () => {
  /** The first of them boots next. */
  const deployments = (...lines: string[]) =>
    machine.write(
      '/var/lib/ostree-status',
      lines
        .map((line) => `${line}\n    Version: 40.1\n    origin refspec: fedora:fedora/x86_64/coreos/stable\n`)
        .join(''),
    );
  beforeEach(() => {
    machine.program('ostree', 'case $* in "admin status") cat /var/lib/ostree-status ;; esac');
    deployments(`* fedora-coreos ${BOOTED}.0`, `  fedora-coreos ${OTHER}.1 (rollback)`);
  });

  test('the machine says which deployment runs, and which comes next', () => {
    deployments(`  fedora-coreos ${OTHER}.1 (pending)`, `* fedora-coreos ${BOOTED}.0`);
    expect(descriptionOf(machine.run('describe').stdout)).toMatchObject({
      deployment: `${BOOTED}.0`,
      nextDeployment: `${OTHER}.1`,
    });
  });

  test('the start of a checksum selects its deployment', () => {
    expect(arm('deployment', 'ce19c41', { NEXT_DEPLOYMENT: `${BOOTED}.0` })).toMatchObject(ok);
    expect(machine.calls().at(-1)).toBe('ostree admin set-default 1');
  });

  test('host.sh undoes the choice, also where the machine has not booted since', () => {
    deployments(`  fedora-coreos ${OTHER}.1 (pending)`, `* fedora-coreos ${BOOTED}.0`);
    expect(machine.run('disarm', { NEXT_DEPLOYMENT: `${BOOTED}.0` })).toMatchObject(ok);
    expect(machine.calls()).toContain('ostree admin set-default 1');
  });

  test('without a choice host.sh undoes nothing', () => {
    expect(machine.run('disarm', { NEXT_DEPLOYMENT: `${BOOTED}.0` })).toMatchObject(ok);
    expect(machine.calls().filter((call) => call.includes('set-default'))).toEqual([]);
  });

  test.each([
    ['is not there', 'abcdef', `  fedora-coreos ${OTHER}.1`],
    ['is there twice, with other arguments', '67e382', `  fedora-coreos ${BOOTED}.1 (rollback)`],
  ])('a deployment that %s leads to a refusal that lists the others', (_, wanted, second) => {
    deployments(`* fedora-coreos ${BOOTED}.0`, second);
    const { code, stderr } = arm('deployment', wanted);
    expect(code).toBe(1);
    expect(stderr).toContain(`there is not one deployment ${wanted}: ${BOOTED}.0 `);
    expect(machine.calls().filter((call) => call.includes('set-default'))).toEqual([]);
  });
});

describe.skipIf(whyNoMachineShell())('the lock', () => {
  const lock = (run: string) =>
    lockOf(
      machine.run('lock', { RUN: run, SCENARIO: 'rack', OWNER: 'ann@desk', SINCE: '2026-01-01', DELETE_AFTER: '' })
        .stdout,
    );

  test('belongs to the first run until that run releases it', () => {
    expect(lock('one')?.run).toBe('one');
    expect(lock('two')).toMatchObject({ run: 'one', owner: 'ann@desk' });
    machine.run('unlock');
    expect(lock('two')?.run).toBe('two');
  });

  test("remembers the machine's original state, and what the run has put on it since", () => {
    systemdBoot();
    const first = lock('one');
    machine.run('mark', { VALUE: 'after' });
    variable('LoaderEntrySelected', 'after.conf');
    expect(lock('one')).toEqual({ ...first, applied: 'after' });
    expect(first?.original.entry).toBe('debian-6.1.0-41-amd64.conf');
    expect(first?.applied).toBeUndefined();
  });

  test('that host.sh cannot write leads to an error', () => {
    machine.write('/var/lib/bench-host', '');
    const { code, stderr } = machine.run('lock', { RUN: 'one', SCENARIO: '', OWNER: '', SINCE: '', DELETE_AFTER: '' });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot write /var/lib/bench-host'),
    });
  });
});
