import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantileBounds, quantileNeeds } from '../../../src/statistics/quantiles/interval.ts';

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const LEVELS = { low: 0.025, high: 0.025 };

describe('the interval of a quantile', () => {
  // The ranks of the sign test: Conover, Practical Nonparametric Statistics, 3.2.
  it.each([
    [6, 1, 6],
    [10, 2, 9],
    [12, 3, 10],
    [20, 6, 15],
    [60, 22, 39],
  ])('of the median of %i values ends at the ranks %i and %i at 95 %', (n, low, high) => {
    expect(quantileBounds(upTo(n), 0.5, LEVELS)).toEqual({ low, high });
  });

  it.each([
    [0.5, 5],
    [0.9, 29],
    [0.95, 59],
    [0.99, 299],
  ])('has a bound of the quantile %f from %i boots on, and none with one less', (quantile, n) => {
    const levels = { low: 0.05, high: 0.05 };
    expect(quantileNeeds(quantile, levels)).toBe(n);
    expect(quantileBounds(upTo(n), quantile, levels).high).toBe(n);
    expect(quantileBounds(upTo(n - 1), quantile, levels).high).toBeNull();
  });

  it('has no bound with two values or none', () => {
    expect(quantileBounds([1, 2], 0.5, LEVELS)).toEqual({ low: null, high: null });
    expect(quantileBounds([], 0.5, LEVELS)).toEqual({ low: null, high: null });
  });

  it('only grows with lost boots, for any values they could have had', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 8 }),
        fc.constantFrom(0.5, 0.9, 0.95),
        (kept, lost, quantile) => {
          const sorted = (values: number[]) => [...values].sort((a, b) => a - b);
          const known = quantileBounds(sorted([...kept, ...lost]), quantile, LEVELS);
          const seen = quantileBounds(sorted(kept), quantile, LEVELS, lost.length);
          expect(seen.low ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(known.low ?? Number.NEGATIVE_INFINITY);
          expect(seen.high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(known.high ?? Number.POSITIVE_INFINITY);
        },
      ),
    );
  });
});
