/** A Debian image built here and booted: the base of all other tests. Half a minute per boot on a quiet machine. */
import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reboot } from '../../../src/guest/reboot.ts';
import type { Fleet, Machine } from '../../../src/model/provider.ts';
import { ms } from '../../../src/model/units.ts';
import { realTimer } from '../../support/timer.ts';
import { forever, type Lab, newLab, rebootOf, request, type ScenarioText, variantsOf } from './lab.ts';

const READY_FILE = '/run/hello/ready';
const HELLO = `[Unit]
Description=says hello, and takes its time
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/opt/hello/run
[Install]
WantedBy=multi-user.target
`;

const SCENARIO: Partial<ScenarioText> = {
  provider: { kind: 'qemu', images: { base: { debian: 'bookworm' } } },
  ready: { file: READY_FILE },
  variants: variantsOf({
    build: {
      from: 'base',
      files: { '/opt/hello/run': 'run', '/etc/systemd/system/hello.service': 'hello.service' },
      scripts: ['install.sh'],
      size: '1536M',
    },
  }),
};

let lab: Lab;
let fleet: Fleet;
beforeAll(async () => {
  lab = await newLab();
  await writeFile(path.join(lab.folder, 'hello.service'), HELLO);
  const run = `#!/bin/sh\nmkdir -p /run/hello\n(sleep 3; touch ${READY_FILE}) &\n`;
  await writeFile(path.join(lab.folder, 'run'), run, { mode: 0o700 });
  await writeFile(path.join(lab.folder, 'install.sh'), 'systemctl enable hello.service\nid -u >/opt/hello/built-by\n');
  fleet = await lab.open(SCENARIO);
});
afterAll(() => lab.end());

async function ask(machine: Machine, command: string): Promise<string> {
  const key = path.join(lab.folder, `key-${machine.ssh.port}`);
  await writeFile(key, machine.ssh.privateKey, { mode: 0o600 });
  const { stdout } = await promisify(execFile)('ssh', [
    ...['-i', key, '-p', String(machine.ssh.port), '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', 'root@127.0.0.1', command],
  ]);
  return stdout;
}

/** Every unit's four stamps, except those of units that start after the boot. */
const STAMPS = `systemctl show '*' -p Id -p InactiveExitTimestampMonotonic -p ActiveEnterTimestampMonotonic \\
  -p ActiveExitTimestampMonotonic -p InactiveEnterTimestampMonotonic | paste -s -d ' ' | sed 's/  /\\n/g' \\
  | grep -v -e bench-ready -e ssh@ -e session- -e user | sort`;

const stampsOf = async (machine: Machine): Promise<readonly string[]> =>
  (await ask(machine, STAMPS)).trim().split('\n');

/** Runs from the first test on, for the others to examine: a boot costs half a minute. */
let machine: Machine;

test('the same image and seed boot to the same microsecond in every unit, in another run too; another seed does not', async () => {
  const runs = [fleet, await lab.open(SCENARIO)];
  const twins = await Promise.all(runs.map((run, index) => run.boot(request(index + 1), forever)));
  expect(twins[0]?.ssh.privateKey).not.toBe(twins[1]?.ssh.privateKey);
  const [one, two] = await Promise.all(twins.map(stampsOf));
  const [kept, spare] = twins;
  await spare?.destroy();
  if (kept) machine = kept;
  const another = await fleet.boot(request(3, 'after', 7), forever);
  const other = await stampsOf(another);
  await another.destroy();
  expect(one?.length).toBeGreaterThan(60);
  expect(one?.filter((line) => /ActiveEnterTimestampMonotonic=[1-9]/.test(line)).length).toBeGreaterThan(30);
  expect(two).toEqual(one);
  expect(other).not.toEqual(one);
});

test('a booted machine answers over SSH with the keys of the run, once its file exists', async () => {
  expect(machine.facts).toMatchObject({ readyState: 'running', kernel: expect.stringMatching(/^6\.1\./), seed: 42 });
  const asked = await ask(
    machine,
    `stat -c '%a %U' /opt/hello/run /run/hello/ready; cat /opt/hello/built-by; systemctl is-active hello bench-ready
     ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub; systemctl --failed --no-legend; cat /proc/cmdline; date -u +%H`,
  );
  const { hostKey } = machine.ssh;
  expect(asked.split('\n')).toEqual([
    '755 root',
    '644 root',
    '0',
    'active',
    'active',
    `256 SHA256:${hostKey.kind === 'pinned' ? hostKey.sha256 : ''} bench (ED25519)`,
    machine.facts.kernelCommandLine,
    '12',
    '',
  ]);
});

test('the images come from the cache the second time', async () => {
  const before = lab.lines.length;
  const began = performance.now();
  const again = await lab.open(SCENARIO);
  expect(again.facts['image.before']).toBe(fleet.facts['image.before']);
  expect(lab.lines.length).toBe(before);
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a machine keeps its root disk to itself', async () => {
  const key = String(fleet.facts['image.before']);
  const disk = path.resolve('node_modules/.cache/bench-test/images', key, 'disk.raw');
  const { mtimeMs } = await stat(disk);
  await ask(machine, 'echo changed >/etc/changed && sync');
  await machine.destroy();
  expect((await stat(disk)).mtimeMs).toBe(mtimeMs);
  const next = await fleet.boot(request(4), forever);
  expect(await ask(next, 'ls /etc/changed 2>&1 || true')).toContain('No such file');
  await next.destroy();
});

test('a machine that reboots keeps its disk and its keys, and its clock continues', async () => {
  const build = { debian: 'bookworm' as const };
  const rebooting = await lab.open({ provider: { kind: 'qemu' }, boot: 'reboot', variants: variantsOf({ build }) });
  const first = await rebooting.boot(request(8), forever);
  const mark = 'cat /proc/sys/kernel/random/boot_id; date -u +%H';
  const before = await ask(first, `echo kept >/etc/kept; ${mark}`);
  await reboot(first.ssh, { reachWithinMs: ms(60_000), timer: realTimer }, forever);
  const second = await rebooting.boot(rebootOf(first, 9), forever);
  const after = await ask(second, `cat /etc/kept; ${mark}`);
  const [kept, bootId, hour] = after.split('\n');
  expect([kept, hour]).toEqual(['kept', '13']);
  expect(before).not.toContain(bootId);
  expect(before).toMatch(/\n12\n$/);
  await second.destroy();
});

test('the same image boots in real time as well, on a fresh overlay', async () => {
  const build = { debian: 'bookworm' as const };
  const provider = { kind: 'qemu', timing: 'wall', accel: 'tcg', cpus: 2 } as const;
  const wall = await lab.open({ provider, variants: variantsOf({ build }) });
  const machine = await wall.boot(request(7), forever);
  expect(machine.facts).toMatchObject({ timing: 'wall', cpus: 2, readyState: 'running' });
  expect(await ask(machine, 'findmnt -n -o SOURCE /; systemctl --failed --no-legend')).toBe('/dev/vda\n');
  await machine.destroy();
});
