import { describe, expect, test } from 'vitest';
import type { HistoryConfirmation, HistorySide } from '../../../src/model/history.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { Samples } from '../../../src/model/samples.ts';
import type { TrendChange } from '../../../src/model/trend.ts';
import { us } from '../../../src/model/units.ts';
import {
  bisectChange,
  chosenChange,
  confirmChange,
  knownPairs,
  pairOf,
  versionsAround,
} from '../../../src/stages/history/confirm.ts';
import { pinnedSource, refuseOtherImages } from '../../../src/stages/history/images.ts';
import { type Pair, pairSettings } from '../../../src/stages/history/pair.ts';
import { trendOf } from '../../../src/stages/history/trend.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { boots, CLEAN_CELL, gaussian } from '../../benchmarks/synthetic.ts';
import { metricLine, nightsFrom, runLine } from '../../support/history-lines.ts';

const random = seededRandom(3);
const normal = gaussian(random);

/** 80 nights; from the 60th on the image is 6 % slower. */
const lines = nightsFrom('2026-01-01', 80).map((night, at) =>
  runLine(night, { metrics: [metricLine('boot.target', 0.01 * normal.next() + (at >= 60 ? 0.06 : 0))] }),
);
const content = { lines, damaged: [] };
const trend = trendOf(content);
const change = trend.changes[0] as TrendChange;

/** Boots a pair for real except for the machines: 20 synthetic blocks and the whole comparison. `slowFrom` is the first slow image. */
function laboratory(slowFrom: string, sigma = 0.02) {
  const booted: Pair[] = [];
  const added: HistoryConfirmation[] = [];
  return {
    booted,
    added,
    change,
    known: [] as HistoryConfirmation[],
    boot: async (pair: Pair) => {
      booted.push(pair);
      const isSlow = ({ image }: HistorySide) => image >= slowFrom;
      const effect = isSlow(pair.after) && !isSlow(pair.before) ? 0.06 : 0;
      const values = boots({ ...CLEAN_CELL, sigma, effect }, random, normal);
      const samples = Samples.parse({
        schema: 'bench/samples@1',
        scenario: 'nightly',
        baseline: 'before',
        candidates: ['after'],
        metrics: [{ id: 'boot.target', gate: true }],
        boots: (['before', 'after'] as const).flatMap((variant) =>
          Array.from(values[variant], (us, i) => ({
            id: `${i}-${variant}`,
            variant,
            block: i + 1,
            outcome: 'booted',
            values: { 'boot.target': { us } },
          })),
        ),
      });
      return { run: `run-${booted.length}`, at: '2026-04-01T00:00:00Z', comparison: compareSamples(samples) };
    },
    add: async (line: HistoryConfirmation) => void added.push(line),
  };
}

const pair = pairOf(content, change);
const around = versionsAround(content, change);

describe('the change', () => {
  test('has an id; a part that no other change has selects it too', () => {
    expect(chosenChange(trend, change.id)).toBe(change);
    expect(chosenChange(trend, `@${change.night}`)).toBe(change);
    expect(() => chosenChange(trend, 'kubelet')).toThrow('The history has no change "kubelet"');
  });

  test('has two images, and more around it for a search', () => {
    expect([pair.before.image, pair.after.image]).toEqual(Object.values(change.images));
    const seen = around.map(({ image }) => image);
    expect(seen).toHaveLength(8);
    expect(seen.slice(3, 5)).toEqual(Object.values(change.images));
  });
});

test('a change that boots again becomes confirmed, and one line reports it', async () => {
  const lab = laboratory('image-2026-03-02');
  const result = await confirmChange(pair, lab);
  expect(result).toMatchObject({ outcome: 'confirmed', change: change.id, id: 'run-1', verdict: 'slower' });
  expect(lab.added).toEqual([result]);
});

test('a change that does not boot again becomes refuted', async () => {
  const lab = laboratory('image-9999');
  expect(await confirmChange(pair, lab)).toMatchObject({ outcome: 'refuted' });
});

test('a large spread of boots leaves a change inconclusive, and a search does not begin', async () => {
  const lab = laboratory('image-2026-03-02', 0.9);
  expect(await bisectChange(around, lab)).toMatchObject({ outcome: 'inconclusive' });
  expect(lab.booted).toHaveLength(1);
});

test.each(around.slice(1).map(({ image }, at) => [image, at] as const))(
  'a search finds that the step came with %s, in three more runs at most',
  async (image, at) => {
    const lab = laboratory(image);
    const result = await bisectChange(around, lab);
    expect(result).toMatchObject({ outcome: 'confirmed', before: around[at]?.image, after: image });
    expect(lab.booted.length).toBeLessThanOrEqual(4);
    expect(lab.added.filter(({ step }) => step)).toHaveLength(lab.booted.length);
    expect(trendOf({ lines: [...lines, ...lab.added], damaged: [] }).changes[0]?.confirmations).toEqual([result]);
  },
);

test('an interrupted search boots no pair twice, and neither does a later one', async () => {
  const lab = laboratory(around[2]?.image ?? '');
  // The third run has ended, but its line is missing.
  const cut = { ...lab, add: async (line: HistoryConfirmation) => (lab.booted.length < 3 ? lab.add(line) : cutOff()) };
  await expect(bisectChange(around, cut)).rejects.toThrow('no light');
  expect([lab.booted.length, lab.added.length]).toEqual([3, 2]);
  const again = () => ({ ...lab, known: knownPairs({ lines: lab.added, damaged: [] }, change) });
  const result = await bisectChange(around, again());
  expect([result.before, result.after, lab.booted.length]).toEqual([around[1]?.image, around[2]?.image, 5]);
  expect(await bisectChange(around, again())).toEqual(result);
  expect(lab.booted).toHaveLength(5);
});

function cutOff(): never {
  throw new Error('no light');
}

test('both images of a pair face the expectations of the candidate, with the margins of its gate', () => {
  const expect1 = [
    { unit: 'kubelet.service', is: 'active' },
    { task: 'late', startsAfter: 'kubelet.start', of: 'after' },
    { task: 'late', startsBefore: 'kubelet.start', of: 'before' },
  ];
  const document = { gates: { 'boot.target': { floor: '10ms' }, other: {} }, expect: expect1 };
  const settings = pairSettings(pair, change, document);
  expect(Object.fromEntries(settings.map(({ path, value }) => [path, JSON.parse(value)]))).toMatchObject({
    variants: { before: { image: pair.before.source }, after: { image: pair.after.source } },
    gates: { 'boot.target': { floor: '10ms' } },
    expect: [
      { unit: 'kubelet.service', is: 'active' },
      { task: 'late', startsAfter: 'kubelet.start' },
    ],
  });
});

test('the names of images ensure that the same images boot again, and no others', () => {
  expect(pinnedSource({ image: '/v/1.2.3', source: '/images/latest' })).toBe('/v/1.2.3');
  expect(
    pinnedSource({ image: '/v/1.2.3', source: { id: '/images/x', tags: { branch: 'main' }, plan: true } }),
  ).toEqual({ id: '/v/1.2.3', plan: true });
  expect(pinnedSource({ image: 'abc', source: { file: 'a.raw' } })).toEqual({ file: 'a.raw', sha256: 'abc' });
});

test('bench refuses an image whose recipe gives another one by now, before the first boot', () => {
  const facts = { 'image.before': 'a', 'image.after': 'c' };
  expect(() => refuseOtherImages({ facts }, { before: 'a', after: 'b' })).toThrow(
    'The image b (after) cannot be rebuilt: its recipe now gives c.',
  );
  expect(() => refuseOtherImages({ facts }, { before: 'a', after: 'c' })).not.toThrow();
});

test('the line keeps where the time went, the largest part first', async () => {
  const lab = laboratory('image-2026-03-02');
  const part = (item: string, differenceUs: number) => ({
    item,
    differenceUs: us(differenceUs),
    beforeUs: us(1e6),
    afterUs: us(1e6 + differenceUs),
    lowUs: null,
    highUs: null,
    pAdjusted: null,
  });
  const rows = [
    part('unit:small.service', 100),
    part('unit:same.service', 0),
    part('unit:saved.service', -900),
    ...Array.from({ length: 9 }, (_, i) => part(`task:${i}`, i + 1)),
  ];
  const boot = async (pair: Pair) => {
    const booted = await lab.boot(pair);
    const attribution = [{ metric: 'boot.target', candidate: 'after', blocks: 20, differenceUs: us(1), rows }];
    return { ...booted, comparison: { ...booted.comparison, attribution } };
  };
  const { attribution } = await confirmChange(pair, { ...lab, boot });
  expect(attribution?.map(({ item }) => item)).toEqual([
    'unit:saved.service',
    'unit:small.service',
    'task:8',
    'task:7',
    'task:6',
    'task:5',
  ]);
});
