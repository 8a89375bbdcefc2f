import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { holm } from '../../../src/statistics/families/adjust.ts';
import { type FamilyMember, stepDownMaxT } from '../../../src/statistics/families/max-t.ts';
import { flipP } from '../../../src/statistics/tests/block-flip.ts';

const member = (differences: readonly number[], group = 'after', from = 1): FamilyMember => ({
  group,
  blocks: differences.map((_, b) => from + b),
  differences: Int32Array.from(differences),
  p: flipP(differences),
});

describe('the gate family', () => {
  it('one gate is not corrected', () => {
    expect(stepDownMaxT([member([1, 2, 3, 4, 5, 6])], 0.05, seededRandom(1)).adjusted).toEqual([2 / 64]);
  });

  it('two gates that move together both reach the floor with six blocks, for any spreads', () => {
    const gates = [member([1, 2, 3, 4, 5, 6]), member([40, 2, 2, 2, 2, 2])];
    expect(stepDownMaxT(gates, 0.05, seededRandom(1)).adjusted).toEqual([2 / 64, 2 / 64]);
    // Holm allows no claim here.
    expect(Math.min(...holm(gates.map(({ p }) => p)))).toBeGreaterThan(0.05);
  });

  it('identical gates cost nothing, enumerated or seeded', () => {
    for (const blocks of [10, 20]) {
      const differences = Array.from({ length: blocks }, (_, b) => (b % 4 === 0 ? -(b + 1) : b + 1));
      const gates = Array.from({ length: 5 }, () => member(differences));
      for (const p of stepDownMaxT(gates, 0.05, seededRandom(1)).adjusted)
        expect(Math.abs(p - flipP(differences))).toBeLessThan(0.005);
    }
  });

  it('counts the independent tests it is worth: one for two identical gates, two for two independent gates', () => {
    const one = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
    const other = [2, -7, 1, 8, -2, 8, 1, -8, 2, 8];
    expect(stepDownMaxT([member(one), member(one)], 0.05, seededRandom(1)).effectiveTests).toBe(1);
    expect(stepDownMaxT([member(one), member(other)], 0.05, seededRandom(1)).effectiveTests).toBeGreaterThan(1.6);
    const candidates = [member(one, 'a'), member(one, 'b')];
    expect(stepDownMaxT(candidates, 0.05, seededRandom(1)).effectiveTests).toBe(2);
  });

  it('an adjusted p is never below the raw p, nor far above Holm, and keeps the order', () => {
    const family = fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 9, maxLength: 9 }), {
      minLength: 2,
      maxLength: 5,
    });
    fc.assert(
      fc.property(family, fc.boolean(), (rows, twoCandidates) => {
        const gates = rows.map((row, i) => member(row, twoCandidates && i % 2 === 1 ? 'other' : 'after'));
        const { adjusted } = stepDownMaxT(gates, 0.05, seededRandom(3));
        const bound = holm(gates.map(({ p }) => p));
        gates.forEach(({ p }, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          // Enumerated flips, so no noise: the joint distribution is never worse than the union bound.
          expect(adjusted[i]).toBeLessThanOrEqual((bound[i] ?? 0) + 1e-12);
          gates.forEach((other, j) => {
            if (p < other.p) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] ?? 0);
          });
        });
      }),
      { seed: 31, numRuns: 60 },
    );
  });

  it('the family also joins gates from different blocks', () => {
    const gates = [member([5, 6, 7, 8, 9, 10, 11, 12], 'after', 1), member([5, -6, 7, 8], 'after', 20)];
    const [first, second] = stepDownMaxT(gates, 0.05, seededRandom(1)).adjusted;
    expect(first).toBeLessThan(0.05);
    expect(second).toBeGreaterThan(0.05);
  });
});
