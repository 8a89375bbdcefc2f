import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BootIdentity } from '../../../src/model/boot.ts';
import { BootFailure, type BootRequest, type Fleet, type Machine } from '../../../src/model/provider.ts';
import type { PlannedBlock } from '../../../src/model/run.ts';
import { ms } from '../../../src/model/units.ts';
import { newSshKey } from '../../../src/providers/any/ssh-key.ts';
import { bootBlocks } from '../../../src/stages/boot/blocks.ts';
import { runFolder } from '../../../src/store/run-folder.ts';
import { realTimer as timer } from '../../support/timer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'boots-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const boot = (number: number, variant: string, block: number): BootIdentity => ({
  id: `${String(number).padStart(4, '0')}-${variant}`,
  variant,
  block,
  machine: `m${number}`,
  bootKind: 'first',
});
const blocks = (count: number): PlannedBlock[] =>
  Array.from({ length: count }, (_, i) => ({
    block: i + 1,
    seed: i,
    boots: [boot(2 * i + 1, 'before', i + 1), boot(2 * i + 2, 'after', i + 1)],
  }));

/** A port of this machine where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Machines that panic, or that come up with nothing listening: the test of kept failures needs nothing else from a guest. */
async function fleetOf(fate: (request: BootRequest) => 'panics' | 'is deaf') {
  const port = await closedPort();
  const seen = { requests: [] as BootRequest[], alive: new Set<string>(), most: 0 };
  const fleet: Fleet = {
    facts: {},
    async boot(request, signal) {
      seen.requests.push(request);
      seen.alive.add(request.boot.id);
      seen.most = Math.max(seen.most, seen.alive.size);
      await timer.sleep(ms(5), signal).catch((error: unknown) => {
        seen.alive.delete(request.boot.id);
        throw error;
      });
      if (fate(request) === 'panics') {
        seen.alive.delete(request.boot.id);
        const failure = {
          stage: 'boot',
          code: 'panic',
          message: 'the kernel panicked',
          hint: 'read the console',
        } as const;
        throw new BootFailure(failure, { facts: { seed: 1 }, marks: [], console: 'Kernel panic' });
      }
      return {
        facts: {},
        marks: [],
        zeroMs: timer.nowMs(),
        ssh: { host: '127.0.0.1', port, user: 'root', privateKey: KEY, hostKey: { kind: 'trust-on-first-use' } },
        console: async () => 'login:',
        destroy: async () => void seen.alive.delete(request.boot.id),
      } satisfies Machine;
    },
    close: async () => {},
  };
  return { fleet, seen };
}

const KEY = newSshKey('test').privateKey;

async function run(count: number, fleet: Fleet, concurrency = 2, signal = new AbortController().signal) {
  const store = runFolder(folder);
  const journal = await store.openJournal(() => '2026-01-01T00:00:00Z');
  const told: string[] = [];
  const watcher = {
    changed: (each: BootIdentity, state: string) => void told.push(`${each.id} ${state}`),
    gaveUp: () => void told.push('gave up'),
  };
  const plan = { blocks: blocks(count), concurrency, collectWithinMs: ms(1000), reachWithinMs: ms(500) };
  try {
    return {
      failures: await bootBlocks(plan, { folder: store, journal, fleet, requests: [], timer, watcher }, signal),
      told,
      store,
    };
  } finally {
    await journal.close();
  }
}

describe('booting blocks', () => {
  test('a failed boot leaves its evidence in the run folder, and the run continues', async () => {
    const { fleet, seen } = await fleetOf(({ boot: { variant } }) => (variant === 'after' ? 'panics' : 'is deaf'));
    const { failures, store } = await run(1, fleet);
    expect(Object.fromEntries([...failures].map(([id, failure]) => [id, failure.code]))).toEqual({
      '0001-before': 'ssh-refused',
      '0002-after': 'panic',
    });
    expect(new TextDecoder().decode((await store.readRaw('0002-after')).get('machine/console.log'))).toBe(
      'Kernel panic',
    );
    expect(await store.readOutcome('0002-after')).toMatchObject({
      outcome: 'failed',
      failure: { stage: 'boot', hint: 'read the console' },
      machine: { seed: 1 },
    });
    expect(seen.alive.size).toBe(0);
  });

  test('the journal has the intent before the effect', async () => {
    const { fleet } = await fleetOf(() => 'panics');
    const { store } = await run(1, fleet, 1);
    const lines = (await store.readJournal()).map((entry) => `${entry.boot} ${entry.state}`);
    expect(lines).toEqual([
      '0001-before boot-starting',
      '0001-before boot-failed',
      '0002-after boot-starting',
      '0002-after boot-failed',
    ]);
  });

  test('a run tries no other blocks when its whole first block fails', async () => {
    const { fleet, seen } = await fleetOf(() => 'panics');
    const { told } = await run(5, fleet);
    expect(told).toContain('gave up');
    expect(seen.requests.length).toBeLessThanOrEqual(4);
  });

  test('a request names the boots of its block that go together with it', async () => {
    const { fleet, seen } = await fleetOf(() => 'panics');
    await run(1, fleet);
    const together = ['0001-before', '0002-after'];
    expect(seen.requests.map((request) => request.together)).toEqual([together, together]);
    expect(new Set(seen.requests.map((request) => request.blockSeed)).size).toBe(1);
  });

  test.each([1, 2])('no more than %i machines are alive at a time when the plan requires it', async (concurrency) => {
    const { fleet, seen } = await fleetOf(() => 'is deaf');
    await run(3, fleet, concurrency);
    expect(seen.most).toBe(concurrency);
  });

  test('a run that continues leaves alone the boots that have an outcome', async () => {
    const first = await fleetOf(() => 'panics');
    await run(1, first.fleet);
    const second = await fleetOf(() => 'panics');
    await run(2, second.fleet);
    expect(second.seen.requests.map((request) => request.boot.id).sort()).toEqual(['0003-before', '0004-after']);
  });

  test('an abort ends the current boots, starts no others, and leaves no outcome', async () => {
    const { fleet, seen } = await fleetOf(() => 'is deaf');
    const aborting = new AbortController();
    setTimeout(() => aborting.abort(), 2);
    await expect(run(4, fleet, 2, aborting.signal)).rejects.toThrow(/abort/i);
    expect(seen.requests.length).toBeLessThanOrEqual(2);
    expect(seen.alive.size).toBe(0);
    expect(await runFolder(folder).boots()).toEqual([]);
  });
});
