import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { findChanges, type NightlySeries } from '../../../src/statistics/trend/replay.ts';
import { gaussian } from '../../benchmarks/synthetic.ts';
import { simulateHistory, USUAL_WORLD } from '../../support/simulated-history.ts';
import { type Rule, score } from '../../support/trend-score.ts';

const ours: Rule = (history) => {
  const { changes } = findChanges(history.map(({ series }) => series));
  return history.map((_, index) => changes.filter(({ series }) => series === index));
};

describe('a simulated year of 24 metrics', () => {
  const history = simulateHistory({ ...USUAL_WORLD, metrics: 24 }, 22);
  const { falseChanges, bySize } = score(history, ours);

  test('has at most one false change', () => {
    expect(falseChanges).toBeLessThanOrEqual(1);
  });

  test.each([0.05, 0.1])('reports all steps of %f, all but one in four nights, placed within one night', (size) => {
    expect(bySize.get(size)).toMatchObject({ steps: 6, foundEver: 6, located: 6 });
    expect(bySize.get(size)?.withinFour).toBeGreaterThanOrEqual(5);
  });

  test('also reports its steps of .02, though later', () => {
    expect(bySize.get(0.02)?.foundEver).toBeGreaterThanOrEqual(5);
  });
});

/** Nights of a metric with 1 % noise around `level`. */
function series(nights: number, level: (at: number) => number, seed = 1): NightlySeries {
  const normal = gaussian(seededRandom(seed));
  return {
    family: 'all',
    values: Float64Array.from({ length: nights }, (_, at) => level(at) + 0.01 * normal.next()),
    nights: Int32Array.from({ length: nights }, (_, at) => at),
    breaks: [],
  };
}

test('the changes up to a night do not depend on the nights after it', () => {
  const whole = series(200, (at) => (at >= 120 ? 0.05 : 0));
  const found = findChanges([whole]).changes[0];
  const until = (found?.found ?? 0) + 1;
  const part = { ...whole, values: whole.values.slice(0, until), nights: whole.nights.slice(0, until) };
  expect(findChanges([part]).changes).toMatchObject([{ bornAs: found?.bornAs, found: found?.found, p: found?.p }]);
});

test('the same series gives the same changes among any other series', () => {
  const one = series(200, (at) => (at >= 120 ? 0.06 : 0));
  const others = Array.from({ length: 20 }, (_, seed) => series(200, () => 0, seed + 2));
  const alone = findChanges([one]).changes.map(({ first, status }) => ({ first, status }));
  expect(findChanges([...others, one]).changes).toMatchObject(alone.map((change) => ({ ...change, series: 20 })));
});

test('a level of only four nights ends as reverted, and no change stands', () => {
  const found = findChanges([series(200, (at) => (at >= 100 && at < 104 ? 0.05 : 0))]).changes;
  expect(found.map(({ status }) => status)).toEqual(['reverted', 'undoing']);
});

test('at a loose rate, later nights withdraw most chance changes', () => {
  const nothing = Array.from({ length: 40 }, (_, seed) => series(300, () => 0, seed + 1));
  const said = findChanges(nothing, 0.2).changes.filter(({ found }) => found < 240);
  const gone = said.filter(({ status }) => status !== 'standing');
  expect(said.length).toBeGreaterThan(10);
  expect(gone.length / said.length).toBeGreaterThan(0.6);
  expect(gone.some(({ status }) => status === 'withdrawn')).toBe(true);
});

test('two bad nights in a row are no change', () => {
  expect(findChanges([series(200, (at) => (at === 100 || at === 101 ? 0.3 : 0))]).changes).toEqual([]);
});

test('a few nights give no change, even with a large step', () => {
  expect(findChanges([series(11, (at) => (at >= 6 ? 0.5 : 0))]).changes).toEqual([]);
});

test('identical values give no change and no error', () => {
  const flat = { ...series(100, () => 0), values: new Float64Array(100) };
  expect(findChanges([flat])).toMatchObject({ changes: [], noise: [0] });
});
