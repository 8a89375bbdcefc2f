/** The special functions, against the values of SciPy 1.17. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstEnoughNear } from '../../../src/statistics/numbers/bisection.ts';
import { incompleteBeta, logFactorial, logGamma, studentTail } from '../../../src/statistics/numbers/gamma.ts';
import { normalQuantile, normalTail } from '../../../src/statistics/numbers/normal.ts';
import { rounded } from '../../../src/statistics/numbers/rounding.ts';
import { noncentralTail, studentQuantile } from '../../../src/statistics/numbers/student.ts';

const relative = (actual: number, expected: number) => Math.abs(actual / expected - 1);

describe('special functions', () => {
  it('the normal tail keeps its relative accuracy far out', () => {
    for (const [z, expected] of [
      [0, 0.5],
      [1, 0.15865525393145705],
      [1.96, 0.024997895148220435],
      [2.5, 0.006209665325776132],
      [5, 2.866515718791939e-7],
      [10, 7.61985302416047e-24],
      [-1, 0.8413447460685429],
      [37, 5.725571222524e-300],
    ] as const)
      expect(relative(normalTail(z), expected)).toBeLessThan(1e-11);
  });

  it('the normal quantile inverts the tail', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    for (const p of [1e-12, 1e-5, 0.02, 0.5, 0.77, 0.9999])
      expect(relative(normalTail(-normalQuantile(p)), p)).toBeLessThan(1e-11);
  });

  it('gamma, beta and t agree with their tables', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
    expect(relative(logFactorial(100), 363.7393755555635)).toBeLessThan(1e-14);
    expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 13);
    expect(2 * studentTail(2.2281388519862744, 10)).toBeCloseTo(0.05, 12);
    expect(studentQuantile(0.025, 1)).toBeCloseTo(12.706204736174694, 8);
  });

  it('the noncentral t is the central one at 0, and agrees with SciPy otherwise', () => {
    expect(noncentralTail(2.2281388519862744, 10, 0)).toBeCloseTo(0.025, 9);
    expect(noncentralTail(2.1199, 16, 4.0206)).toBeCloseTo(0.9648083061028087, 9);
  });

  it('rounding leaves 12 digits and no minus zero', () => {
    expect(rounded(1 / 3)).toBe(0.333333333333);
    expect(Object.is(rounded(-0), 0)).toBe(true);
    expect(rounded(2 ** -999)).toBeGreaterThan(0);
  });
});

it('any guess gives the same first number that is enough, and a good guess needs few calls', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: -5, max: 2000 }), (first, guess) => {
      expect(firstEnoughNear((n) => n >= first, guess, 1, 1000)).toBe(first);
    }),
  );
  expect(firstEnoughNear(() => false, 40, 1, 1000)).toBe(1000);
  let asked = 0;
  firstEnoughNear((n) => ++asked > 0 && n >= 613, 614, 1, 1000);
  expect(asked).toBeLessThanOrEqual(4);
});
