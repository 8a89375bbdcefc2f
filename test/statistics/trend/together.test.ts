import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import type { Permutations } from '../../../src/statistics/trend/split.ts';
import { pTogether } from '../../../src/statistics/trend/together.ts';

const RATE = 0.0015;

/** A candidate whose permutations hit with this chance; `spent` counts them all. */
function candidate(chance: number, seed: number, spent: { permutations: number }): Permutations {
  const random = seededRandom(seed);
  let [k, hits] = [0, 0];
  return (permutations, enoughHits) => {
    for (; k < permutations && hits < enoughHits; k += 1, spent.permutations += 1)
      if (random.next() < chance) hits += 1;
    return hits >= enoughHits ? hits / k : (hits + 1) / (k + 1);
  };
}

const together = (chances: readonly number[], tests: number) => {
  const spent = { permutations: 0 };
  const p = pTogether(
    chances.map((chance, index) => candidate(chance, index + 1, spent)),
    tests,
    RATE,
  );
  return { p, spent: spent.permutations };
};

describe('candidates with a joint decision', () => {
  test('one of them gets as many permutations as it needs to pass alone', () => {
    const { p, spent } = together([0], 60);
    expect(spent).toBe(60 / RATE);
    expect(p[0]).toBeLessThan(RATE / 60);
  });

  test('when all metrics move, each costs the same however many there are', () => {
    const cost = (metrics: number) => together(Array(metrics).fill(0), metrics).spent / metrics;
    expect(cost(400)).toBeCloseTo(cost(100), -1);
  });

  test('one that moves passes, while many that nearly move do not', () => {
    const { p } = together([0, ...Array(80).fill(0.01)], 100);
    expect(p[0]).toBeLessThan(RATE / 100);
    expect(Math.min(...p.slice(1))).toBeGreaterThan(0.004);
  });

  test('thirty that pass only together pass', () => {
    const { p } = together(Array(30).fill((30 * RATE) / 100 / 4), 100);
    expect(Math.max(...p)).toBeLessThanOrEqual((30 * RATE) / 100);
  });

  test('a candidate with p 1 fails, and the other does not fail with it', () => {
    expect(pTogether([() => 1, () => 0.00001], 2, RATE)).toEqual([1, 0.00001]);
  });
});
