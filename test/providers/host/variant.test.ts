import { describe, expect, test } from 'vitest';
import { resultsOf } from '../../../src/providers/host/doctor.ts';
import type { Description, Lock } from '../../../src/providers/host/remote.ts';
import { HostScenario, type HostVariant } from '../../../src/providers/host/scenario.ts';
import { isAsBefore, judge, tellsItself } from '../../../src/providers/host/variant.ts';

const original: Description = {
  ...{ bootId: 'a', commandLine: 'root=/dev/sda1 quiet', entry: 'debian-6.1.conf', loader: 'systemd-boot' },
  ...{ kernel: '6.1.0', clockS: 0, deployment: '', nextDeployment: '' },
};
const lock: Lock = { run: 'r', scenario: 's', owner: 'o', since: '', deleteAfter: '', original, applied: undefined };
const codeOf = (
  variant: HostVariant,
  seen: Partial<Description>,
  verified?: { text: string; exitCode: number | null },
) =>
  judge(
    { boot: '0001-after', name: 'after', variant, lock, bootIdBefore: 'b' },
    { ...original, bootId: 'c', ...seen },
    verified,
  )?.code;

describe('a boot', () => {
  test('with the boot id of the one before does not count', () => {
    expect(codeOf({ kernelArguments: '' }, { bootId: 'b' })).toBe('not-rebooted');
    expect(codeOf({ kernelArguments: '' }, { bootId: '' })).toBe('not-rebooted');
  });

  test.each<[string, HostVariant, Partial<Description>, string | undefined]>([
    ['of the entry that was asked for', { entry: 'after' }, { entry: 'after.conf' }, undefined],
    ['of an entry whose tries are counted', { entry: 'after.conf' }, { entry: 'after+3-1.conf' }, undefined],
    ['of another entry', { entry: 'after' }, { entry: 'debian-6.1.conf' }, 'wrong-variant'],
    [
      'with all arguments',
      { kernelArguments: 'mitigations=off nosmt' },
      { commandLine: 'root=/dev/sda1 quiet nosmt mitigations=off' },
      undefined,
    ],
    [
      'without one of them',
      { kernelArguments: 'mitigations=off nosmt' },
      { commandLine: 'root=/dev/sda1 quiet nosmt' },
      'wrong-variant',
    ],
    ['of the machine as it is', { kernelArguments: '' }, {}, undefined],
    [
      'with arguments that the machine as it is has not',
      { kernelArguments: '' },
      { commandLine: 'root=/dev/sda1 quiet nosmt' },
      'wrong-variant',
    ],
    [
      'with arguments that another variant has',
      { kernelArguments: 'nosmt' },
      { commandLine: 'root=/dev/sda1 quiet nosmt mitigations=off' },
      'wrong-variant',
    ],
    ['of the deployment', { deployment: 'abc123' }, { deployment: 'abc123def.0' }, undefined],
    [
      'of another deployment with the same kernel',
      { deployment: 'abc123' },
      { deployment: 'fff456.0', commandLine: 'ostree=/ostree/boot.1/os/abc123/1' },
      'wrong-variant',
    ],
    ['of no deployment', { deployment: 'abc123' }, {}, 'wrong-variant'],
  ])('%s', (_, variant, seen, code) => expect(codeOf(variant, seen)).toBe(code));

  test('that verify denies, or that verify could not judge, does not belong to the variant', () => {
    const variant = { apply: ['./deploy'], verify: 'test -e /after' };
    expect(codeOf(variant, {}, { text: '', exitCode: 0 })).toBeUndefined();
    expect(codeOf(variant, {}, { text: 'no such file', exitCode: 1 })).toBe('wrong-variant');
    expect(codeOf(variant, {}, undefined)).toBe('wrong-variant');
  });

  test('identifies its variant where the loader or the kernel reports it', () => {
    expect(tellsItself({ entry: 'after' }, original)).toBe(true);
    expect(tellsItself({ entry: '1>2' }, { ...original, loader: 'grub' })).toBe(false);
    expect(tellsItself({ kernelArguments: 'nosmt' }, { ...original, loader: 'grub' })).toBe(true);
    expect(tellsItself({ apply: ['./deploy'] }, original)).toBe(false);
  });
});

describe('a machine', () => {
  const asBefore = (seen: Partial<Description>, before: Partial<Description> = {}) =>
    isAsBefore({ ...original, ...before, ...seen }, { ...lock, original: { ...original, ...before } });

  test('is in its original state when its kernel command line is equivalent and its loader took the same entry', () => {
    expect(asBefore({ bootId: 'z' })).toBe(true);
    expect(asBefore({ entry: 'after.conf' })).toBe(false);
    expect(asBefore({ commandLine: 'root=/dev/sda1 quiet nosmt' })).toBe(false);
  });

  test('of ostree is in its original state when its deployment runs, whatever place and name that has now', () => {
    const before = { deployment: 'aaa.0', nextDeployment: 'aaa.0', commandLine: 'ostree=/ostree/boot.0/os/k/0 rw' };
    const seen = { entry: 'ostree-2.conf', commandLine: 'ostree=/ostree/boot.1/os/k/1 rw' };
    expect(asBefore(seen, before)).toBe(true);
    expect(asBefore({ ...seen, deployment: 'bbb.0' }, before)).toBe(false);
    expect(asBefore({ ...seen, commandLine: 'ostree=/ostree/boot.1/os/k/1 rw nosmt' }, before)).toBe(false);
  });

  test('of ostree that was about to boot an update boots it', () => {
    const before = { deployment: 'aaa.0', nextDeployment: 'bbb.0' };
    expect(asBefore({ deployment: 'bbb.0' }, before)).toBe(true);
  });
});

const text = (after: object) => ({
  name: 'rack',
  provider: { kind: 'host', hosts: ['node1'] },
  variants: { before: { image: { entry: 'before' } }, after: { image: after } },
});

describe('a scenario of existing machines', () => {
  test('reboots by itself, and needs a way to identify an applied variant', () => {
    expect(HostScenario.parse(text({ entry: 'after' })).boot).toBe('reboot');
    expect(HostScenario.safeParse(text({ apply: './deploy after' })).error?.issues[0]?.message).toContain(
      'add verify, or an expectation',
    );
    const expecting = {
      ...text({ apply: './deploy after' }),
      expect: [{ file: '/etc/after', mode: '0644', of: 'after' }],
    };
    expect(HostScenario.safeParse(expecting).success).toBe(true);
    expect(HostScenario.safeParse(text({ entry: 'a', kernelArguments: 'b' })).error?.issues[0]?.message).toContain(
      'exactly one of',
    );
  });

  test('gets the list of what its machine lacks', () => {
    const said = 'boot-id=\nloader=none\nclock=1000\nroot=1000\nsystemd=\ninhibitors=1\nheld=nightly-1\n';
    const scenario = HostScenario.parse(text({ entry: 'after' }));
    const found = resultsOf({ host: 'node1', port: 22, user: 'admin' }, said, scenario, '1970-01-01T00:10:00Z');
    expect(found.map(({ check, state }) => `${check.replace('node1: ', '')} ${state}`)).toEqual([
      'login missing',
      'reboot missing',
      'inhibitors note',
      'boot id missing',
      'lock missing',
      'clock note',
      'loader missing',
      'before missing',
      'after missing',
      'in use note',
    ]);
    expect(found.every(({ todo }) => todo !== undefined)).toBe(true);
    expect(found.find(({ check }) => check === 'node1: clock')?.says).toBe('400 s ahead');
  });

  test.each([
    ['loader=grub', 'missing: neither systemd-boot nor kexec'],
    ['loader=grub\nkexec=/usr/sbin/kexec', 'ok: by /usr/sbin/kexec'],
    ['loader=systemd-boot\nkexec=/usr/sbin/kexec', 'missing: bootctl finds no boot partition'],
    ['loader=systemd-boot\nboot-path=/efi', 'ok: an entry in /efi'],
  ])('gets what kernel arguments need of a machine that says %j', (said, says) => {
    const scenario = HostScenario.parse(text({ kernelArguments: 'quiet' }));
    const target = { host: 'node1', port: 22, user: 'root' };
    const found = resultsOf(target, said, scenario, '1970-01-01T00:10:00Z');
    const [about] = found.filter(({ check }) => check === 'node1: kernel arguments');
    expect(`${about?.state}: ${about?.says}`).toBe(says);
  });
});
