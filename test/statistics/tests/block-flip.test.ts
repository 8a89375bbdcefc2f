import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { blocksToReach, exactTail, flipP, reduce, smallestFlipP } from '../../../src/statistics/tests/block-flip.ts';
import { saddlepointTail } from '../../../src/statistics/tests/flip-tail.ts';
import { enumeratedFlips } from '../../benchmarks/rivals.ts';

describe('the shift algorithm', () => {
  it('gives the counts of an enumeration, for any ties and signs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 12 }), (differences) => {
        expect(flipP(differences)).toBeCloseTo(enumeratedFlips(differences), 12);
      }),
      { seed: 21, numRuns: 300 },
    );
  });

  it('reaches its smallest p and no less, at 6 blocks and at 100', () => {
    for (const blocks of [1, 6, 20, 100]) expect(flipP(new Array(blocks).fill(3))).toBe(smallestFlipP(blocks));
    expect([0.1, 0.05, 0.01, 0.0005].map(blocksToReach)).toEqual([5, 6, 8, 12]);
  });

  it('gives 1 when nothing differs, and without blocks', () => {
    expect(flipP([0, 0, 0])).toBe(1);
    expect(flipP([])).toBe(1);
    expect(flipP([4, -4])).toBe(1);
  });
});

describe('the saddlepoint approximation beyond', () => {
  it.each([60, 100, 128])('stays within 1 %% of the exact p at %i blocks, and .2 %% from .001 up', (blocks) => {
    const random = seededRandom(blocks);
    for (let trial = 0; trial < 5; trial++) {
      const { sizes } = reduce(Array.from({ length: blocks }, () => 1 + random.below(4 * blocks)));
      const spread = Math.sqrt(sizes.reduce((sum, size) => sum + size * size, 0));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      for (const z of [0.1, 0.7, 1.5, 1.96, 2.6, 3.3, 5, 7]) {
        // The statistic has the parity of the total, like every sum of flips.
        const statistic = Math.min(total, total - 2 * Math.round((total - z * spread) / 2));
        const exact = exactTail(sizes, statistic);
        const error = Math.abs(saddlepointTail(sizes, statistic) / exact - 1);
        expect(error, `z ${z}`).toBeLessThan(exact > 0.0005 ? 0.002 : 0.01);
      }
    }
  });

  it('equals the chance of one sign vector at the end of the tail, and is never 0', () => {
    const sizes = new Array(200).fill(1);
    expect(saddlepointTail(sizes, 200)).toBe(2 ** -200);
    expect(flipP(new Array(1000).fill(1))).toBe(2 ** -999);
  });
});
