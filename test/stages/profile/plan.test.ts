import { describe, expect, test } from 'vitest';
import { trialFiles } from '../../../src/guest/trial/files.ts';
import { pathSlack } from '../../../src/metrics/path-slack.ts';
import type { Profile } from '../../../src/model/profile.ts';
import { us } from '../../../src/model/units.ts';
import { candidatesOf, namedItem, provisionerOf, readWhatIf, whatIfLabel } from '../../../src/stages/profile/items.ts';
import {
  baseline,
  chosenItems,
  groupTrial,
  ideas,
  inertTrials,
  nextSet,
  spins,
  splits,
} from '../../../src/stages/profile/plan.ts';
import { nodeScenario, realBoot } from './real-boot.ts';

const record = realBoot();
const provisionedBy = provisionerOf(record);
const METRICS = ['node.ready', 'boot.target'];
const design = { variant: 'before', doseUs: us(2_000_000), items: [], mostItems: 12, whatIfs: [], mostBoots: 25 };

describe('the delays of a profile of a real node', () => {
  test('include the unit that runs the provisioning script', () => {
    expect(provisionedBy).toBe('node-provisioning.service');
  });

  test('include the longest, on the path or off it: the holder of the lock, the step that waits, the one beside kubelet', () => {
    const items = chosenItems(design, record, provisionedBy);
    expect(items).toHaveLength(12);
    expect(items).toEqual(
      expect.arrayContaining([
        ...['unit:background-update.service', 'task:cleanUpGPUDrivers', 'task:setContainerdUlimits'],
        ...['task:configureNodeExporter', 'unit:ssh.service', 'unit:boot-hook.service'],
      ]),
    );
    expect(items).not.toContain('unit:node-provisioning.service');
    expect(items).not.toContain('task:cse_start');
    expect(items.some((item) => item.endsWith('.device'))).toBe(false);
  });

  test('follow a list of names instead, and include nothing else', () => {
    expect(chosenItems({ ...design, items: ['unit:a.service'] }, record, provisionedBy)).toEqual(['unit:a.service']);
  });

  test('put nine of the rest that are on no path into one boot, three seconds together', () => {
    const items = chosenItems(design, record, provisionedBy);
    const group = groupTrial(items, record, provisionedBy);
    expect(group?.interventions).toHaveLength(9);
    expect(group?.interventions.reduce((sum, each) => sum + (each.us ?? 0), 0)).toBeCloseTo(3_000_000, -4);
    const onPath = new Set(Object.values(record.paths).flatMap((path) => path.map(({ item }) => item)));
    expect(group?.interventions.filter(({ item }) => onPath.has(item) || items.includes(item))).toEqual([]);
  });

  test('need no more than 25 boots with twelve items, three doses of work and three ideas', () => {
    const items = chosenItems(design, record, provisionedBy);
    const first = [baseline(), ...inertTrials(record, METRICS, provisionedBy)].length + 1 + items.length;
    expect(first + 3 + ideas(nodeScenario, record, provisionedBy, 'node.ready').length + 1).toBeLessThanOrEqual(25);
  });

  test('have nulls with all the means and no effect, ahead of delays that could come half a second later for nothing', () => {
    const nulls = inertTrials(record, METRICS, provisionedBy);
    const deeds = nulls.map(({ interventions }) => interventions.map(({ action, item }) => `${action} ${item}`));
    expect(deeds).toEqual([
      ['inert unit:ensure-no-dup.service'],
      ['inert unit:systemd-udevd.service'],
      ['sleep unit:ensure-no-dup.service'],
      ['sleep task:configureK8s', 'inert unit:ensure-no-dup.service'],
    ]);
    for (const item of ['unit:ensure-no-dup.service', 'task:configureK8s'])
      for (const metric of METRICS)
        expect(pathSlack(metric, item, record)?.slackUs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(500_000);
    const files = nulls.map(({ interventions }) =>
      trialFiles(interventions, { provisionedBy, readyFile: undefined }).map((file) => [
        file.path,
        file.kind === 'file' && file.content.length,
      ]),
    );
    expect(files[2]).toEqual(files[0]);
    expect(files[3]?.toSorted()).toEqual(files[0]?.toSorted());
  });

  test('come with proposed interventions: items on the path, except names that the scenario expects', () => {
    const labels = ideas(nodeScenario, record, provisionedBy, 'node.ready').map(({ label }) => label);
    expect(labels.slice(0, 2)).toEqual(['mask: background-update.service', 'defer: cleanUpGPUDrivers']);
    expect(labels.join()).not.toMatch(
      /containerd\.service|kubelet\.service|ensureKubelet,|configureK8s|boot-hook|systemd-/,
    );
  });

  test('count all starts of a unit as its length', () => {
    const containerd = candidatesOf(record, provisionedBy).find(({ item }) => item === 'unit:containerd.service');
    const spans = record.spans.filter(({ name }) => /^containerd\.service(~1)?$/.test(name));
    expect(spans).toHaveLength(2);
    expect(containerd?.lengthUs).toBe(spans.reduce((sum, { start, end }) => sum + (end?.us ?? 0) - start.us, 0));
  });
});

const shift = (estimate: number) => ({ estimate: us(estimate), low: us(estimate), high: us(estimate) });
const profile = (more: Partial<Profile>): Profile => ({
  schema: 'bench/profile@1',
  ...{ scenario: 's', variant: 'before', seed: 1, tool: 't', run: 'r', timing: 'virtual', headline: 'node.ready' },
  boots: { made: 1, cached: 0, failed: 0, broken: 0 },
  ...{
    nulls: [],
    items: [],
    groups: [],
    whatIfs: [],
    opportunities: [],
    agreement: { items: 0, agree: 0 },
    warnings: [],
  },
  ...more,
});
const gate = (estimate: number, beyondNoise = true) => ({ metric: 'node.ready', shift: shift(estimate), beyondNoise });

const NINE = Array.from({ length: 9 }, (_, index) => `unit:${index}.service`);

describe('the next step', () => {
  const group = (items: string[], estimate: number, beyondNoise = true) => ({
    ...{ boots: ['b'], items, deliveredUs: us(items.length * 333_000), notDelivered: [], outcome: 'measured' as const },
    gates: [gate(estimate, beyondNoise)],
  });

  test('splits no group that shifts nothing; it halves one that does down to a single item, which gets a dose', () => {
    expect(splits(profile({ groups: [group(['unit:a.service', 'unit:b.service'], 9, false)] }), us(2e6))).toEqual([]);
    // 9 delays of a third of a second each; all together moved the end by half of one.
    expect(splits(profile({ groups: [group(NINE, 17e4)] }), us(2e6))).toEqual([]);
    expect(splits(profile({ groups: [group(NINE, 3e5)] }), us(2e6))).toHaveLength(2);
    expect(splits(profile({ groups: [group(NINE, -3e5)] }), us(2e6))).toHaveLength(2);
    const halves = splits(
      profile({ groups: [group(['unit:a.service', 'unit:b.service', 'unit:c.service'], 9e5)] }),
      us(2e6),
    );
    expect(halves.map(({ purpose, interventions }) => [purpose, interventions.length])).toEqual([
      ['group', 2],
      ['group', 1],
    ]);
    const groups = [group(['unit:c.service'], 9e5)];
    const [single] = splits(profile({ groups }), us(2e6));
    expect(single).toMatchObject({ purpose: 'dose', interventions: [{ action: 'sleep', item: 'unit:c.service' }] });
    expect(splits(profile({ groups, items: [{ item: 'unit:c.service', doses: [] }] }), us(2e6))).toEqual([]);
  });

  test('tries work where a sleep came through by less than half, once, at half the dose', () => {
    const dose = (estimate: number) => ({
      ...{
        action: 'sleep' as const,
        boots: ['b'],
        plannedUs: us(2e6),
        deliveredUs: us(2e6),
        times: 1,
        outcome: 'measured' as const,
      },
      gates: [
        {
          ...{ metric: 'node.ready', effect: 'partly' as const, shift: shift(estimate), onPathUs: us(0), agrees: true },
          share: { estimate: estimate / 2e6, low: 0, high: 1 },
          ...{ absorbedBy: [], arrivesThrough: [] },
        },
      ],
    });
    const items = [
      { item: 'unit:small.service', doses: [dose(4e5)] },
      { item: 'unit:large.service', doses: [dose(18e5)] },
    ];
    const [spin, ...more] = spins(profile({ items }), us(2e6));
    expect([spin?.interventions, more]).toEqual([[{ action: 'spin', item: 'unit:small.service', us: 1e6 }], []]);
  });

  describe('the best set', () => {
    const tried = (label: string, estimate: number | undefined) => ({
      ...{ label, boots: ['b'], outcome: 'measured' as const, broken: [] },
      interventions: readWhatIf(label) as never,
      gates: estimate === undefined ? [] : [gate(estimate, Math.abs(estimate) > 1e5)],
    });
    const band = {
      metric: 'node.ready',
      boots: 4,
      meanUs: us(15e6),
      sdUs: us(4e4),
      spreadUs: us(1e5),
      bandUs: us(1e5),
    };
    const next = (...whatIfs: ReturnType<typeof tried>[]) => nextSet(profile({ whatIfs, nulls: [band] }))?.label;
    const singles = [tried('mask: b.service', -5e5), tried('skip: a', -16e5), tried('skip: c', -4e5)];

    test('begins with the two that help most, and no broken or useless one', () => {
      expect(next(...singles, tried('skip: d', 0), tried('skip: e', undefined))).toBe('skip: a; mask: b.service');
      expect(next(tried('skip: a', -16e5), tried('skip: d', 0))).toBeUndefined();
      expect(next()).toBeUndefined();
    });

    test('keeps items that bring more than noise, and leaves out the others', () => {
      expect(next(...singles, tried('skip: a; mask: b.service', -20e5))).toBe('skip: a, c; mask: b.service');
      expect(next(...singles, tried('mask: b.service; skip: a', -16.5e5))).toBe('skip: a, c');
      expect(next(...singles, tried('skip: a; mask: b.service', undefined))).toBe('skip: a, c');
      const ended = [tried('skip: a; mask: b.service', -20e5), tried('skip: a, c; mask: b.service', -23e5)];
      expect(next(...singles, ...ended)).toBeUndefined();
    });

    test('does one thing to an item, not two', () => {
      expect(next(tried('skip: a', -16e5), tried('defer: a', -15e5), tried('skip: c', -4e5))).toBe('skip: a, c');
    });
  });
});

describe('what-ifs as people write them', () => {
  test('give the same words again after parsing', () => {
    const read = readWhatIf('defer: a, AKS.CSE.b; skip: c; mask: d.service');
    expect(read).toEqual([
      { action: 'defer', item: 'task:a' },
      { action: 'defer', item: 'task:b' },
      { action: 'skip', item: 'task:c' },
      { action: 'mask', item: 'unit:d.service' },
    ]);
    expect(typeof read === 'string' ? read : whatIfLabel(read)).toBe('defer: a, b; skip: c; mask: d.service');
  });

  test('that bench cannot parse lead to an error that says what to write', () => {
    expect(readWhatIf('remove: a')).toMatch(/write defer:, skip: or mask:/);
    expect(readWhatIf('skip: a.service')).toMatch(/write mask: a\.service/);
    expect(readWhatIf('mask: step')).toMatch(/write skip: step/);
    expect(readWhatIf('')).toMatch(/is not an intervention/);
    expect(readWhatIf('mask: a.service,, b.service')).toMatch(/has "" as a name; separate names by one comma each/);
    expect(readWhatIf('defer: a b')).toMatch(/has "a b" as a name/);
    expect(readWhatIf('mask: a.service; defer: unit:a.service')).toBe('unit:a.service is named twice; name it once');
    expect(readWhatIf('skip: a, AKS.CSE.a')).toBe('AKS.CSE.a is named twice; name it once');
  });

  test('names with a suffix of units are units, all others steps', () => {
    expect(['a.service', 'b', 'unit:c', 'x.target', 'AKS.CSE.d.e'].map(namedItem)).toEqual([
      ...['unit:a.service', 'task:b', 'unit:c', 'unit:x.target', 'task:d.e'],
    ]);
  });
});
