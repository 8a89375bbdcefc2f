/** Simulates the claims of the statistics with few runs. `npm run bench:statistics` simulates all runs and prints the tables. */
import { describe, expect, it } from 'vitest';
import {
  bootsNeeded,
  coverage,
  falsePositives,
  familyWiseErrors,
  power,
  sequentialRuns,
} from '../benchmarks/claims.ts';
import { type Cell, CLEAN_CELL } from '../benchmarks/synthetic.ts';

const HARD: Partial<Cell> = { locks: 0.1, hostShare: 0.8, drift: 0.1 };

/** Three standard errors of a share of about .05 in this many runs. */
const noise = (runs: number) => 3 * Math.sqrt((0.05 * 0.95) / runs);

describe('by simulation', () => {
  it.each([
    [6, {}],
    [6, HARD],
    [10, {}],
    [10, HARD],
    [20, HARD],
    [40, HARD],
  ] as const)('false positives are three to six in a hundred with %i blocks, %o', (blocks, shape) => {
    const runs = blocks > 20 ? 2_000 : 4_000;
    const rate = falsePositives({ ...CLEAN_CELL, ...shape, blocks }, runs, 1);
    expect(rate).toBeGreaterThan(0.03 - noise(runs));
    expect(rate).toBeLessThan(0.06);
  });

  it.each([10, 20] as const)(
    'intervals at .95 hold the truth as often as they say with %i blocks and locks, and no more than they must',
    (blocks) => {
      const { covered, forced } = coverage({ ...CLEAN_CELL, locks: 0.1, effect: 0.05, blocks }, 1_000, 2);
      expect(covered).toBeGreaterThan(0.945 - noise(1_000) / 2);
      expect(covered).toBeLessThan(forced + noise(1_000));
    },
  );

  it('at most 6 % of runs have a false alarm among five correlated gates', () => {
    const { corrected, uncorrected } = familyWiseErrors({ ...CLEAN_CELL, blocks: 10 }, 5, 1_500, 3);
    expect(corrected).toBeLessThan(0.06);
    expect(uncorrected).toBeGreaterThan(0.12);
  });

  it('four looks add no false alarms, while naive looks double them', () => {
    const looks = [8, 12, 16, 24];
    expect(sequentialRuns({ ...CLEAN_CELL, drift: 0.1 }, looks, 1_000, 4).claimed).toBeLessThan(0.06);
    expect(sequentialRuns({ ...CLEAN_CELL, drift: 0.1 }, looks, 4_000, 4, true).claimed).toBeGreaterThan(0.09);
  });

  it('with locks this design needs fewer boots than Mann-Whitney, and far fewer than Welch', () => {
    const cell = { ...CLEAN_CELL, locks: 0.1, effect: 0.05 };
    const needed = bootsNeeded('this design', cell, 1, 0.95, [25, 50], 1_000, 5);
    expect(needed).toBeLessThanOrEqual(80);
    expect(power('Mann-Whitney', { ...cell, blocks: needed / 2 }, 1, 1_000, 5)).toBeLessThan(0.93);
    expect(power('Welch on logs', { ...cell, blocks: needed / 2 }, 1, 1_000, 5)).toBeLessThan(0.4);
  });
});
