import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { peltSteps } from '../../../src/statistics/trend/pelt.ts';
import { bestSplit, blockLength, splitP } from '../../../src/statistics/trend/split.ts';
import { gaussian } from '../../benchmarks/synthetic.ts';

const noise = (nights: number, seed: number) => {
  const normal = gaussian(seededRandom(seed));
  return Float64Array.from({ length: nights }, () => normal.next());
};

/** The divergence by its definition: squared distances of all pairs between and within. */
function byAllPairs(values: Float64Array, tail: number): number {
  const [before, after] = [values.slice(0, -tail), values.slice(-tail)];
  const meanOf = (one: Float64Array, two: Float64Array) =>
    one.reduce((sum, x) => sum + two.reduce((inner, y) => inner + (x - y) ** 2, 0), 0) / (one.length * two.length);
  const energy = 2 * meanOf(before, after) - meanOf(before, before) - meanOf(after, after);
  return (energy * before.length * after.length) / (2 * values.length);
}

test('the statistic is the divergence of all pairs', () => {
  const values = noise(40, 3).map((value, at) => value + (at >= 31 ? 3 : 0));
  const split = bestSplit(values);
  expect(split?.tail).toBe(9);
  expect(split?.statistic).toBeCloseTo(byAllPairs(values, 9), 9);
});

test('under no change p is uniform: a tenth of series have p up to .1', () => {
  const p = Array.from({ length: 400 }, (_, seed) => {
    const values = noise(30, seed + 1);
    const statistic = bestSplit(values)?.statistic ?? 0;
    return splitP(statistic, { n: 30, pool: values, block: 1 }, seededRandom(seed))(199, 200);
  });
  const share = (most: number) => p.filter((each) => each <= most).length / p.length;
  expect(share(0.1)).toBeGreaterThan(0.06);
  expect(share(0.1)).toBeLessThan(0.14);
  expect(share(0.5)).toBeGreaterThan(0.42);
  expect(share(0.5)).toBeLessThan(0.58);
  expect(Math.min(...p)).toBeGreaterThanOrEqual(1 / 200);
});

describe('permutations use blocks', () => {
  test('of one night if nights are independent', () => {
    const lengths = Array.from({ length: 100 }, (_, seed) => blockLength(noise(80, seed + 1)));
    expect(lengths.filter((length) => length === 1).length).toBeGreaterThan(90);
  });

  test('of several nights if neighbours are correlated', () => {
    const values = noise(120, 4);
    for (let i = 1; i < values.length; i++) values[i] = 0.7 * (values[i - 1] as number) + (values[i] as number);
    expect(blockLength(values)).toBeGreaterThan(4);
  });
});

describe('the independent check', () => {
  test('finds all steps of a series at once', () => {
    const values = noise(300, 5).map((value, at) => value + (at >= 100 ? 5 : 0) - (at >= 220 ? 8 : 0));
    expect(peltSteps(values)).toEqual([100, 220]);
  });

  test('finds none in noise, in a constant and in a few nights', () => {
    expect([noise(300, 6), new Float64Array(50), noise(4, 1)].map(peltSteps)).toEqual([[], [], []]);
  });
});
