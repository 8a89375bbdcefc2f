import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type GateEffect, noneDecides } from '../../../src/model/profile.ts';
import { renderProfileTerminal } from '../../../src/render/profile/terminal.ts';
import { type RealProfile, realProfile } from './real-profile.ts';

/** `bench profile --scenario local-deferral` with no named items but the what-ifs: the findings that any seed must give, from real runs. */

const seconds = (us: number | undefined): number => (us ?? Number.NaN) / 1_000_000;

describe.each([
  [1, 'profile-default'],
  [2, 'profile-default-2'],
] as const)('the default profile of local-deferral, seed %i', (seed, name) => {
  let real: RealProfile;
  beforeAll(async () => {
    real = await realProfile(name);
  }, 60_000);
  const at = (metric: string, item: string): GateEffect | undefined =>
    real.profile.items
      .find((each) => each.item === item)
      ?.doses.find(({ action }) => action === 'sleep')
      ?.gates.find((gate) => gate.metric === metric);

  test('needs no more than 25 boots, and is quiet', () => {
    const { boots, nulls } = real.profile;
    expect(real.profile.seed).toBe(seed);
    expect(boots.made + boots.cached).toBeLessThanOrEqual(25);
    expect([boots.failed, boots.broken]).toEqual([0, 0]);
    const spread = (metric: string) => seconds(nulls.find((band) => band.metric === metric)?.spreadUs);
    expect(spread('node.ready')).toBeLessThanOrEqual(0.15);
    expect(spread('boot.target')).toBeLessThanOrEqual(0.02);
  });

  test('clears nine items by one boot', () => {
    const [group, ...parts] = real.profile.groups;
    const gate = group?.gates.find(({ metric }) => metric === 'node.ready');
    if (group === undefined || gate === undefined) throw new Error('no group');
    expect([group.items.length, group.notDelivered, parts]).toEqual([9, [], []]);
    expect(Math.abs(seconds(gate.shift.estimate))).toBeLessThanOrEqual(0.3);
    expect(noneDecides(group, gate)).toBe(true);
  });

  test('finds what decides, what has slack and what gets in the way, as the path does', () => {
    const ulimits = at('node.ready', 'task:setContainerdUlimits');
    expect(seconds(ulimits?.slack?.us)).toBeGreaterThan(1.2);
    expect(seconds(ulimits?.slack?.us)).toBeLessThan(1.7);
    expect(ulimits?.absorbedBy[0]?.during).toBe('task:cleanUpGPUDrivers');
    expect(at('node.ready', 'unit:background-update.service')?.share.estimate).toBeGreaterThanOrEqual(0.8);
    const exporter = at('node.ready', 'task:configureNodeExporter');
    expect(exporter?.effect).toBe('in-the-way');
    expect(seconds(exporter?.shift.estimate)).toBeGreaterThan(-1.8);
    expect(seconds(exporter?.shift.estimate)).toBeLessThan(-1.2);
    expect([at('boot.target', 'unit:ssh.service')?.effect, at('node.ready', 'unit:ssh.service')?.effect]).toEqual([
      'arrives',
      'absorbed',
    ]);
    const { items, agree } = real.profile.agreement;
    expect(items - agree).toBeLessThanOrEqual(2);
  });

  test.each([
    ['skip: setContainerdUlimits', -0.25, 0.25],
    ['skip: cleanUpGPUDrivers', -1.9, -1.3],
    ['mask: background-update.service', -1.9, -1.3],
  ])('"%s", booted and not predicted, moves node ready by %d to %d s', (label, low, high) => {
    const tried = real.profile.whatIfs.find((each) => each.label === label);
    expect([tried?.outcome, tried?.broken]).toEqual(['measured', []]);
    const us = tried?.gates.find(({ metric }) => metric === 'node.ready')?.shift.estimate;
    expect(seconds(us)).toBeGreaterThan(low);
    expect(seconds(us)).toBeLessThan(high);
  });
});

test('the documents show the profile of seed 1. BENCH_DOCS=update writes it', async () => {
  const { profile } = await realProfile('profile-default');
  const file = 'docs/local-lab.md';
  const shown = `\`\`\`text\n${renderProfileTerminal(profile, { color: false, width: 100 })}\`\`\``;
  const document = readFileSync(file, 'utf8');
  if (process.env.BENCH_DOCS === 'update')
    writeFileSync(
      file,
      document.replace(/```text\nPROFILE [\s\S]*?```/, () => shown),
    );
  expect(readFileSync(file, 'utf8')).toContain(shown);
});
