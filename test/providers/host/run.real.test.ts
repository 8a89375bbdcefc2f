/** Stand-ins for machines (fake-host.ts): a real sshd that goes down and comes up. Real ones are in host.long.test.ts. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shellOpener } from '../../../src/guest/shell.ts';
import { host as kind } from '../../../src/providers/host/kind.ts';
import { HostScenario } from '../../../src/providers/host/scenario.ts';
import { collectGarbage } from '../../../src/stages/gc.ts';
import { runFolder } from '../../../src/store/run-folder.ts';
import { startSshd } from '../../support/sshd.ts';
import { realTimer as timer } from '../../support/timer.ts';
import { entries, type HostText, runOnHosts, scenarioText } from './experiment.ts';
import { type FakeHost, startFakeHost, whyNoHost, whyNoSudo } from './fake-host.ts';

let home: string;
let machine: FakeHost;
let lines: string[];
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'bench-rack-'));
  lines = [];
  if (!whyNoHost()) machine = await startFakeHost();
});
afterEach(async () => {
  await machine?.stop();
  rmSync(home, { recursive: true });
});

const run = (changes: Partial<HostText> = {}, signal?: AbortSignal) =>
  runOnHosts({
    text: scenarioText([machine], changes),
    home,
    say: (line) => lines.push(line),
    ...(signal && { signal }),
  });

const program = (name: string, text: string) => {
  writeFileSync(path.join(home, name), `#!/bin/sh\n${text}\n`);
  chmodSync(path.join(home, name), 0o755);
};

/** In its original state: its own entry runs, no other entry boots next, no process holds its lock. */
const expectRestored = () => {
  expect(machine.entry()).toBe('installed');
  expect(machine.left()).toEqual({ next: false, locked: false });
};

const LEFT = { next: false, locked: false };

describe.skipIf(whyNoHost())('an existing machine', () => {
  test('boots both variants of every block, each after an unmeasured boot, and returns to its original state', async () => {
    const { findings, failures } = await run({ blocks: 2 });
    expect([...failures]).toEqual([]);
    expect(findings.comparison.metrics[0]).toMatchObject({ before: { medianUs: 10e6 }, after: { medianUs: 12e6 } });
    // Two boots of each variant and block, and the one that restores it.
    expect(machine.reboots()).toBe(2 * 2 * 2 + 1);
    expectRestored();
    const [record] = findings.records;
    expect(record?.events.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['outside.accepted', 'outside.tcp-open', 'outside.ssh']),
    );
    const page = readFileSync(path.join(home, 'rack-1/report.html'), 'utf8');
    expect(page).toContain(
      'The same machines booted all variants, in random order. One boot after each switch was discarded',
    );
    const raw = await runFolder(path.join(home, 'rack-1')).readRaw(record?.boot.id ?? '');
    expect(Buffer.from(raw.get('host/description') ?? []).toString()).toMatch(/^boot-id=[0-9a-f-]{36}$/m);
  });

  test('holds whole blocks, where there are two: each block on one machine, both machines at a time', async () => {
    const second = await startFakeHost({ like: machine });
    try {
      machine.write('known_hosts', readFileSync(machine.knownHosts, 'utf8') + readFileSync(second.knownHosts, 'utf8'));
      const text = scenarioText([machine, second], { blocks: 4 });
      const { failures, findings } = await runOnHosts({ text, home });
      expect([...failures]).toEqual([]);
      const hosts = (block: number) =>
        new Set(findings.records.filter(({ boot }) => boot.block === block).map(({ machine: { host } }) => host));
      const [one, other] = [machine, second].map(({ port }) => `127.0.0.1:${port}`);
      expect([1, 2, 3, 4].map((block) => [...hosts(block)])).toEqual([[one], [other], [one], [other]]);
      expectRestored();
      expect([second.entry(), second.left()]).toEqual(['installed', LEFT]);
    } finally {
      await second.stop();
    }
  });

  test('that boots another entry than ordered never counts, and returns to its original state', async () => {
    machine.ignoreEntries();
    const { findings, failures } = await run({ blocks: 2 });
    expect([...failures.values()].map(({ code }) => code)).toEqual(['wrong-variant', 'wrong-variant']);
    expect([...failures.values()][0]?.message).toMatch(
      /^Boot 000\d-\w+ did not boot \w+: grep -q entry=\w+ \/proc\/cmdline ended with 1/,
    );
    expect(findings.records.filter(({ outcome }) => outcome === 'booted')).toEqual([]);
    expectRestored();
  });

  test('that does not reboot has failed, and says why', async () => {
    machine.write('inhibited', '');
    const { failures } = await run();
    expect([...failures.values()][0]).toMatchObject({
      code: 'host-order',
      message: 'The machine could not reboot: Operation inhibited by "backup".',
    });
    expectRestored();
  });

  test('returns to its original state after an interrupt of the run', async () => {
    const interrupt = new AbortController();
    machine.onReboot((count) => count === 2 && interrupt.abort(new DOMException('interrupted', 'AbortError')));
    await expect(run({}, interrupt.signal)).rejects.toThrow('interrupted');
    expectRestored();
  });

  test('that another run holds makes bench refuse and leave it alone', async () => {
    const text =
      'run=theirs\nscenario=nightly\nowner=ann@desk\nsince=2026-01-01T00:00:00Z\ndelete-after=2026-01-02T00:00:00Z\n';
    mkdirSync(path.join(machine.folder, 'lib/bench-host'));
    machine.write('lib/bench-host/lock', text);
    await expect(run()).rejects.toThrow(
      /^The run theirs of ann@desk uses 127\.0\.0\.1:\d+ since 2026-01-01T00:00:00Z\.$/,
    );
    expect(machine.reboots()).toBe(0);
    expect(readFileSync(path.join(machine.folder, 'lib/bench-host/lock'), 'utf8')).toBe(text);
  });

  test('belongs to one run: bench refuses a second that starts meanwhile, and the first continues', async () => {
    let second: Promise<unknown> | undefined;
    machine.onReboot((count) => {
      if (count === 2)
        second = runOnHosts({ text: scenarioText([machine]), home, id: 'rack-2' }).catch((cause) => cause);
    });
    const { failures } = await run();
    expect([...failures]).toEqual([]);
    expect(await second).toMatchObject({
      kind: 'world',
      message: expect.stringMatching(/^The run rack-1 of .* uses /),
    });
    expectRestored();
  });

  test('listed under two names in a scenario makes bench refuse before any reboot', async () => {
    const { provider } = scenarioText([machine]);
    const [address = ''] = provider.hosts;
    const name = address.replace('127.0.0.1', 'localhost');
    const known = readFileSync(machine.knownHosts, 'utf8');
    machine.write('known_hosts', `${known}${known.replace('127.0.0.1', 'localhost')}`);
    await expect(run({ provider: { ...provider, hosts: [address, name] } })).rejects.toThrow(
      /are the same machine: they have the same boot id/,
    );
    expect(machine.reboots()).toBe(0);
    expectRestored();
  });

  test('reboots and gives its artifacts behind a jump host', async () => {
    const gate = await startSshd({ keysOf: machine.keys, lines: ['AllowTcpForwarding yes'] });
    try {
      const known = readFileSync(machine.knownHosts, 'utf8');
      machine.write('known_hosts', `${known}${known.replace(`:${machine.port}`, `:${gate.target.port}`)}`);
      const provider = { ...scenarioText([machine]).provider, jump: `root@127.0.0.1:${gate.target.port}` };
      const { failures, findings } = await run({ provider });
      expect([...failures]).toEqual([]);
      expect(findings.comparison.metrics[0]).toMatchObject({ before: { medianUs: 10e6 }, after: { medianUs: 12e6 } });
      expectRestored();
    } finally {
      await gate.stop();
    }
  });

  test('gets the variants that the scenario applies, and afterwards its old state', async () => {
    program('deploy', `echo "$1 $2" >>${home}/applied; echo "$2" >${machine.folder}/deployed`);
    const image = (name: string) => ({ image: { apply: `./deploy {host} ${name}`, verify: 'true' } });
    const provider = { ...scenarioText([machine]).provider, restore: './deploy {host} original' };
    const { failures } = await run({ variants: { before: image('before'), after: image('after') }, provider });
    expect([...failures]).toEqual([]);
    expect(readFileSync(path.join(home, 'applied'), 'utf8').trim().split('\n').toSorted()).toEqual([
      '127.0.0.1 after',
      '127.0.0.1 before',
      '127.0.0.1 original',
    ]);
    expect(readFileSync(path.join(machine.folder, 'deployed'), 'utf8')).toBe('original\n');
    expect(machine.left()).toEqual(LEFT);
  });

  test('resets by the command of the scenario; bench quotes a command that fails', async () => {
    program('cycle', `echo "$1" >>${home}/cycled; touch ${machine.folder}/reboot`);
    const provider = { ...scenarioText([machine]).provider, reset: './cycle {host}:{port}' };
    const { failures } = await run({ provider });
    expect([...failures]).toEqual([]);
    expect(readFileSync(path.join(home, 'cycled'), 'utf8').trim().split('\n')).toEqual(
      Array(5).fill(`127.0.0.1:${machine.port}`),
    );
    program('cycle', 'echo "BMC unreachable, password=hunter2" >&2; exit 3');
    const second = await runOnHosts({ text: scenarioText([machine], { provider }), home, id: 'rack-2' });
    expect([...second.failures.values()][0]?.message).toMatch(
      /cycle 127\.0\.0\.1:\d+ ended with exit code 3: BMC unreachable, password=\[redacted\]/,
    );
    expectRestored();
  });
});

describe.skipIf(whyNoSudo())('a machine whose login is not root', () => {
  const swap = async (sudoers: string, withoutSudo = false) => {
    await machine.stop();
    machine = await startFakeHost({ sudoers, withoutSudo });
    machine.write('bin/journalctl', '#!/bin/sh\n[ "$(id -u)" = 0 ] && echo "for root alone"\n');
    chmodSync(path.join(machine.folder, 'bin/journalctl'), 0o755);
  };
  const lockIsRoots = () => statSync(path.join(machine.folder, 'lib/bench-host/lock')).uid === 0;

  test('gets its variants, reboots and gives its artifacts through sudo, and returns to its original state', async () => {
    await swap('tester ALL=(ALL) NOPASSWD: ALL');
    program('deploy', `echo "$1 $2" >>${home}/applied`);
    const locks: boolean[] = [];
    machine.onReboot(() => locks.push(lockIsRoots()));
    const before = { image: { apply: './deploy {host} before', verify: 'grep -q entry=installed /proc/cmdline' } };
    const provider = { ...scenarioText([machine]).provider, restore: './deploy {host} original' };
    const { failures, findings } = await run({ variants: { ...entries, before }, provider });
    expect([...failures]).toEqual([]);
    expect(findings.comparison.metrics[0]).toMatchObject({ before: { medianUs: 10e6 }, after: { medianUs: 12e6 } });
    expect(readFileSync(path.join(home, 'applied'), 'utf8').trim().split('\n')).toEqual([
      '127.0.0.1 before',
      '127.0.0.1 original',
    ]);
    expect(locks).toEqual(Array(5).fill(true));
    const raw = await runFolder(path.join(home, 'rack-1')).readRaw(findings.records[0]?.boot.id ?? '');
    const journals = [...raw]
      .filter(([name]) => name.includes('journal'))
      .map(([, bytes]) => Buffer.from(bytes).toString());
    expect(journals).toContain('for root alone\n');
    expectRestored();
  });

  const HINT = expect.stringMatching(/write "tester ALL=\(ALL\) NOPASSWD: ALL"\), or log in as root/);
  test.each([
    ['that wants a password', 'tester ALL=(ALL) ALL', 'sudo: a password is required'],
    ['that allows something else', 'tester ALL=(ALL) NOPASSWD: /bin/ls', 'sudo: a password is required'],
    ['that does not know it', '', 'sudo: a password is required'],
  ])('with sudo %s makes bench refuse before it changes anything, and say what to do', async (_, rule, said) => {
    await swap(rule);
    await expect(run()).rejects.toMatchObject({
      message: expect.stringContaining(`tester could not become root: ${said}.`),
      hint: HINT,
    });
    expect(machine.reboots()).toBe(0);
    expect(machine.left()).toEqual(LEFT);
  });

  test('makes bench refuse without any sudo', async () => {
    await swap('', true);
    await expect(run()).rejects.toMatchObject({
      message: expect.stringMatching(/tester could not become root: .*sudo: .*[Pp]ermission denied\./),
      hint: HINT,
    });
  });
});

describe.skipIf(whyNoHost())('bench gc', () => {
  test('finds a machine that a killed run holds, and restores it', async () => {
    const scenario = HostScenario.parse(scenarioText([machine]));
    const environment = { PATH: process.env.PATH };
    const place = {
      environment,
      cwd: home,
      cacheFolder: home,
      scenarioFolder: home,
      timer,
      connect: shellOpener(timer),
    };
    const world = { ...place, nowIso: '2026-01-03T00:00:00Z', progress: () => {} };
    const never = new AbortController().signal;
    const fleet = await kind.open(scenario, {
      ...{
        ...place,
        runId: 'killed',
        seed: 1,
        scratchFolder: home,
        nowIso: '2026-01-01T00:00:00Z',
        progress: () => {},
        signal: never,
      },
    });
    const boot = { id: '0001-after', variant: 'after', block: 1, machine: 'm1', bootKind: 'first' } as const;
    await fleet.boot({ boot, blockSeed: 1, together: [] }, never);
    expect(machine.entry()).toBe('after');
    const options = { scenario, remove: false, all: false, offline: true };
    expect(await collectGarbage(options, world, never)).toMatchObject([
      { run: 'killed', scenario: 'rack', state: 'due' },
    ]);
    expect(await collectGarbage({ ...options, remove: true }, world, never)).toMatchObject([{ state: 'deleted' }]);
    expectRestored();
    expect(await collectGarbage(options, world, never)).toEqual([]);
  });
});

describe.skipIf(whyNoHost())('bench doctor', () => {
  const examine = async (changes: Partial<HostText> = {}) => {
    const scenario = HostScenario.parse(scenarioText([machine], changes));
    const place = { environment: { PATH: process.env.PATH }, scenarioFolder: home, cacheFolder: home, timer };
    const signal = new AbortController().signal;
    const nowIso = new Date().toISOString();
    const findings = await kind.examine?.(scenario, 1, { ...place, signal, nowIso, connect: shellOpener(timer) });
    return Object.fromEntries(
      (findings ?? []).map(({ check, state, says }) => [check.replace(/^127\.0\.0\.1:\d+: /, ''), `${state}: ${says}`]),
    );
  };

  test('reports what a machine allows, and changes nothing', async () => {
    const found = await examine();
    expect(found).toMatchObject({
      login: 'ok: root, root by itself',
      reboot: 'ok: systemd 252',
      'boot id': expect.stringMatching(/^ok: [0-9a-f-]{36}$/),
      lock: 'ok: /var/lib/bench-host can be written',
      clock: expect.stringMatching(/^ok: \d+ s/),
      loader: 'ok: grub',
      'in use': 'ok: by nobody',
    });
    expect(machine.reboots()).toBe(0);
    expect(machine.left()).toEqual(LEFT);
  });

  test.skipIf(whyNoSudo())('says which rights a login without sudo needs', async () => {
    await machine.stop();
    machine = await startFakeHost({ sudoers: 'tester ALL=(ALL) ALL' });
    expect(Object.values(await examine())).toContain(
      'missing: tester could not become root: sudo: a password is required.',
    );
  });

  test('names a variant that bench could not distinguish from another, and an unknown machine', async () => {
    expect(await examine({ variants: { ...entries, bare: { image: { entry: 'x' } } } })).toMatchObject({
      bare: 'missing: with this loader, bench cannot verify that a boot was of bare',
    });
    machine.write('known_hosts', '');
    expect((await examine()).access).toMatch(/^missing: .*known_hosts has no key of 127\.0\.0\.1/);
    expect(existsSync(path.join(machine.folder, 'lib/bench-host/lock'))).toBe(false);
  });
});
