/** Checks the claim itself: over all label swaps of the same boots, at most a share of `spent` of the runs claims anything. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import type { Look } from '../../../src/model/run.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { levelOfLook, lookLevels, type RankedBlocks } from '../../../src/statistics/planning/look-level.ts';
import { sequentialDesign } from '../../../src/statistics/planning/sequential.ts';
import { flipP } from '../../../src/statistics/tests/block-flip.ts';
import { rankDifferences } from '../../../src/statistics/tests/blocked.ts';
import { around, blocks, written } from '../samples.ts';

const LAST = 12;
const { looks } = sequentialDesign([6, 7, 8, 9, 10, 11, 12], 0.05);
const spending = looks.map((look) => ({ ...look, spent: look.spent ?? 1 }));

type Pair = readonly [before: number, after: number];

const wild = (b: number) => seededRandom(b).next();
const SITUATIONS: readonly (readonly [string, readonly (readonly Pair[])[]])[] = [
  ['boots that differ', [pairs((b) => [40 + wild(b), 40 + wild(b + 50)])]],
  ['ties', [pairs((b) => [40 + Math.round(2 * wild(b)), 40 + Math.round(2 * wild(b + 50))])]],
  ['blocks without a difference at first', [pairs((b) => [40 + wild(b), 40 + (b < 7 ? wild(b) : wild(b + 50))])]],
  ['differences that grow from block to block', [pairs((b) => [40, 40 + 2 ** b * (wild(b) + 0.1)])]],
  ['a lock in every third boot', [pairs((b) => [40 + wild(b) + (b % 3 === 0 ? 30 : 0), 40 + wild(b + 50)])]],
  ['drift', [pairs((b) => [40 + b + wild(b), 40 + b + wild(b + 50)])]],
  [
    'three gates, two of which move together',
    [
      pairs((b) => [40 + wild(b), 40 + wild(b + 50)]),
      pairs((b) => [80 + wild(b), 80 + wild(b + 50)]),
      pairs((b) => [9 + wild(b + 20), 9 + wild(b + 70)]),
    ],
  ],
];

function pairs(pair: (block: number) => Pair): Pair[] {
  return Array.from({ length: LAST }, (_, b) => pair(b));
}

/** The blocks of each gate up to a look; if bit b of `swapped` is set, the labels of block b are exchanged. */
const rankedAt = (gates: readonly (readonly Pair[])[], upTo: number, swapped: number): RankedBlocks[] =>
  gates.map((all) => {
    const seen = all.slice(0, upTo).map(([x, y], b): Pair => ((swapped >>> b) & 1 ? [y, x] : [x, y]));
    const differences = rankDifferences({
      before: Float64Array.from(seen, ([before]) => before),
      after: Float64Array.from(seen, ([, after]) => after),
    });
    return { blocks: seen.map((_, b) => b + 1), differences };
  });

describe('the levels of looks after every block', () => {
  it.each(SITUATIONS)(
    'claim something, %s, in at most 5 %% of the runs from all label swaps of the same boots',
    (situation, gates) => {
      const next = lookLevels(LAST, 1);
      const at = spending.map((look) => ({ look, level: next(look, [rankedAt(gates, look.blocks, 0)]) }));
      // The family's adjusted p is the share of runs with a smallest p at most this small. The level is on the same scale.
      const smallest = at.map(({ look }) => {
        // Swaps after a look do not affect it.
        const seen = Float64Array.from({ length: 2 ** look.blocks }, (__, swapped) =>
          Math.min(...rankedAt(gates, look.blocks, swapped).map(({ differences }) => flipP(differences))),
        );
        return Float64Array.from({ length: 2 ** LAST }, (__, swapped) => seen[swapped % seen.length] ?? Number.NaN);
      });
      const adjusted = smallest.map((all) => {
        const sorted = all.slice().sort();
        return (p: number) => sorted.findLastIndex((each) => each <= p * (1 + 1e-12)) + 1;
      });
      const claimed = new Set<number>();
      at.forEach(({ look, level }, k) => {
        smallest[k]?.forEach((p, run) => {
          if ((adjusted[k]?.(p) ?? 0) / 2 ** LAST <= level) claimed.add(run);
        });
        expect(claimed.size / 2 ** LAST).toBeLessThanOrEqual(look.spent);
      });
      // Some runs must claim something.
      if (situation === 'boots that differ') expect(claimed.size / 2 ** LAST).toBeGreaterThan(0.02);
    },
  );

  it('equal the level of the plain test if there is one look', () => {
    const gates = [pairs((b) => [40 + wild(b), 40 + wild(b + 50)])];
    const level = lookLevels(LAST, 1)({ blocks: LAST, alpha: 0.05, spent: 0.05 }, [rankedAt(gates, LAST, 0)]);
    expect(level).toBeGreaterThan(0.048);
    expect(level).toBeLessThanOrEqual(0.05 * (1 + 1e-9));
  });

  it('leave alpha that a look cannot use to the next look', () => {
    const gates = [pairs((b) => [40 + wild(b), 40 + wild(b + 50)])];
    const next = lookLevels(20, 1);
    const level = (blocks: number, spent: number) =>
      next({ blocks, alpha: spent, spent }, [rankedAt(gates, blocks, 0)]);
    // 2 / 2^6 is more than .01: the look claims nothing and spends nothing.
    expect(level(6, 0.01)).toBeLessThan(2 / 2 ** 6);
    expect(level(8, 0.016)).toBeGreaterThanOrEqual(2 / 2 ** 8);
  });

  it('share alpha among candidates by the union bound', () => {
    const gates = pairs((b) => [40 + wild(b), 40 + wild(b + 50)]);
    const ranked = rankedAt([gates], LAST, 0);
    const one = lookLevels(LAST, 1)({ blocks: LAST, alpha: 0.05, spent: 0.05 }, [ranked]);
    const two = lookLevels(LAST, 1)({ blocks: LAST, alpha: 0.05, spent: 0.05 }, [ranked, ranked]);
    // Each of the two may use half; the level is on the scale of p times two.
    expect(two).toBeGreaterThan(0.04);
    expect(two).toBeLessThanOrEqual(one * 1.05);
  });

  it('of samples are the levels of the comparison, and the same on every call', () => {
    const boots = blocks(9, ['before', 'after'], (block, variant) => ({
      m: around(20e6, block, variant) * (variant === 'after' ? 1.5 : 1),
    }));
    const samples = written({ boots });
    const schedule = sequentialDesign([6, 7, 8, 9, 10, 20], 0.05).looks;
    const [at] = schedule.filter(({ blocks: count }) => count === 9) as [Look];
    const alpha = levelOfLook(samples, schedule, at);
    expect(alpha).toBe(levelOfLook(samples, schedule, at));
    expect(compareSamples({ ...samples, alpha: alpha ?? 1 }).metrics[0]).toMatchObject({ verdict: 'slower' });
    expect(
      levelOfLook(
        samples,
        schedule.map(({ spent: _, ...look }) => look),
        { ...at, spent: undefined } as never,
      ),
    ).toBeUndefined();
  });

  it('cost little even with many blocks', () => {
    const many = 100;
    const all = Array.from({ length: many }, (_, b): Pair => [40 + wild(b), 40 + wild(b + 50)]);
    const next = lookLevels(many, 1);
    for (const upTo of [6, 20, 50, 99])
      next({ blocks: upTo, alpha: 0.01, spent: 0.05 * (upTo / many) ** 1.5 }, [rankedAt([all], upTo, 0)]);
    const started = performance.now();
    next({ blocks: many, alpha: 0.05, spent: 0.05 }, [rankedAt([all], many, 0)]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
