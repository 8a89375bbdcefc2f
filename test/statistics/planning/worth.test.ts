import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { type FamilyMember, stepDownMaxT } from '../../../src/statistics/families/max-t.ts';
import { planBoots, powerOf } from '../../../src/statistics/planning/plan.ts';
import { gatesWorth, worthOfGatesThatMove } from '../../../src/statistics/planning/worth.ts';
import { flipP } from '../../../src/statistics/tests/block-flip.ts';
import { rankDifferences } from '../../../src/statistics/tests/blocked.ts';
import { gaussian } from '../../benchmarks/synthetic.ts';
import { blocks, written } from '../samples.ts';

/** Share of runs whose verdict on the first gate finds a change that moves all gates alike; the noise of the gates is independent. */
function simulatedPower(gates: number, size: number, effect: number, sigma: number, runs: number): number {
  const random = seededRandom(1);
  const normal = gaussian(random);
  const numbers = Array.from({ length: size }, (_, b) => b + 1);
  const side = (shift: number) =>
    Float64Array.from(numbers, () => Math.exp(shift + (normal.next() * sigma) / Math.SQRT2));
  let found = 0;
  for (let run = 0; run < runs; run++) {
    const members = Array.from({ length: gates }, (): FamilyMember => {
      const differences = rankDifferences({ before: side(0), after: side(Math.log1p(effect)) });
      return { group: 'after', blocks: numbers, differences, p: flipP(differences) };
    });
    if ((stepDownMaxT(members, 0.05, random).adjusted[0] ?? 1) <= 0.05) found++;
  }
  return found / runs;
}

describe('gates that a change moves together', () => {
  it('are worth one test for a large change, and as many tests as gates for no change', () => {
    expect(worthOfGatesThatMove(5, Number.POSITIVE_INFINITY, 0.05)).toBe(1);
    expect(worthOfGatesThatMove(5, 8, 0.05)).toBeLessThan(1.4);
    // 1 - .95^5 over .05.
    expect(worthOfGatesThatMove(5, 0, 0.05)).toBeCloseTo(4.5244, 4);
    expect(worthOfGatesThatMove(1, 0, 0.05)).toBe(1);
  });

  it.each([
    [2, 6, 0.15],
    [2, 7, 0.08],
    [2, 9, 0.07],
    [3, 12, 0.05],
    [5, 7, 0.11],
    [5, 10, 0.06],
  ])(
    '%i gates and %i blocks find a change of %f as often as the verdict does in simulated runs',
    (gates, size, effect) => {
      const planned = powerOf({ effect, sigma: 0.05, gates, allMove: true }, size);
      expect(Math.abs(planned - simulatedPower(gates, size, effect, 0.05, 300))).toBeLessThan(0.1);
    },
  );

  it('need no more blocks than one gate if six blocks are enough', () => {
    expect(planBoots({ effect: 0.5, sigma: 0.001, gates: 5, allMove: true }).blocks).toBe(6);
  });
});

describe('the gates of a pilot', () => {
  const pilot = (other: (block: number, after: boolean) => number) =>
    written({
      metrics: [{ id: 'boot.target', gate: true }, { id: 'other' }],
      boots: blocks(10, ['before', 'after'], (block, variant) => ({
        'boot.target': 2e7 + 1e5 * ((block * 7) % 10) + (variant === 'after' ? 1e4 * ((block * 3) % 11) - 5e4 : 0),
        other: other(block, variant === 'after'),
      })),
    });

  it('are worth as many tests as in the verdict', () => {
    const same = pilot((block, after) => 3e7 + 1e5 * ((block * 7) % 10) + (after ? 1e4 * ((block * 3) % 11) - 5e4 : 0));
    const apart = pilot((block, after) => 3e7 + 1e5 * block + (after ? 1e4 * ((block * 5) % 11) - 5e4 : 0));
    const both = ['boot.target', 'other'];
    expect(gatesWorth(same, both, 0.05)).toBe(1);
    expect(gatesWorth(apart, both, 0.05)).toBeGreaterThan(1.3);
    expect(gatesWorth(apart, ['boot.target'], 0.05)).toBe(1);
  });
});
