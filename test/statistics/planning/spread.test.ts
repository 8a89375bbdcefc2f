import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { planBoots } from '../../../src/statistics/planning/plan.ts';
import { pooledSpread } from '../../../src/statistics/planning/spread.ts';
import { boots, type Cell, CLEAN_CELL, gaussian } from '../../benchmarks/synthetic.ts';

const history = (cell: Partial<Cell>, runs: number) => {
  const random = seededRandom(3);
  const normal = gaussian(random);
  return Array.from({ length: runs }, () => boots({ ...CLEAN_CELL, ...cell }, random, normal));
};

describe('the spread of an A/A history', () => {
  it('is the standard deviation if nothing waits for a lock', () => {
    expect(pooledSpread(history({ sigma: 0.05 }, 50))).toBeCloseTo(0.05, 2);
  });

  it('with locks plans about as many boots as simulation needs (78), not ten times as many', () => {
    const sigma = pooledSpread(history({ sigma: 0.05, locks: 0.1 }, 8)) ?? 0;
    const planned = planBoots({ effect: 0.05, sigma }).boots;
    expect(planned).toBeGreaterThan(60);
    expect(planned).toBeLessThan(96);
  });

  it('does not grow with a real change by the candidates of a pilot', () => {
    const [quiet, changed] = [0, 0.5].map((effect) => pooledSpread(history({ effect }, 4)));
    expect(changed).toBeCloseTo(quiet ?? 0, 6);
  });

  it('is that of the differences if the interval is unbounded, and unknown from one block or without times', () => {
    const blocks = (before: number[], after: number[]) => ({
      before: Float64Array.from(before),
      after: Float64Array.from(after),
    });
    expect(pooledSpread([blocks([10, 10], [10, 12.1])])).toBeCloseTo(Math.log(1.21) / Math.SQRT2, 9);
    expect(pooledSpread([blocks([10], [11])])).toBeNull();
    expect(pooledSpread([blocks([10, 0], [10, 11])])).toBeNull();
  });
});
