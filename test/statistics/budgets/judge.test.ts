import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Held, judgeTogether } from '../../../src/statistics/budgets/judge.ts';
import { stepDown } from '../../../src/statistics/families/step-down.ts';
import { bootsForWithin, bootsToSettle, reachOf } from '../../../src/statistics/planning/boots-for-budget.ts';
import { quantileBounds } from '../../../src/statistics/quantiles/interval.ts';
import { atTheQuantile, family, quantileCoverage, SHAPES } from '../../benchmarks/budgets.ts';

const budget = (values: number[], quantile: number, us: number, lost = 0): Held => ({
  values,
  lost,
  limit: { us, allowed: 1 - quantile, kind: 'quantile' },
});
const verdictsOf = (...budgets: Held[]) => judgeTogether(budgets, 0.05).map(({ verdict }) => verdict);
const times = (n: number, us: number) => Array.from({ length: n }, () => us);

describe('a budget', () => {
  it('of p95 is within from 59 boots on, if none is over it', () => {
    expect(verdictsOf(budget(times(59, 4), 0.95, 5))).toEqual(['within']);
    expect(verdictsOf(budget(times(58, 4), 0.95, 5))).toEqual(['inconclusive']);
  });

  it('of the median is exceeded if five of five boots are over it, and inconclusive with four of four', () => {
    expect(verdictsOf(budget(times(5, 6), 0.5, 5))).toEqual(['exceeded']);
    expect(verdictsOf(budget(times(4, 6), 0.5, 5))).toEqual(['inconclusive']);
  });

  it('equal to every boot is neither within nor exceeded', () => {
    expect(verdictsOf(budget(times(60, 5), 0.5, 5))).toEqual(['inconclusive']);
  });

  it('is not within if lost boots could be over it, and not exceeded if they could be below it', () => {
    expect(verdictsOf(budget(times(12, 4), 0.5, 5))).toEqual(['within']);
    expect(verdictsOf(budget(times(12, 4), 0.5, 5, 8))).toEqual(['inconclusive']);
    expect(verdictsOf(budget(times(12, 6), 0.5, 5, 8))).toEqual(['inconclusive']);
  });

  it('with too few boots for a claim takes no alpha from the others', () => {
    // A p95 on twelve boots cannot be within, so the median has the level of a single budget.
    const median = budget([...times(10, 4), 6, 6], 0.5, 5);
    expect(verdictsOf(median)).toEqual(['within']);
    expect(verdictsOf(median, ...times(19, 0).map(() => budget(times(12, 4), 0.95, 5)))[0]).toBe('within');
  });

  it('agrees with the interval at the level of its test', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            values: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 80 }),
            quantile: fc.constantFrom(0.5, 0.9, 0.95),
            us: fc.integer({ min: 1, max: 30 }),
            lost: fc.integer({ min: 0, max: 3 }),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        (budgets) => {
          const judged = judgeTogether(
            budgets.map(({ values, quantile, us, lost }) => budget(values, quantile, us, lost)),
            0.05,
          );
          judged.forEach(({ verdict, levels }, i) => {
            const { values, quantile, us, lost } = budgets[i] as (typeof budgets)[number];
            const sorted = [...values].sort((a, b) => a - b);
            const { low, high } = quantileBounds(sorted, quantile, levels, lost);
            const said = low !== null && low > us ? 'exceeded' : high !== null && high < us ? 'within' : 'inconclusive';
            expect(verdict).toBe(said);
          });
        },
      ),
    );
  });
});

describe('tests that step down together', () => {
  const reachable = (p: number) => ({ p, smallest: 0 });
  it('equal Holm if each test can reach its level', () => {
    const decisions = stepDown([0.01, 0.02, 0.03, 0.2].map(reachable), 0.05);
    expect(decisions.map(({ rejected }) => rejected)).toEqual([true, false, false, false]);
    expect(stepDown([0.01, 0.016, 0.02, 0.04].map(reachable), 0.05).every(({ rejected }) => rejected)).toBe(true);
  });

  it('do not count a test that can reach no level', () => {
    const blind = { p: 0.6, smallest: 0.6 };
    expect(stepDown([reachable(0.05), blind, blind, blind], 0.05)[0]).toEqual({ rejected: true, level: 0.05 });
  });
});

describe('boots for a budget', () => {
  it.each([
    [0.5, 5],
    [0.1, 29],
    [0.05, 59],
    [0.02, 149],
    [0.01, 299],
  ])('a share of %f needs %i boots to be within', (allowed, boots) => {
    expect(bootsForWithin(allowed, 0.05)).toBe(boots);
    expect(reachOf(boots, allowed, 0.05).withinUpTo).toBe(0);
    expect(reachOf(boots - 1, allowed, 0.05).withinUpTo).toBeNull();
  });

  it('a p90 on sixty boots is within with one boot over it, and exceeded with eleven', () => {
    expect(reachOf(60, 0.1, 0.05)).toEqual({ withinUpTo: 1, exceededFrom: 11 });
  });

  it('settle it at the observed share, and are unknown if that equals the allowed share', () => {
    expect(bootsToSettle(0, 12, 0.05, 0.05)).toBe(59);
    expect(bootsToSettle(1, 10, 0.1, 0.05)).toBeNull();
    const boots = bootsToSettle(3, 12, 0.1, 0.05) ?? 0;
    expect(boots).toBeGreaterThan(12);
    expect(boots).toBeLessThan(30);
  });
});

describe('by simulation', () => {
  const noise = 3 * Math.sqrt((0.05 * 0.95) / 2_000);
  it.each(SHAPES.flatMap((shape) => [0.5, 0.9, 0.95].map((quantile) => [shape.name, quantile, shape] as const)))(
    'a budget at the true quantile is exceeded, and within, in five of a hundred runs at most (%s, %f)',
    (_, quantile, shape) => {
      for (const boots of [12, 60]) {
        const { exceeded, within } = atTheQuantile(shape, quantile, boots, 2_000, 1);
        expect(Math.max(exceeded, within)).toBeLessThan(0.05 + noise);
        expect(quantileCoverage(shape, quantile, boots, 2_000, 2)).toBeGreaterThan(0.95 - noise);
      }
    },
  );

  it('at most 5 of 100 runs have a false exceeded, or a false within, among twenty budgets', () => {
    for (const shared of [0, 0.5]) {
      const { exceeded, within } = family(20, 60, 500, 3, shared);
      expect(Math.max(exceeded, within)).toBeLessThan(0.05 + 2 * noise);
    }
  });
});
