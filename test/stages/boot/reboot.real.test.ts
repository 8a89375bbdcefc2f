/** Reboots as the stage requests them: over a real sshd, which takes the order and does nothing. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BootFailure, type BootRequest, type Fleet, type Machine } from '../../../src/model/provider.ts';
import { ms } from '../../../src/model/units.ts';
import { QemuScenario } from '../../../src/providers/qemu/scenario.ts';
import { bootBlocks } from '../../../src/stages/boot/blocks.ts';
import { planBlocks } from '../../../src/stages/design/blocks.ts';
import { runFolder } from '../../../src/store/run-folder.ts';
import { type Sshd, startSshd } from '../../support/sshd.ts';
import { realTimer as timer } from '../../support/timer.ts';

let folder: string;
let sshd: Sshd | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'reboots-'));
});
afterEach(async () => {
  await sshd?.stop();
  sshd = undefined;
  rmSync(folder, { recursive: true });
});

const orders = () => path.join(folder, 'orders');

/** Answers `systemctl reboot` and writes it down; runs every other command. */
const answering = (answer: string) =>
  startSshd({
    forceCommand: `case "$SSH_ORIGINAL_COMMAND" in *"systemctl reboot") echo "$SSH_ORIGINAL_COMMAND" >>${orders()}; ${answer};; *) exec sh -c "$SSH_ORIGINAL_COMMAND";; esac`,
  });

const TAKEN = 'exit 0';
const CUT = 'kill -9 $PPID';

function fleetOf(fate: (request: BootRequest) => 'panics' | 'stands' = () => 'stands') {
  const seen = { requests: [] as BootRequest[], alive: new Set<Machine>() };
  const fleet: Fleet = {
    facts: {},
    async boot(request) {
      seen.requests.push(request);
      if (request.again) seen.alive.delete(request.again);
      if (fate(request) === 'panics') {
        const failure = { stage: 'boot', code: 'panic', message: 'the kernel panicked', hint: 'read' } as const;
        throw new BootFailure(failure, { facts: {}, marks: [], console: 'Kernel panic' });
      }
      const machine: Machine = {
        facts: {},
        marks: [],
        zeroMs: ms(0),
        ssh: sshd?.target as Machine['ssh'],
        console: async () => `boot ${request.boot.id}`,
        destroy: async () => void seen.alive.delete(machine),
      };
      seen.alive.add(machine);
      return machine;
    },
    close: async () => {},
  };
  return { fleet, seen };
}

const scenario = QemuScenario.parse({
  name: 'reboots',
  provider: { kind: 'qemu' },
  boot: 'reboot',
  reboots: 2,
  variants: { before: { image: { file: 'a' } }, after: { image: { file: 'b' } } },
});

async function run(fleet: Fleet, blocks = 1) {
  const store = runFolder(folder);
  const journal = await store.openJournal(() => '2026-01-01T00:00:00Z');
  const plan = {
    blocks: planBlocks({ ...scenario, blocks }, 1),
    concurrency: 1,
    collectWithinMs: ms(10_000),
    reachWithinMs: ms(3_000),
  };
  const watcher = { changed: () => {}, gaveUp: () => {} };
  const context = { folder: store, journal, fleet, requests: [], timer, watcher };
  try {
    return { failures: await bootBlocks(plan, context, new AbortController().signal), store };
  } finally {
    await journal.close();
  }
}

describe('a machine with an order to reboot', () => {
  test.each([
    ['takes the order', TAKEN],
    ['cuts the line while it takes the order', CUT],
  ])('boots once unmeasured, and %s as often as planned', async (_, answer) => {
    sshd = await answering(answer);
    const { fleet, seen } = fleetOf();
    const { failures, store } = await run(fleet);
    expect([...failures]).toEqual([]);
    const asked = seen.requests.map(({ boot, again }) => [boot.id, boot.machine, boot.bootKind, again !== undefined]);
    const [one = '', other = ''] =
      planBlocks({ ...scenario, blocks: 1 }, 1)[0]?.boots.flatMap(({ variant }, i) => (i % 2 ? [] : variant)) ?? [];
    expect(asked).toEqual([
      [`0001-${one}-first`, 'm1', 'first', false],
      [`0001-${one}`, 'm1', 'reboot', true],
      [`0002-${one}`, 'm1', 'reboot', true],
      [`0003-${other}-first`, 'm2', 'first', false],
      [`0003-${other}`, 'm2', 'reboot', true],
      [`0004-${other}`, 'm2', 'reboot', true],
    ]);
    expect(readFileSync(orders(), 'utf8').trim().split('\n')).toHaveLength(4);
    expect(await store.boots()).toHaveLength(4);
    expect((await store.readOutcome(`0002-${one}`)).boot).toMatchObject({ machine: 'm1', bootKind: 'reboot' });
    expect(seen.alive.size).toBe(0);
    const states = (await store.readJournal()).filter(({ state }) => state === 'machine-destroyed');
    expect(states.map(({ boot }) => boot)).toEqual([`0002-${one}`, `0004-${other}`]);
  });

  test('that refuses it has failed, in its own words', async () => {
    sshd = await answering('echo "Failed to reboot: inhibited" >&2; exit 1');
    const { fleet, seen } = fleetOf();
    const { failures } = await run(fleet);
    expect([...failures.values()].map(({ stage, code, message }) => [stage, code, message])).toEqual(
      Array(2).fill(['reach', 'reboot-refused', 'The machine refused to reboot: Failed to reboot: inhibited.']),
    );
    expect(seen.alive.size).toBe(0);
  });

  test('that fails does not boot again, and a continued run does not request it', async () => {
    sshd = await answering(TAKEN);
    const first = fleetOf(({ boot }) => (boot.id.startsWith('0002') ? 'panics' : 'stands'));
    const { failures, store } = await run(first.fleet);
    expect([...failures.keys()].map((id) => id.slice(0, 4))).toEqual(['0002']);
    expect((await store.boots()).map((id) => id.slice(0, 4))).toEqual(['0001', '0002', '0003', '0004']);
    const early = fleetOf(({ boot }) =>
      boot.id.startsWith('0005') && boot.bootKind === 'reboot' ? 'panics' : 'stands',
    );
    const { store: longer } = await run(early.fleet, 2);
    expect((await longer.boots()).slice(4).map((id) => id.slice(0, 4))).toEqual(['0005', '0007', '0008']);
    const third = fleetOf();
    await run(third.fleet, 2);
    expect(third.seen.requests).toEqual([]);
  });

  test('boots again with all its reboots after an interrupt between two of them', async () => {
    sshd = await answering(TAKEN);
    const { store } = await run(fleetOf().fleet);
    const [, last = ''] = await store.boots();
    await store.clearBoot(last);
    const again = fleetOf();
    await run(again.fleet);
    expect(again.seen.requests.map(({ boot }) => boot.id.slice(0, 4))).toEqual(['0001', '0001', '0002']);
  });
});
