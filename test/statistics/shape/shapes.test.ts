/** Tails, modes and deciles, which a median does not show. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { us } from '../../../src/model/units.ts';
import type { Arrangement } from '../../../src/statistics/observations.ts';
import { dip, dipTest } from '../../../src/statistics/shape/dip.ts';
import { decilesFor, shiftFunction } from '../../../src/statistics/shape/shift-function.ts';
import { compareTails, upperModeFrom } from '../../../src/statistics/shape/tails.ts';
import { mcnemarP } from '../../../src/statistics/tests/counts.ts';
import { fisherP } from '../../../src/statistics/tests/fisher.ts';

const blocked = (before: readonly number[], after: readonly number[]): Arrangement => ({
  kind: 'blocked',
  blocks: before.map((_, b) => b + 1),
  before: Float64Array.from(before),
  after: Float64Array.from(after),
});
const unblocked = (before: readonly number[], after: readonly number[]): Arrangement => ({
  kind: 'unblocked',
  before: Float64Array.from(before),
  after: Float64Array.from(after),
});
const range = (n: number, value: (i: number) => number) => Array.from({ length: n }, (_, i) => value(i));

describe('counts', () => {
  it("Fisher's p equals that of the lady tasting tea, and that of R", () => {
    expect(fisherP(3, 4, 1, 4)).toBeCloseTo(0.4857142857142857, 12);
    // R: fisher.test(matrix(c(10, 2, 3, 15), 2))$p.value
    expect(fisherP(10, 12, 3, 18)).toBeCloseTo(0.0005367241, 9);
    expect(fisherP(0, 5, 0, 5)).toBe(1);
  });

  it("McNemar's p counts only the blocks that disagree", () => {
    expect(mcnemarP(0, 6)).toBeCloseTo(2 / 64, 14);
    expect(mcnemarP(1, 8)).toBeCloseTo((2 * 10) / 512, 14);
    expect(mcnemarP(3, 3)).toBe(1);
    expect(mcnemarP(0, 0)).toBe(1);
  });
});

describe('tails', () => {
  it('both sides count slow boots beyond the same fence', () => {
    const before = range(20, (i) => 1000 + i);
    const after = before.map((value, i) => (i % 3 === 0 ? 60_000 : value));
    expect(compareTails(blocked(before, after), false)).toMatchObject({
      threshold: 'outer fence',
      before: 0,
      after: 7,
      p: mcnemarP(0, 7),
    });
    expect(compareTails(unblocked(before, after), false)).toMatchObject({
      before: 0,
      after: 7,
      p: fisherP(0, 20, 7, 20),
    });
  });

  it('with two modes the upper one counts; a given threshold takes precedence', () => {
    const values = [...range(10, (i) => 100 + i), ...range(10, (i) => 900 + i)];
    expect(upperModeFrom(values)).toBe((109 + 900) / 2);
    expect(compareTails(blocked(values, values), true)).toMatchObject({
      threshold: 'upper mode',
      before: 10,
      after: 10,
      p: 1,
    });
    expect(compareTails(blocked(values, values), true, us(905))).toMatchObject({
      threshold: 'given',
      before: 4,
      after: 4,
    });
  });

  it('an empty side leaves nothing to count', () => {
    expect(compareTails(unblocked([], [1]), false)).toBeNull();
  });
});

describe('the dip test', () => {
  // From the definition, by linear programming over all unimodal distributions (SciPy).
  it.each([
    [[1, 2, 3, 4, 5, 6], 1 / 12],
    [[0, 0.1, 0.2, 5, 5.1, 5.2], 0.24],
    [[1, 2, 4, 8, 16, 32, 64], 1 / 14],
  ] as const)('the dip of %j is the distance to the nearest single mode', (values, expected) => {
    expect(dip(Float64Array.from(values))).toBeCloseTo(expected, 7);
  });

  it('finds two modes, and none in uniform or normal boots', () => {
    const test = dipTest(seededRandom(1));
    const random = seededRandom(2);
    const uniform = () => range(40, () => random.next());
    expect(
      test([
        ...uniform().slice(20),
        ...uniform()
          .slice(20)
          .map((value) => value + 3),
      ]),
    ).toBe(0.001);
    const rejected = range(200, () => test(uniform()) ?? 1).filter((p) => p <= 0.05).length;
    expect(rejected).toBeGreaterThan(2);
    expect(rejected).toBeLessThan(20);
    const peaked = range(200, () => test(range(40, () => random.next() + random.next() + random.next())) ?? 1).filter(
      (p) => p <= 0.05,
    );
    expect(peaked.length).toBeLessThan(5);
  });

  it('gives no p for too few boots, or for values rounded into steps', () => {
    const test = dipTest(seededRandom(1));
    expect(test([1, 2, 3, 50, 51, 52, 53])).toBeNull();
    expect(test(range(40, (i) => i % 4))).toBeNull();
  });
});

describe('the shift function', () => {
  it('shows where a change acts: here only in the slow half', () => {
    const before = range(40, (i) => 1000 + 10 * i);
    const after = before.map((value, i) => (i >= 20 ? value + 500 : value));
    const shift = shiftFunction(blocked(before, after), 0.05, seededRandom(1));
    expect(shift.map(({ decile }) => decile)).toEqual(decilesFor(40));
    expect(shift[1]).toMatchObject({ decile: 0.2, differenceUs: 0 });
    expect(shift[7]).toMatchObject({ decile: 0.8, differenceUs: 500 });
    for (const { differenceUs, lowUs, highUs } of shift) {
      expect(lowUs).toBeLessThanOrEqual(differenceUs);
      expect(highUs).toBeGreaterThanOrEqual(differenceUs);
    }
  });

  it('hides the deciles that n does not allow', () => {
    expect(
      shiftFunction(
        unblocked(
          range(9, (i) => i),
          range(30, (i) => i),
        ),
        0.05,
        seededRandom(1),
      ),
    ).toEqual([]);
    expect(decilesFor(10)).toEqual([0.3, 0.4, 0.5, 0.6, 0.7]);
    expect(Math.max(...decilesFor(1000))).toBe(0.9);
  });
});
