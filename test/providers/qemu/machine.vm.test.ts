import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BootFailure } from '../../../src/model/provider.ts';
import { ms } from '../../../src/model/units.ts';
import { QEMU } from '../../../src/providers/qemu/accelerator.ts';
import { qemuArguments } from '../../../src/providers/qemu/arguments.ts';
import { CONSOLE_LIMIT_BYTES, type Launch, launch } from '../../../src/providers/qemu/machine.ts';
import {
  eventually,
  forever,
  isOpen,
  type Lab,
  newLab,
  processesIn,
  rebootOf,
  request,
  runContext,
  variantsOf,
} from './lab.ts';
import { READY, type TinyGuest, tinyGuest } from './tiny-guest.ts';

const SHAPE = {
  accelerator: 'tcg',
  timing: 'wall',
  cpus: 1,
  memoryBytes: 64 * 2 ** 20,
  kernelArguments: '',
  clockBase: '2026-01-01T12:00:00',
  seed: 1,
} as const;

let lab: Lab;
beforeEach(async () => {
  lab = await newLab();
});
afterEach(() => lab.end());

const put = (guest: TinyGuest, name = 'disk.raw') => writeFile(path.join(lab.folder, name), tinyGuest(guest));

async function failureOf(boot: Promise<unknown>): Promise<BootFailure> {
  const failure = await boot.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (failure instanceof BootFailure) return failure;
  throw new Error(`expected a failed boot, got ${failure}`);
}

/** One machine on its own overlay, without a fleet. */
async function launchOf(changes: Partial<Launch>): Promise<Launch> {
  const folder = path.join(lab.scratch, '0001-before');
  const file = path.join(folder, 'disk.qcow2');
  await mkdir(folder);
  const base = ['-b', path.join(lab.folder, 'disk.raw'), '-F', 'raw'];
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...base, file]);
  return {
    name: '0001-before',
    folder,
    command: [QEMU, ...qemuArguments(SHAPE, { kind: 'overlay', file })],
    environment: { PATH: process.env.PATH },
    facts: {},
    ssh: { user: 'root', privateKey: '', hostKey: { kind: 'trust-on-first-use' } },
    readyWithinMs: ms(60_000),
    consoleLimitBytes: CONSOLE_LIMIT_BYTES,
    requestedMs: ms(performance.now()),
    timer: runContext({ cacheFolder: '', scratchFolder: '', scenarioFolder: '' }).timer,
    ...changes,
  };
}

/** Nothing of a machine remains: no process, and only files that all boots of the run share. */
async function expectNothingLeft() {
  expect(await processesIn(lab.scratch)).toEqual([]);
  const left = (await readdir(lab.scratch, { recursive: true })).filter(
    (name) => !/^fleet-\w+(\/boot-\w+)?$/.test(name),
  );
  expect(left).toEqual([]);
}

describe('a boot that has ended', () => {
  test('leaves nothing where the QEMU command is a script that starts it', async () => {
    await put({ console: 'hello\r\n', marker: READY, end: 'idle' });
    const bin = path.join(lab.folder, 'bin');
    await mkdir(bin);
    const real = execFileSync('sh', ['-c', `command -v ${QEMU}`], { encoding: 'utf8' }).trim();
    await writeFile(path.join(bin, QEMU), `#!/bin/sh\n${real} "$@"\n`, { mode: 0o755 });
    const fleet = await lab.open({}, { environment: { PATH: `${bin}:${process.env.PATH}` } });
    const machine = await fleet.boot(request(1), forever);
    await machine.destroy();
    expect(await isOpen(machine.ssh.port)).toBe(false);
    expect(await eventually(async () => (await processesIn(lab.scratch)).length === 0)).toBe(true);
  });

  test('is a machine with its console, facts and outside marks, and its port leads to it', async () => {
    await put({ console: 'hello\r\n', marker: READY, end: 'idle' });
    const fleet = await lab.open({});
    const machine = await fleet.boot(request(1), forever);
    expect(await machine.console()).toBe('hello\r\n');
    expect(machine.facts).toMatchObject({ accelerator: 'tcg', timing: 'wall', cpus: 1, readyState: 'running' });
    expect(machine.marks.map(({ id }) => id)).toEqual(['outside.accepted', 'outside.running']);
    expect(machine.marks.map(({ us }) => us).every((us) => us > 0 && us < 60e6)).toBe(true);
    expect(machine.ssh).toMatchObject({ host: '127.0.0.1', user: 'root', hostKey: { kind: 'pinned' } });
    expect(await isOpen(machine.ssh.port)).toBe(true);
    await machine.destroy();
    expect(await isOpen(machine.ssh.port)).toBe(false);
    await expectNothingLeft();
    expect(await machine.console()).toBe('hello\r\n');
    await machine.destroy();
  });

  test('never wrote its image, and the next boot starts from it again', async () => {
    await put({ console: 'x', marker: READY, writesDisk: true, end: 'idle' });
    const disk = path.join(lab.folder, 'disk.raw');
    const sha256 = async () =>
      createHash('sha256')
        .update(await readFile(disk))
        .digest('hex');
    const untouched = await sha256();
    const fleet = await lab.open({});
    for (const number of [1, 2]) await (await fleet.boot(request(number), forever)).destroy();
    expect(await sha256()).toBe(untouched);
  });

  test('leaves two machines at once on two ports', async () => {
    await put({ console: 'x', marker: READY, end: 'idle' });
    const fleet = await lab.open({});
    const [one, two] = await Promise.all([fleet.boot(request(1), forever), fleet.boot(request(2, 'after'), forever)]);
    expect(one.ssh.port).not.toBe(two.ssh.port);
    await fleet.close();
    await fleet.close();
    await expectNothingLeft();
    expect(await readdir(lab.scratch)).toEqual([]);
  });
});

describe('a boot that fails', () => {
  test('by a kernel panic reports the panic of the kernel', async () => {
    await put({ console: '\r\nKernel panic - not syncing: No working init found.\r\n', end: 'reset' });
    const { failure, console, marks } = await failureOf((await lab.open({})).boot(request(1), forever));
    expect(failure).toMatchObject({ stage: 'boot', code: 'panic' });
    expect(failure.message).toContain('No working init found. (boot 0001-before)');
    expect(console).toContain('Kernel panic');
    expect(marks.length).toBe(2);
    await expectNothingLeft();
  });

  test('by a reboot in mid-boot differs from a panic', async () => {
    await put({ console: 'updating firmware\r\n', end: 'reset' });
    const { failure } = await failureOf((await lab.open({})).boot(request(1), forever));
    expect(failure.code).toBe('rebooted');
    expect(failure.message).toContain('updating firmware');
    await expectNothingLeft();
  });

  test('by powering itself off', async () => {
    await put({ console: 'bye\r\n', end: 'power-off' });
    const { failure } = await failureOf((await lab.open({})).boot(request(1), forever));
    expect(failure.code).toBe('powered-off');
  });

  test('by missing its time limit shows how far it came', async () => {
    await put({ console: 'Started one.\r\nA start job is running for two\r\n', end: 'idle' });
    const fleet = await lab.open({ ready: { within: '1s' } });
    const { failure } = await failureOf(fleet.boot(request(1), forever));
    expect(failure.code).toBe('ready-timeout');
    expect(failure.message).toContain('within 1 s');
    expect(failure.message).toContain('Started one. | A start job is running for two');
    await expectNothingLeft();
  });

  test('by endless output ends before it fills the disk', async () => {
    await put({ console: 'x', end: 'flood' });
    const boot = launch(await launchOf({ consoleLimitBytes: 64 * 1024 }), forever);
    const { failure, console } = await failureOf(boot);
    expect(failure).toMatchObject({ code: 'console-flood', message: expect.stringContaining('over 64 KiB') });
    expect(console.length).toBeLessThan(2 ** 20);
    await expectNothingLeft();
  });

  test('by spinning before any kernel ends long before its time limit, and comes up at the next start', async () => {
    await put({ console: 'up\r\n', marker: READY, spinsOnce: true, end: 'idle' });
    const what = await launchOf({ stuckAfterMs: ms(2000), readyWithinMs: ms(300_000) });
    const { failure } = await failureOf(launch(what, forever));
    expect(failure).toMatchObject({ stage: 'boot', code: 'stuck-before-kernel' });
    expect(failure.message).toMatch(
      /^The machine spins in its firmware .* \(boot 0001-before\)\. Its console is empty\.$/,
    );
    expect(await processesIn(lab.scratch)).toEqual([]);
    const machine = await launch(what, forever);
    expect(await machine.console()).toBe('up\r\n');
    await machine.destroy();
    await expectNothingLeft();
  });

  test('because QEMU does not start reports the message of QEMU', async () => {
    await put({ console: 'x', end: 'idle' });
    const provider = { kind: 'qemu' as const, timing: 'wall' as const, accel: 'tcg' as const, memory: '64M', cpus: 64 };
    const fleet = await lab.open({ provider: { ...provider, memory: '900000G' } });
    const { failure } = await failureOf(fleet.boot(request(1), forever));
    expect(failure).toMatchObject({ stage: 'create', code: 'qemu-exit' });
    expect(failure.message).toMatch(/QEMU ended with exit code 1: qemu-system-x86_64: .*memory/i);
    await expectNothingLeft();
  });
});

describe('a machine with the order to reboot', () => {
  // These guests go down by themselves a while after their boot, as a machine with that order does.
  const goesDown = { console: 'x', marker: READY, standsMs: 1500, end: 'reset' } as const;

  test('boots again on the same disk, and only the last of its boots ends it', async () => {
    await put(goesDown);
    const fleet = await lab.open({ boot: 'reboot' });
    const first = await fleet.boot(request(1), forever);
    const [folder = ''] = await readdir(lab.scratch);
    const diskOf = (boot: string) => stat(path.join(lab.scratch, folder, boot, 'disk.qcow2'));
    const { ino } = await diskOf('0001-before');
    const second = await fleet.boot(rebootOf(first, 2), forever);
    const third = await fleet.boot(rebootOf(second, 3), forever);
    expect((await diskOf('0003-before')).ino).toBe(ino);
    expect((await readdir(path.join(lab.scratch, folder))).filter((name) => /^\d/.test(name))).toEqual(['0003-before']);
    await third.destroy();
    await first.destroy();
    await expectNothingLeft();
  });

  test('that does not go down has failed after as long as a boot may take', async () => {
    await put({ console: 'Stopping one.\r\n', marker: READY, end: 'idle' });
    const fleet = await lab.open({ boot: 'reboot', ready: { within: '2s' } });
    const machine = await fleet.boot(request(1), forever);
    const { failure } = await failureOf(fleet.boot(rebootOf(machine, 2), forever));
    expect(failure).toMatchObject({ stage: 'boot', code: 'shutdown-timeout' });
    expect(failure.message).toBe(
      'The guest did not shut down within 2 s for a reboot (boot 0002-before). Its console ends with: Stopping one.',
    );
    await expectNothingLeft();
  });

  test('that powers itself off has failed', async () => {
    await put({ ...goesDown, end: 'power-off' });
    const fleet = await lab.open({ boot: 'reboot' });
    const machine = await fleet.boot(request(1), forever);
    const { failure } = await failureOf(fleet.boot(rebootOf(machine, 2), forever));
    expect(failure.code).toBe('powered-off');
    await expectNothingLeft();
  });

  test('is gone with the fleet while it goes down', async () => {
    await put({ console: 'x', marker: READY, end: 'idle' });
    const fleet = await lab.open({ boot: 'reboot' });
    const boot = fleet.boot(rebootOf(await fleet.boot(request(1), forever), 2), forever);
    boot.catch(() => {});
    await fleet.close();
    await expect(boot).rejects.toThrow('the fleet is closed');
    await expectNothingLeft();
  });
});

describe('kept machines', () => {
  test('outlive the fleet, answer to one reported command, and end by the other', async () => {
    await put({ console: 'x', marker: READY, end: 'idle' });
    const fleet = await lab.open({}, { keep: { machines: 2 } });
    const [one, two] = await Promise.all([fleet.boot(request(1), forever), fleet.boot(request(2), forever)]);
    const kept = await one.keep?.();
    await one.destroy();
    await two.destroy();
    await fleet.close();
    expect(await processesIn(lab.scratch)).toHaveLength(1);
    expect(await isOpen(one.ssh.port)).toBe(true);
    const key = /^ssh -i '([^']+)' /.exec(kept?.reach ?? '')?.[1] ?? '';
    expect(await readFile(key, 'utf8')).toBe(one.ssh.privateKey);
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(kept?.reach).toMatch(new RegExp(`-p ${one.ssh.port} root@127\\.0\\.0\\.1$`));
    execFileSync('sh', ['-c', kept?.end ?? '']);
    expect(await eventually(async () => (await processesIn(lab.scratch)).length === 0)).toBe(true);
    expect(existsSync(lab.scratch)).toBe(false);
  });

  test('lead to a refusal where this computer has no room for all of them', async () => {
    await put({ console: 'x', end: 'idle' });
    await expect(lab.open({}, { keep: { machines: 1_000_000 } })).rejects.toMatchObject({
      kind: 'usage',
      message: /would leave 1000000 machines of 0\.1 GiB running/,
    });
  });
});

describe('a fault before any machine', () => {
  test('an image that is not there', async () => {
    await expect(lab.open({})).rejects.toMatchObject({
      kind: 'usage',
      message: /the image .*disk\.raw does not exist/,
    });
  });

  test('an image with another sha256 than the scenario says', async () => {
    await put({ console: 'x', end: 'idle' });
    const variants = variantsOf({ file: 'disk.raw', sha256: '0'.repeat(64) });
    await expect(lab.open({ variants })).rejects.toMatchObject({
      kind: 'usage',
      message: /has the sha256 [0-9a-f]{64}/,
    });
  });

  test('an image that would show another file of this computer to its guest', async () => {
    const header = Buffer.alloc(512);
    header.write('QFI\xfb', 'latin1');
    header.writeUInt32BE(3, 4);
    header.writeBigUInt64BE(200n, 8);
    header.writeUInt32BE(11, 16);
    header.write('/etc/shadow', 200);
    await writeFile(path.join(lab.folder, 'disk.raw'), header);
    await expect(lab.open({})).rejects.toMatchObject({ kind: 'usage', message: /needs a backing file/ });
  });

  test('virtual timing under KVM', async () => {
    const provider = { kind: 'qemu' as const, timing: 'virtual' as const, accel: 'kvm' as const };
    await expect(lab.open({ provider })).rejects.toMatchObject({ kind: 'usage', message: /KVM cannot/ });
  });

  test('a computer without QEMU', async () => {
    await put({ console: 'x', end: 'idle' });
    await expect(lab.open({}, { environment: { PATH: '/nonexistent' } })).rejects.toMatchObject({
      kind: 'world',
      message: /^This computer lacks qemu-system-x86_64 \(runs the machines\)/,
      hint: expect.stringContaining('apt-get install --no-install-recommends qemu-system-x86'),
    });
  });
});

describe('an end from outside', () => {
  test('an abort in mid-boot leaves no process, port or file', async () => {
    await put({ console: 'still booting', end: 'idle' });
    const fleet = await lab.open({});
    const abort = new AbortController();
    const boot = fleet.boot(request(1), abort.signal);
    boot.catch(() => {});
    expect(await eventually(async () => (await processesIn(lab.scratch)).length === 1)).toBe(true);
    abort.abort(new Error('enough'));
    await expect(boot).rejects.toThrow('enough');
    await expectNothingLeft();
  });

  test('closing the fleet in mid-boot does the same', async () => {
    await put({ console: 'still booting', end: 'idle' });
    const fleet = await lab.open({});
    const boot = fleet.boot(request(1), forever);
    boot.catch(() => {});
    expect(await eventually(async () => (await processesIn(lab.scratch)).length === 1)).toBe(true);
    await fleet.close();
    await expect(boot).rejects.toThrow('the fleet is closed');
    await expectNothingLeft();
  });
});
