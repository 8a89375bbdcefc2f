import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command } from '../../../src/providers/command/kind.ts';
import { machineName } from '../../../src/providers/command/removal.ts';
import { CommandScenario } from '../../../src/providers/command/scenario.ts';
import { realTimer as timer } from '../../support/timer.ts';
import { type Cloud, newCloud, scenarioText } from './cloud.ts';

let cloud: Cloud;
beforeEach(async () => {
  cloud = await newCloud();
});
afterEach(() => cloud.close());

const codes = (failures: ReadonlyMap<string, { code: string }>) => [...failures.values()].map(({ code }) => code);

/** A killed process whose parent has not waited for it is still in the process table. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The run counts nothing: every boot failed, and no metric has a sample. */
async function expectNothingCounted({ store }: Awaited<ReturnType<Cloud['run']>>) {
  const { boots } = await store.readSamples();
  expect(boots.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  expect(boots.flatMap(({ values }) => Object.values(values)).filter((value) => 'us' in value)).toEqual([]);
}

describe('three programs of a scenario', () => {
  test('make the machines of a whole run, which are gone afterwards', async () => {
    const { findings, failures } = await cloud.run('', { blocks: 8 });
    expect(failures.size).toBe(0);
    expect(findings.comparison.verdict).toBe('slower');
    expect(cloud.machines()).toEqual([]);
    expect(cloud.asked('create')).toHaveLength(16);
    expect(cloud.asked('destroy')).toHaveLength(16);
    expect(findings.records[0]?.machine).toMatchObject({ zone: 'z1', machineId: expect.stringMatching(/^i-0001-/) });
    expect(findings.records[0]?.events.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['request.sent', 'outside.accepted', 'outside.tcp-open', 'outside.ssh']),
    );
  });

  test('leave a machine as long to accept a login as a boot may take', async () => {
    const home = path.dirname(cloud.folder);
    const place = { cacheFolder: home, scratchFolder: home, scenarioFolder: home, environment: cloud.environment };
    const { signal } = new AbortController();
    const scenario = CommandScenario.parse({ ...scenarioText('', 1), ready: { within: '10m' } });
    const fleet = await command.open(scenario, {
      ...{ ...place, runId: 'elsewhere-1', seed: 1, timer, signal, nowIso: '2026-01-01T00:00:00Z', progress: () => {} },
    });
    const boot = { id: '0001-before', variant: 'before', block: 1, machine: 'm1', bootKind: 'first' } as const;
    const machine = await fleet.boot({ boot, blockSeed: 1, together: [] }, signal);
    expect(machine.reachWithinMs).toBeGreaterThan(9 * 60_000);
    await machine.destroy();
    await fleet.close();
  });

  test('receive all they need, in the terms of the published schemas', async () => {
    await cloud.run('');
    const [first] = cloud.asked('create').toSorted((a, b) => String(a.boot).localeCompare(String(b.boot)));
    expect(first).toMatchObject({
      schema: 'bench/command-create@1',
      name: machineName('elsewhere-1', String(first?.boot)),
      run: 'elsewhere-1',
      scenario: 'elsewhere',
      deleteAfter: '2026-01-01T12:00:00Z',
      user: 'root',
      sshPublicKey: expect.stringMatching(/^ssh-ed25519 /),
      options: { fault: '' },
    });
    const images = cloud.asked('create').map(({ variant, image }) => [variant, image]);
    expect(Object.fromEntries(images)).toEqual({ before: 'one', after: { name: 'two', build: 7 } });
    expect(cloud.asked('destroy')[0]).toMatchObject({
      schema: 'bench/command-destroy@1',
      run: 'elsewhere-1',
      id: expect.stringMatching(/^i-/),
    });
    expect(cloud.asked('list')[0]).toEqual({
      schema: 'bench/command-list@1',
      run: 'elsewhere-1',
      options: { fault: '' },
    });
  });
});

describe('a create that', () => {
  test.each([
    ['hangs', 'create-hangs', 'create-timeout', /took longer than 2 s and was stopped/],
    ['makes a machine and hangs', 'create-makes-and-hangs', 'create-timeout', /took longer than 2 s/],
    ['makes a machine and fails', 'create-makes-and-fails', 'create-failed', /exit code 1: timed out while waiting/],
    ['dies', 'create-dies', 'create-died', /was killed by SIGKILL/],
    ['prints words', 'create-garbage', 'create-garbage', /printed no JSON document. It begins: Creating machine/],
    ['prints nothing', 'create-silence', 'create-garbage', /printed nothing on standard output/],
    ['prints without end', 'create-flood', 'create-garbage', /printed more than the output limit/],
    ['answers something else', 'create-other', 'create-garbage', /host: .*expected string/],
    [
      'gives one machine twice',
      'create-repeats',
      'create-same-machine',
      /create returned i-always for .*, but that machine belongs to/,
    ],
  ])('%s is a failed boot with its reason, and leaves nothing', async (_, fault, code, message) => {
    const result = await cloud.run(fault);
    const failed = [...result.failures.values()].filter((failure) => failure.code === code);
    expect(failed.length).toBeGreaterThan(0);
    for (const failure of failed) {
      expect(failure.stage).toBe('create');
      expect(failure.message).toMatch(message);
      expect(failure.message).toMatch(/^Boot 000[12]-(before|after): /);
      expect(failure.hint).not.toBe('');
    }
    expect(cloud.machines()).toEqual([]);
    if (fault !== 'create-repeats') await expectNothingCounted(result);
  });

  test('fails appears in the message without the secrets of the environment', async () => {
    const { failures, store } = await cloud.run('create-fails');
    const [failure] = [...failures.values()];
    expect(failure?.message).toMatch(/ended with exit code 7: no quota for \[redacted\]: password=\[redacted\]$/);
    const [id = ''] = await store.boots();
    const printed = Buffer.from((await store.readRaw(id)).get('machine/console.log') ?? []).toString();
    expect(printed).toContain('no quota for [redacted]');
    expect(printed).not.toMatch(/tok-12345678|hunter2/);
  });

  test('makes two machines at a time leaves neither', async () => {
    const { failures } = await cloud.run('create-leaks');
    expect(failures.size).toBe(0);
    expect(cloud.machines()).toEqual([]);
    expect(cloud.lines.join('\n')).toMatch(/destroying 2 remaining machines: .*-twin/);
  });

  test('hangs makes bench stop every process that it has started', async () => {
    await cloud.run('create-hangs');
    const sleepers = readFileSync(path.join(cloud.folder, 'sleepers'), 'utf8').trim().split('\n').map(Number);
    expect(sleepers).toHaveLength(2);
    expect(sleepers.filter(runs)).toEqual([]);
  });
});

describe('a destroy that', () => {
  test('lies: list shows the machines, and the run names them beside its findings', async () => {
    const { leftBehind, findings } = await cloud.run('destroy-lies');
    expect(findings.samples.boots).toHaveLength(2);
    expect(leftBehind?.message).toMatch(
      /2 machines \(bench-.*0001-.*, bench-.*0002-.*\) are possibly still running: list still shows/,
    );
    expect(leftBehind).toMatchObject({ kind: 'world', hint: expect.stringContaining('bench gc') });
  }, 60_000);

  test.each([
    ['fails', 'destroy-fails', /exit code 7: no quota for \[redacted\]/],
    ['dies', 'destroy-dies', /was killed by SIGKILL/],
  ])(
    '%s: the run reports why its machines may remain',
    async (_, fault, message) => {
      expect((await cloud.run(fault)).leftBehind?.message).toMatch(message);
    },
    60_000,
  );

  test('fails once gets a second call', async () => {
    const { failures } = await cloud.run('destroy-once-busy');
    expect(failures.size).toBe(0);
    expect(cloud.machines()).toEqual([]);
  });
});

describe('a list that', () => {
  test.each([
    ['hangs', 'list-hangs', /took longer than 2 s/],
    ['fails', 'list-fails', /exit code 7/],
    ['dies', 'list-dies', /was killed by SIGKILL/],
    ['prints words', 'list-garbage', /printed no JSON document/],
    ['prints nothing', 'list-silence', /printed nothing/],
  ])('%s ends the run before its first machine', async (_, fault, message) => {
    const run = cloud.run(fault);
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toMatchObject({ kind: 'world' });
    expect(cloud.machines()).toEqual([]);
  });

  test("shows another owner's machine under the run's label does not make bench destroy it", async () => {
    cloud.plant({ name: 'bench-database', run: 'elsewhere-1' });
    await cloud.run('');
    expect(cloud.machines()).toEqual(['bench-database.json']);
  });
});

describe('a run that continues', () => {
  test('first ends the machines that its killed process left, and those of no other run', async () => {
    cloud.plant({ name: machineName('elsewhere-1', '0001-before'), run: 'elsewhere-1' });
    cloud.plant({ name: machineName('elsewhere-2', '0001-before'), run: 'elsewhere-2' });
    const { failures } = await cloud.run('');
    expect(codes(failures)).toEqual([]);
    expect(cloud.lines[0]).toMatch(/^destroying 1 remaining machines/);
    expect(cloud.machines()).toEqual([`${machineName('elsewhere-2', '0001-before')}.json`]);
  });

  test('after an interrupt in the middle of create ends what it requested', async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(new DOMException('interrupted', 'AbortError')), 800);
    await expect(cloud.run('create-makes-and-hangs', { signal: interrupt.signal })).rejects.toThrow('interrupted');
    expect(cloud.machines()).toEqual([]);
  });
});

test('bench names a missing program before it calls any', async () => {
  writeFileSync(path.join(cloud.folder, '..', 'create'), '');
  const { command } = await import('../../../src/providers/command/kind.ts');
  const { CommandScenario } = await import('../../../src/providers/command/scenario.ts');
  const open = (create: string) => {
    const provider = { kind: 'command', create, destroy: 'true', list: 'true' };
    const scenario = CommandScenario.parse({ name: 'x', provider, variants: { a: { image: 'a' }, b: { image: 'b' } } });
    const folder = path.join(cloud.folder, '..');
    const place = {
      cacheFolder: folder,
      scratchFolder: folder,
      scenarioFolder: folder,
      environment: cloud.environment,
    };
    return command.open(scenario, {
      ...{ ...place, runId: 'x', seed: 1, progress: () => {}, signal: new AbortController().signal },
      timer: { nowMs: () => 0 as never, sleep: async () => {} },
    });
  };
  await expect(open('./create')).rejects.toThrow(/provider\.create: .*\/create is not executable/);
  await expect(open('./crate')).rejects.toThrow(/provider\.create: there is no file .*\/crate/);
  await expect(open('no-such-program-anywhere')).rejects.toThrow(/not found in .* or PATH/);
});
