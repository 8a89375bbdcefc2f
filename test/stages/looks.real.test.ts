/** `bench run --precision` and `--aa` from the scenario file to the report; the machines answer over SSH with made-up boots. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectorsFor } from '../../src/collectors/index.ts';
import type { BootIdentity } from '../../src/model/boot.ts';
import { Comparison } from '../../src/model/comparison.ts';
import { BootFailure, type Provider } from '../../src/model/provider.ts';
import { seededRandom } from '../../src/model/random.ts';
import type { Run } from '../../src/model/run.ts';
import { ms } from '../../src/model/units.ts';
import type { World } from '../../src/model/world.ts';
import { renderComment } from '../../src/render/comment.ts';
import { renderTerminal } from '../../src/render/terminal.ts';
import { heldAgainst, refuseOtherMachines, savedBaseline } from '../../src/stages/against.ts';
import { combineRuns } from '../../src/stages/derive/combine.ts';
import { deriveFindings, deriveFromRaw, scenarioOf } from '../../src/stages/derive/findings.ts';
import { looksUpTo } from '../../src/stages/design/blocks.ts';
import { designExperiment } from '../../src/stages/design/experiment.ts';
import { extendedRun } from '../../src/stages/design/extend.ts';
import { loadDesign } from '../../src/stages/design/load.ts';
import { designedRun } from '../../src/stages/design/run.ts';
import { runWith } from '../../src/stages/run.ts';
import { sequentialDesign } from '../../src/statistics/planning/sequential.ts';
import { type RunFolder, runFolder } from '../../src/store/run-folder.ts';
import { textsOf } from '../statistics/samples.ts';
import { reachedAfter } from '../support/boot-artifacts.ts';
import { qcow2Disk } from '../support/disk-image.ts';
import { type SshGuests, sshGuests } from '../support/ssh-guest.ts';
import { realTimer as timer } from '../support/timer.ts';

const SCENARIO = `
name: looks
provider: {kind: qemu}
variants:
  before: {image: {file: before.qcow2}}
  after: {image: {file: after.qcow2}}
concurrency: 4
gates:
  boot.target: {minimumEffect: 2%, floor: 10ms, equivalenceMargin: 3%}
`;

let cwd: string;
let guests: SshGuests | undefined;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'looks-'));
  writeFileSync(path.join(cwd, 'looks.yaml'), SCENARIO);
  for (const name of ['before', 'after']) writeFileSync(path.join(cwd, `${name}.qcow2`), qcow2Disk());
});
afterEach(async () => {
  await guests?.close();
  rmSync(cwd, { recursive: true });
});

const EVERY_TWO = [6, 8, 10, 12, 14, 16, 18, 20];

type Options = { readonly boots?: number; readonly precision?: string; readonly aa?: boolean; readonly looks?: string };

const worldHere = () => {
  const now = () => '2026-01-01T00:00:00Z';
  return { cwd, environment: {}, version: '0.0.0', scenarioFolders: [], now } as unknown as World;
};

/** The command line's result for the options. */
async function designed({ looks, ...options }: Options): Promise<Omit<Run, 'facts'>> {
  const world = worldHere();
  const set = looks === undefined ? [] : [{ path: 'precision.looks', value: looks }];
  const given = { scenario: './looks.yaml', set, seed: 7, out: 'runs', ...options };
  return designedRun(await loadDesign(given, world), given, world);
}

const PANIC = { stage: 'boot', code: 'panic', message: 'the kernel panicked', hint: 'Read the console.' } as const;

interface Played {
  readonly folder: RunFolder;
  readonly booted: string[];
  /** run.json at the moment of the first request for a machine. */
  readonly before: Run[];
}

/** Boots a run on machines that take the given time; after `dieAfter` boots it ends with an interrupt. */
async function play(
  run: Omit<Run, 'facts'>,
  lengthUs: (boot: BootIdentity) => number | 'panic',
  { name = 'run', dieAfter = Number.POSITIVE_INFINITY } = {},
): Promise<Played> {
  const scenario = scenarioOf({ ...run, facts: {} });
  const folder = runFolder(path.join(cwd, name));
  mkdirSync(folder.folder, { recursive: true });
  const byId = new Map(run.blocks.flatMap(({ boots }) => boots.map((boot) => [boot.id, boot] as const)));
  const requests = collectorsFor(scenario).flatMap((collector) => collector.artifacts);
  await guests?.close();
  guests = await sshGuests(requests, (id) => reachedAfter(Number(lengthUs(byId.get(id) as BootIdentity))));
  const played: Played = { folder, booted: [], before: [] };
  const interrupt = new AbortController();
  let asked = 0;
  const provider: Provider = {
    open: async () => ({
      facts: { provider: 'qemu', timing: 'wall' },
      async boot({ boot }, signal) {
        if (asked++ === 0) played.before.push(await folder.readRun());
        if (played.booted.length >= dieAfter) interrupt.abort(new DOMException('interrupted', 'AbortError'));
        signal.throwIfAborted();
        played.booted.push(boot.id);
        if (lengthUs(boot) === 'panic') throw new BootFailure(PANIC, { facts: {}, marks: [], console: '' });
        return {
          facts: {},
          marks: [],
          zeroMs: ms(0),
          ssh: guests?.target(boot.id) ?? expect.fail('no guests'),
          console: async () => '',
          destroy: async () => {},
        };
      },
      close: async () => {},
    }),
  };
  const nothing = () => {};
  const watcher = { changed: nothing, gaveUp: nothing, kept: nothing, started: nothing, deriving: nothing };
  const world = {
    provider: {
      cacheFolder: cwd,
      scratchFolder: cwd,
      scenarioFolder: cwd,
      environment: {},
      timer,
      progress: nothing,
    },
    timer,
    now: () => '2026-01-01T00:00:00Z',
    watcher,
  };
  await runWith(provider, { folder, run, scenario }, world, interrupt.signal).catch((error: unknown) => {
    if (!interrupt.signal.aborted) throw error;
  });
  return played;
}

const comparisonOf = (played: Played) => Comparison.parse(JSON.parse(text(played, 'comparison')));

const text = ({ folder }: Played, name: 'samples' | 'comparison' | 'report') => readFileSync(folder.file[name], 'utf8');

/** Ten seconds, up to `spread` more or less; `after` longer by `effect`. */
const boots =
  (spread: number, effect: number) =>
  ({ block, variant, machine }: BootIdentity) =>
    Math.round(
      1e7 *
        (1 + 2 * spread * (seededRandom(1000 * (block ?? 0) + Number(machine.slice(1))).next() - 0.5)) *
        (variant === 'after' ? 1 + effect : 1),
    );

describe('a run with --precision', () => {
  test('has its schedule in run.json before the first boot, and stops at the look that decides', async () => {
    const run = await designed({ precision: '5%' });
    const played = await play(run, boots(0.02, 0.3));
    const { looks } = sequentialDesign(EVERY_TWO, 0.05);
    expect(played.before[0]?.schedule).toEqual({ detect: 0.05, looks });
    // Four machines at a time are two blocks. At best, six blocks show more than the first look may spend; eight do not.
    expect(2 / 2 ** 6).toBeGreaterThan(looks[0]?.spent ?? 1);
    expect(played.booted).toHaveLength(16);
    const comparison = comparisonOf(played);
    expect(comparison).toMatchObject({
      verdict: 'slower',
      alpha: expect.closeTo(2 / 2 ** 8, 9),
      blocks: 8,
      warnings: [],
    });
    expect(comparison.metrics[0]).toMatchObject({ failsGate: true, p: 2 / 2 ** 8 });
    expect(text(played, 'report')).toContain('fixed before the first boot');
    expect(text(played, 'report')).not.toContain('did not run');
  });

  test('that an interrupt ended continues with the same schedule, and ends with the same bytes as an undisturbed one', async () => {
    const run = await designed({ precision: '5%', looks: '[8, 11]' });
    const open = boots(0.15, 0);
    const whole = await play(run, open, { name: 'whole' });
    expect(whole.booted).toHaveLength(22);
    expect(comparisonOf(whole)).toMatchObject({ verdict: 'inconclusive', blocks: 11 });

    const cut = await play(run, open, { name: 'cut', dieAfter: 20 });
    expect((await cut.folder.boots()).length).toBeGreaterThan(16);
    // Between two looks the verdict is that of the earlier look, from the blocks of that look alone.
    const { samples, comparison } = await deriveFindings(cut.folder);
    // 2 * 3 of the 256 flips of eight blocks are as many as the first look may spend, .031.
    expect(samples.alpha).toBeGreaterThan(4 / 256);
    expect(samples.alpha).toBeLessThanOrEqual((run.schedule?.looks[0]?.spent ?? 0) * (1 + 1e-9));
    expect(comparison).toMatchObject({ blocks: 8, counts: [{ boots: 8 }, { boots: 8 }] });
    expect(textsOf(comparison)).toMatch(/boots after the check at 8 blocks wait for the next check/);

    const rest = await play(await cut.folder.readRun(), open, { name: 'cut' });
    expect(rest.before).toEqual(whole.before);
    expect(rest.booted.length).toBeLessThan(6);
    for (const name of ['samples', 'comparison'] as const) expect(text(rest, name)).toBe(text(whole, name));
  }, 120_000);

  test('whose whole first block fails requests no machine for a later look', async () => {
    const played = await play(await designed({ precision: '5%' }), () => 'panic');
    expect(played.booted.length).toBeLessThan(10);
    expect(comparisonOf(played)).toMatchObject({ verdict: 'inconclusive' });
  });
});

test.each([
  [17, 1, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]],
  [20, 2, EVERY_TWO],
  [17, 4, [8, 12, 16, 17]],
  [20, 5, [10, 15, 20]],
  [8, 12, [8]],
  [6, 1, [6]],
])('a run of %d blocks, %d at a time, looks whenever blocks have ended', (last, atATime, looks) => {
  expect(looksUpTo(last, atATime)).toEqual(looks);
});

test('a run of a thousand blocks looks a hundred times at most', () => {
  for (const last of [106, 107, 500, 1000])
    for (const atATime of [1, 3, 50]) {
      const looks = looksUpTo(last, atATime);
      expect(looks.length).toBeLessThanOrEqual(100);
      expect(looks.at(-1)).toBe(last);
      expect(looks.slice(0, -1).every((blocks) => blocks % atATime === 0 && blocks >= 6 && blocks < last)).toBe(true);
    }
  expect(looksUpTo(105, 1)).toHaveLength(100);
});

test('--boots gives the block of the last look', async () => {
  const run = await designed({ precision: '5%', boots: 17 });
  expect(run.schedule?.looks.map(({ blocks }) => blocks)).toEqual([6, 8, 10, 12, 14, 16, 17]);
  expect(run.blocks).toHaveLength(17);
});

test('bench refuses a look before block 6 before it boots anything', async () => {
  await expect(designed({ precision: '5%', boots: 5 })).rejects.toThrow(/--boots/);
  await expect(designed({ precision: '5%', looks: '[5, 12]' })).rejects.toThrow(/the first look must be at block 6/);
});

test('a run.json of an older version keeps its own fixed levels', async () => {
  const run = await designed({ precision: '5%', looks: '[8, 11]' });
  const looks = run.schedule?.looks.map(({ spent: _, ...look }) => look) ?? [];
  const old = { ...run, schedule: { detect: 0.05, looks } };
  const played = await play(old, boots(0.15, 0));
  expect(comparisonOf(played).alpha).toBe(looks[1]?.alpha);
});

describe('a run that gets more blocks from --resume --boots', () => {
  const resumed = (played: Played, boots: number) =>
    designExperiment({ resume: played.folder.folder, boots, set: [], out: 'runs' }, worldHere());

  test('after its result was visible continues with the same boots, at the level of a second look', async () => {
    const length = boots(0.15, 0.02);
    const first = await play(await designed({ boots: 6 }), length);
    expect(comparisonOf(first)).toMatchObject({ alpha: 0.05, blocks: 6 });
    const { run, scenario } = await resumed(first, 12);
    expect(scenario.blocks).toBe(12);
    const second = await play(run, length);
    expect(second.before[0]?.schedule?.looks.map(({ blocks }) => blocks)).toEqual([6, 12]);
    expect(second.before[0]?.blocks).toHaveLength(12);
    expect(second.booted).toHaveLength(12);
    expect(new Set([...first.booted, ...second.booted]).size).toBe(24);

    const comparison = comparisonOf(second);
    expect(comparison).toMatchObject({ blocks: 12, counts: [{ boots: 12 }, { boots: 12 }] });
    expect(comparison.alpha).toBeLessThan(0.05);
    expect(comparison.alpha).toBeGreaterThan(0.03);
    const said =
      /extended from 6 to 12 blocks.*held to p at most 0\.04\d*, so that its 2 looks together make a false claim in at most 5 %/;
    expect(textsOf(comparison)).toMatch(said);
    // A fixed test at .05 and then this one: 8 % by a normal approximation.
    expect(textsOf(comparison)).toMatch(/if they count too, about [78](\.\d)? % of runs make a false claim/);
    const findings = await deriveFindings(second.folder);
    for (const shown of [
      renderTerminal(findings, { colour: false, width: undefined } as never),
      renderComment(findings),
      text(second, 'report'),
    ])
      expect(shown.replaceAll(/\s+/g, ' ')).toContain('extended from 6 to 12 blocks');

    // The blocks equal those of a run of that length from the start, and its files yield the same bytes again.
    expect((await designed({ boots: 12 })).blocks).toEqual(run.blocks);
    expect((await deriveFromRaw(second.folder)).comparison).toEqual(comparison);
  });

  test('before a result was visible equals a run of that many blocks', async () => {
    const cut = await play(await designed({ boots: 6 }), boots(0.15, 0), { dieAfter: 5 });
    const { run } = await resumed(cut, 8);
    expect(run.blocks).toHaveLength(8);
    expect(run.schedule).toBeUndefined();
  });

  test('again and again spends alpha over all of its looks, and reports the effect on the chance of a false alarm', async () => {
    const run = { ...(await designed({ boots: 6 })), facts: {} };
    const scenario = scenarioOf(run);
    const twice = [12, 24, 48].reduce((longer, count) => extendedRun(longer, scenario, count, true), run as Run);
    expect(twice.schedule?.looks.map(({ blocks }) => blocks)).toEqual([6, 12, 24, 48]);
    expect(twice.schedule?.looks.at(-1)?.spent).toBe(0.05);
    expect(twice.schedule?.extended?.shown.map(({ blocks }) => blocks)).toEqual([6, 12, 24]);
    const once = extendedRun(run as Run, scenario, 48, true).schedule?.extended?.chance ?? 0;
    expect(twice.schedule?.extended?.chance).toBeGreaterThan(once + 0.02);
    expect(once).toBeGreaterThan(0.05);
  });

  test('with --precision looks after its further blocks as well', async () => {
    const run = { ...(await designed({ precision: '5%', boots: 8 })), facts: {} } as Run;
    const longer = extendedRun(run, scenarioOf(run), 14, true);
    expect(longer.schedule?.looks.map(({ blocks }) => blocks)).toEqual([6, 8, 10, 12, 14]);
    expect(longer.schedule).toMatchObject({ detect: 0.05, extended: { from: 8 } });
  });

  test('ends with an error where it would lose blocks, and where it is a shard', async () => {
    const run = { ...(await designed({ boots: 6 })), facts: {} } as Run;
    const scenario = scenarioOf(run);
    expect(() => extendedRun(run, scenario, 5, true)).toThrow(/has 6 blocks: --boots 5 would take some away/);
    expect(() => extendedRun({ ...run, shard: { index: 1, count: 2 } }, scenario, 9, true)).toThrow(/is a shard/);
    expect(() => extendedRun({ ...run, seed: 8 }, scenario, 9, true)).toThrow(/not the first of a longer run/);
    expect(() => extendedRun(run, scenario, 1001, true)).toThrow(/at most 1000 blocks/);
  });
});

describe('a candidate with a saved baseline', () => {
  const world = () =>
    ({
      cwd,
      environment: {},
      version: '0.0.0',
      scenarioFolders: [],
      now: () => '2026-01-01T00:00:00Z',
    }) as unknown as World;
  const request = { scenario: './looks.yaml', set: [], out: 'runs', baseline: './old' };

  test('boots alone, and the comparison says what it cannot claim', async () => {
    await play(await designed({ boots: 8 }), boots(0.01, 0), { name: 'old' });
    const saved = await savedBaseline(request, world());
    const { run } = await designExperiment({ ...request, boots: 8 }, world());
    expect(run.blocks.flatMap((block) => block.boots.map(({ variant }) => variant))).toEqual(Array(8).fill('after'));
    const played = await play(run, boots(0.01, 0.3), { name: 'new' });
    expect(comparisonOf(played)).toMatchObject({ baseline: 'after', candidates: [] });
    const baseline = saved ?? expect.fail();
    const held = async (side: typeof baseline) => heldAgainst(side, await deriveFindings(played.folder), played.folder);
    const { findings, page } = await held(baseline);
    expect(findings.comparison).toMatchObject({
      baseline: 'before',
      candidates: ['after'],
      verdict: 'slower',
      result: 'fails',
    });
    expect(findings.comparison.counts.map(({ boots: count }) => count)).toEqual([8, 8]);
    expect(textsOf(findings.comparison)).toMatch(
      /booted in \.\/old at \S+, and not again.*not that the image is the cause/,
    );
    // One scenario, of which each run booted a part.
    expect(textsOf(findings.comparison)).not.toContain('different scenarios');
    const edited = {
      ...baseline,
      run: { ...baseline.run, scenario: { ...baseline.run?.scenario, ready: { timeout: '9m' } } },
    };
    expect(textsOf((await held(edited as typeof baseline)).findings.comparison)).toContain('different scenarios');
    const terminal = renderTerminal(findings, { color: false, width: 120, unicode: true } as never);
    expect(terminal.replaceAll(/\s+/g, ' ')).toContain('not interleaved');
    expect(readFileSync(page, 'utf8')).toContain('were not interleaved');
  });

  test('whose baseline booted alone is comparable as well', async () => {
    const alone = { scenario: './looks.yaml', set: [], out: 'runs', only: 'before', boots: 6 };
    await play((await designExperiment(alone, world())).run, boots(0.01, 0), { name: 'old' });
    expect(await savedBaseline(request, world())).toMatchObject({ variant: 'before' });
  });

  test('ends before the first boot where the two would differ by more than the image', async () => {
    await play(await designed({ boots: 6 }), boots(0.01, 0), { name: 'old' });
    const refused = (more: object) => expect(savedBaseline({ ...request, ...more }, world())).rejects;
    await refused({ set: [{ path: 'provider.memory', value: '2G' }] }).toThrow(
      /made from another scenario: provider differ/,
    );
    await refused({ before: 'after.qcow2' }).toThrow(/its before is not the one of this scenario/);
    await refused({ baseline: './old:nothing' }).toThrow(/no boot of nothing/);
    await refused({ precision: '5%', aa: true }).toThrow(/boots the candidate alone: --aa, --precision needs/);
    await refused({ baseline: './nowhere' }).toThrow(/nowhere/);
    const saved = await savedBaseline(request, world());
    const newer = saved && {
      ...saved,
      place: 'b',
      variant: 'after',
      run: { ...saved.run, id: 'b', facts: { qemu: '8.0' } },
    };
    const older = saved && { ...saved, run: { ...saved.run, facts: { qemu: '7.2' } } };
    expect(combineRuns(older ?? expect.fail(), newer ?? expect.fail()).warnings).toContain(
      './old ran with qemu = 7.2, ./old with 8.0: part of what differs may come from that',
    );
    const facts = { provider: 'qemu', timing: 'virtual' } as const;
    expect(() => refuseOtherMachines(saved ?? expect.fail(), { facts })).toThrow(
      /timing = wall, this run with virtual/,
    );
  });
});

describe('a run with --aa', () => {
  test('boots the baseline against itself through the whole pipeline, stops for equivalence, and reports an A/A run', async () => {
    const run = await designed({ aa: true, precision: '5%' });
    expect(run.blocks[0]?.boots.map(({ variant }) => variant).sort()).toEqual(['before', 'before-again']);
    const played = await play(run, boots(0.002, 0));
    expect(played.before[0]).toMatchObject({ aa: true });
    expect(played.booted.length).toBeLessThan(40);
    const comparison = comparisonOf(played);
    expect(comparison).toMatchObject({ verdict: 'equivalent', baseline: 'before', candidates: ['before-again'] });
    expect(text(played, 'report')).toContain('compared with itself');
  });
});
