import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BootRequest } from '../../../src/model/provider.ts';
import { auditsOf, cacheUse, knownBoots } from '../../../src/stages/boot/known.ts';
import type { BootResult } from '../../../src/stages/boot/read.ts';
import { bootCache } from '../../../src/store/boot-cache.ts';
import { outcome, scenario } from '../boots.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'known-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const FIXTURE = 'test/fixtures/collectors/node/finished';
const artifact = (name: string, edit: (text: string) => string = (text) => text) => ({
  path: name,
  collector: 'systemd',
  command: 'c',
  exitCode: 0,
  truncated: false,
  bytes: Buffer.from(edit(readFileSync(path.join(FIXTURE, name), 'utf8'))),
});
const NAMES = ['systemd/units.show', 'systemd/manager.show', 'clock/guest.txt'];

/** A real boot's answers; `edit` changes the output of systemctl for the units. */
const attempt = (edit?: (text: string) => string, more: Partial<BootResult> = {}): BootResult => ({
  facts: { hostLoad: 1 },
  marks: [],
  warnings: [],
  artifacts: NAMES.map((name) => artifact(name, name.includes('units') ? edit : undefined)),
  harness: {},
  ...more,
});

const request = (id = '0001-before', blockSeed = 1): BootRequest => ({
  boot: { id, variant: 'before', block: 1, machine: 'm1', bootKind: 'first' },
  blockSeed,
  together: [id],
});

function use(audits: readonly string[] = [], questions = 'q', place = folder) {
  const said: string[] = [];
  const cache = bootCache(place, () => '2026-08-01T07:00:00Z');
  const known = knownBoots({
    cache,
    fleet: { inputsOf: async ({ blockSeed }) => ({ seed: String(blockSeed) }) },
    run: { id: 'r1', tool: 't' },
    scenario: scenario(),
    questions,
    audits: new Set(audits),
    now: () => '2026-08-01T07:00:00Z',
    say: (line) => said.push(line),
  });
  if (known === undefined) throw new Error('no cache');
  return { known, cache, said };
}

const never = () => Promise.reject(new Error('it was booted'));

describe('boots from the cache', () => {
  test('the next run takes a boot from the cache, byte for byte, and says from where', async () => {
    await use().known(request(), async () => attempt());
    const taken = await use().known(request('0007-before'), never);
    expect(taken.artifacts).toEqual(attempt().artifacts);
    expect(taken.cached).toMatchObject({ run: 'r1', boot: '0001-before' });
  });

  test('another seed, or another question to the machine, makes another boot', async () => {
    await use().known(request(), async () => attempt());
    await expect(use().known(request('0001-before', 2), never)).rejects.toThrow('it was booted');
    await expect(use([], 'other').known(request(), never)).rejects.toThrow('it was booted');
  });

  test('the cache keeps no boot that failed, and none that bench did not read completely', async () => {
    const failure = { stage: 'boot', code: 'panic', message: 'm', hint: 'h' } as const;
    await use().known(request(), async () => attempt(undefined, { failure }));
    await use().known(request('a', 2), async () => attempt(undefined, { warnings: [{ code: 'cut', message: 'm' }] }));
    expect(await use().cache.size()).toMatchObject({ boots: 0 });
  });

  test('an unwritable cache costs no boot: bench reports it once, and makes every boot', async () => {
    writeFileSync(path.join(folder, 'a-file'), '');
    const { known, said } = use([], 'q', path.join(folder, 'a-file', 'boots'));
    for (const seed of [1, 2]) expect((await known(request('b', seed), async () => attempt())).cached).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/^boots are not cached for later runs: Could not /)]);
  });

  test('an audit boots a known boot again; load and later readings do not count as a difference', async () => {
    await use().known(request(), async () => attempt());
    const { known, cache, said } = use(['0002-before']);
    const made = await known(request('0002-before'), async () => attempt(undefined, { facts: { hostLoad: 9 } }));
    expect([made.cached, made.audit?.differences, said]).toEqual([undefined, [], []]);
    expect(await cache.size()).toMatchObject({ boots: 1 });
  });

  test('an audit that finds one microsecond deletes the entry, names the event, and the new boot counts', async () => {
    await use().known(request(), async () => attempt());
    const { known, cache, said } = use(['0001-before']);
    const moved = (text: string) =>
      text.replace(/(ActiveEnterTimestampMonotonic=)(\d+)/, (_, key: string, us: string) => `${key}${Number(us) + 1}`);
    const made = await known(request(), async () => attempt(moved));
    expect(made.audit?.differences.length).toBeGreaterThan(0);
    expect(made.audit?.differences[0]).toMatch(/was .* is /);
    expect(made.warnings[0]).toMatchObject({ code: 'audit-differs' });
    expect(said[0]).toMatch(/^boot 0001-before differs from its cached copy of run r1/);
    expect(await cache.size()).toMatchObject({ boots: 0 });
  });

  test('a fleet that cannot tell what determines a boot makes every one', async () => {
    const base = { run: { id: 'r', tool: 't' }, scenario: scenario(), questions: '', audits: new Set<string>() };
    const world = { now: () => '', say: () => {}, cache: bootCache(folder, () => '') };
    expect(knownBoots({ ...base, ...world, fleet: {} })).toBeUndefined();
    const unsure = knownBoots({ ...base, ...world, fleet: { inputsOf: async () => undefined } });
    for (const _ of [1, 2]) expect((await unsure?.(request(), async () => attempt()))?.cached).toBeUndefined();
  });
});

describe('audits', () => {
  test('boot one in ten again, at least one; the seed selects which', () => {
    const ids = Array.from({ length: 24 }, (_, index) => `b${index}`);
    expect(auditsOf(ids, 1).size).toBe(3);
    expect(auditsOf(ids.slice(0, 3), 1).size).toBe(1);
    expect(auditsOf(ids, 1)).toEqual(auditsOf(ids, 1));
    const chosen = Array.from({ length: 50 }, (_, seed) => [...auditsOf(ids, seed)].sort().join());
    expect(new Set(chosen).size).toBeGreaterThan(40);
  });

  test('a run reports its use of the cache, and nothing where it did not use it', () => {
    const cached = { key: 'k', run: 'r', boot: 'b', at: 'now' };
    const outcomes = [
      outcome({ cached }),
      outcome({ audit: { key: 'k', run: 'r', differences: [] } }),
      outcome({ audit: { key: 'k', run: 'r', differences: ['x'] } }, { id: '0003-before' }),
      outcome(),
    ];
    expect(cacheUse(outcomes)).toEqual({ boots: 4, cached: 1, audited: 2, differing: ['0003-before'] });
    expect(cacheUse([outcome()])).toBeUndefined();
  });
});
