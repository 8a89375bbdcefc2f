/**
 * A complete profile in wall time, on machines without their own clock. An SSH server answers like a boot: a graph of four
 * units, as noisy as a busy host. The files that each boot got determine its behaviour.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { collectorsFor } from '../../../src/collectors/index.ts';
import { trial as trialCollector } from '../../../src/collectors/trial.ts';
import type { Dose, GateEffect, Profile } from '../../../src/model/profile.ts';
import type { GivenFile } from '../../../src/model/provider.ts';
import type { ProviderKind } from '../../../src/model/provider-kind.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { checkVariants, scenarioKeys } from '../../../src/model/scenario.ts';
import { ms, us } from '../../../src/model/units.ts';
import { register } from '../../../src/providers/registry.ts';
import { bootProfile, playedIn } from '../../../src/stages/profile/boots.ts';
import { profileOf } from '../../../src/stages/profile/derive.ts';
import { type RunFolder, runFolder } from '../../../src/store/run-folder.ts';
import { type SshGuests, sshGuests } from '../../support/ssh-guest.ts';
import { realTimer as timer } from '../../support/timer.ts';

const NoisyScenario = z
  .strictObject(scenarioKeys(z.strictObject({ kind: z.literal('noisy') }), z.string()))
  .superRefine(checkVariants);
type NoisyScenario = z.output<typeof NoisyScenario>;

const NOISE_S = 0.5;
const DOSE_S = 3;

/** Seconds. first -> second -> target; beside has 2 s of slack; nothing waits for free. */
function bootOf(id: string, files: readonly GivenFile[]): Record<string, string> {
  const doses = files.flatMap((file) => {
    const [, unit] = /system\/(.+)\.d\/90-/.exec(file.path) ?? [];
    const [, number, seconds] = (file.kind === 'file' && /dose\.sh (\d+) sleep (\S+)/.exec(file.content)) || [];
    return unit === undefined || seconds === undefined ? [] : [{ unit, number, seconds: Number(seconds) }];
  });
  const dosed = (unit: string) => doses.find((dose) => dose.unit === unit)?.seconds ?? 0;
  const random = seededRandom(Number.parseInt(id, 10) + 100);
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const first = 3 + dosed('first.service');
  const second = first + 3 + dosed('second.service');
  const target = Math.max(second, 4 + dosed('beside.service')) + NOISE_S * normal;
  const starts = { first: 1, second: first, beside: 1, free: 1 };
  const ends = { first, second, beside: 4 + dosed('beside.service'), free: 2 + dosed('free.service') };
  const names = ['first', 'second', 'beside', 'free'] as const;
  const show = (name: string, from: number, to: number, more = '') =>
    `Id=${name}\nNames=${name} ${more}\nLoadState=loaded\nActiveState=active\nInactiveExitTimestampMonotonic=${Math.round(from * 1e6)}\nActiveEnterTimestampMonotonic=${Math.round(to * 1e6)}\n`;
  const stamps = doses
    .filter(({ unit }) => names.some((name) => unit === `${name}.service`))
    .map(({ number, seconds }) => `${number} sleep begin 1.00\n${number} sleep end ${(1 + seconds).toFixed(2)}\n`);
  return {
    'systemd/manager.show': 'UserspaceTimestampMonotonic=1000000\nNFailedUnits=0\n',
    'systemd/units.show': [
      show('multi-user.target', target, target, 'default.target'),
      ...names.map((name) => show(`${name}.service`, starts[name], ends[name])),
    ].join('\n'),
    'trial/stamps.txt': stamps.join(''),
  };
}

const given = new Map<string, readonly GivenFile[]>();
const noisy = (guests: () => SshGuests): ProviderKind<NoisyScenario> => ({
  kind: 'noisy',
  schema: NoisyScenario,
  capabilities: {
    boots: { first: { can: true }, reboot: { can: false, why: 'w', todo: 't' } },
    keeps: { can: false, why: 'w', todo: 't' },
    readiness: 'told',
    billed: false,
  },
  estimate: () => ({ machinesAtATime: 4, secondsPerBoot: 1 }),
  imageOf: (text) => text,
  open: async (_scenario, { connect, claims }) => ({
    facts: { provider: 'noisy', reaches: connect !== undefined, claims: claims?.made.length ?? -1 },
    gives: ['first'],
    async boot({ boot, files = [] }) {
      given.set(boot.id, files);
      const ssh = guests().target(boot.id);
      return { facts: {}, marks: [], zeroMs: ms(0), ssh, console: async () => '', destroy: async () => {} };
    },
    close: async () => {},
  }),
});

const ITEMS = ['first', 'beside', 'free', 'no-such'].map((name) => `unit:${name}.service`);
let cwd: string;
let guests: SshGuests | undefined;
let folder: RunFolder;
let unregister: () => void = () => {};
let profile: Profile;

async function boot(mostBoots: number, signal = new AbortController().signal): Promise<void> {
  const document = { name: 'noise', provider: { kind: 'noisy' }, variants: { a: { image: 'x' }, b: { image: 'y' } } };
  const scenario = NoisyScenario.parse(document);
  const requests = [...collectorsFor(scenario), trialCollector].flatMap((collector) => collector.artifacts);
  guests ??= await sshGuests(requests, (user) => bootOf(user, given.get(user) ?? []));
  const nothing = () => {};
  const watcher = { changed: nothing, gaveUp: nothing, kept: nothing, started: nothing, deriving: nothing };
  const now = () => '2026-01-01T00:00:00Z';
  const run = {
    ...{ schema: 'bench/run@1' as const, id: 'noise-1', tool: 'bench 0.0.0', createdAt: now(), seed: 7, blocks: [] },
    ...{ scenario: document, scenarioSha256: '0'.repeat(64) },
    profile: { variant: 'a', doseUs: us(DOSE_S * 1e6), items: ITEMS, mostItems: 12, whatIfs: [], mostBoots },
  };
  const place = { cacheFolder: cwd, scratchFolder: cwd, scenarioFolder: cwd, environment: {}, progress: nothing };
  await bootProfile({ folder, run, scenario }, { provider: { ...place, timer }, timer, now, watcher }, signal);
  const known = await folder.readRun();
  profile = profileOf({ run: known, scenario, played: await playedIn(folder, known) });
}

beforeAll(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'noisy-'));
  folder = runFolder(cwd);
  unregister = register(noisy(() => guests ?? expect.fail('no guests')));
  await boot(12);
  await boot(100);
}, 120_000);
afterAll(async () => {
  unregister();
  await guests?.close();
  rmSync(cwd, { recursive: true });
});

const doseOf = (name: string): Dose =>
  profile.items.find(({ item }) => item === `unit:${name}.service`)?.doses[0] ?? expect.fail(name);
const effectOf = (name: string): GateEffect => doseOf(name).gates[0] ?? expect.fail(name);

describe('a profile on a noisy host', () => {
  test('takes the spread from boots without an intervention, and boots each dose as often as a share to a fourth needs', () => {
    const [band] = profile.nulls;
    expect(band?.metric).toBe('boot.target');
    expect(band?.boots).toBeGreaterThanOrEqual(4);
    expect((band?.sdUs ?? 0) / 1e6).toBeGreaterThan(NOISE_S / 3);
    const times = new Set(ITEMS.map((item) => doseOf(item.replace(/^unit:|\.service$/g, '')).boots.length));
    expect(times.size).toBe(1);
    expect([...times][0]).toBeGreaterThan(1);
  });

  test('its intervals hold the truth: all of it, the part beyond the slack, nothing', () => {
    for (const [name, truth] of [
      ['first', 1],
      ['beside', 1 / 3],
      ['free', 0],
    ] as const) {
      const { share } = effectOf(name);
      expect(share.low).toBeLessThan(truth);
      expect(share.high).toBeGreaterThan(truth);
      expect(share.high - share.low).toBeGreaterThan(0.02);
      expect(Math.abs(share.estimate - truth)).toBeLessThan(0.25);
    }
    expect(effectOf('first').effect).toBe('arrives');
    expect(effectOf('free').effect).toBe('absorbed');
  });

  test('the provider gets the same context as in a run, including the way to log in', async () => {
    expect((await folder.readRun()).facts).toMatchObject({ reaches: true, claims: 0 });
  });

  test('an item outside the boot receives no dose in any of its boots', () => {
    expect(doseOf('no-such')).toMatchObject({ outcome: 'not-delivered', gates: [] });
  });

  test('continued after its limit, it makes the missing boots, and none twice', async () => {
    const ids = await folder.boots();
    const trials = (await folder.readOutcomes()).map(({ boot: { block }, trial }) => JSON.stringify([block, trial]));
    expect(new Set(trials).size).toBe(ids.length);
    await boot(100);
    expect(await folder.boots()).toEqual(ids);
  });
});
