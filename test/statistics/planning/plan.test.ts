import { describe, expect, it } from 'vitest';
import {
  blocksFor,
  MOST_BLOCKS,
  meanBlocks,
  planBoots,
  powerCurve,
  powerOf,
  smallestEffect,
} from '../../../src/statistics/planning/plan.ts';
import { sequentialDesign } from '../../../src/statistics/planning/sequential.ts';

/** Spread of a block difference when half of a boot's variance comes from its host. */
const halfShared = (sigma: number) => sigma * Math.sqrt(2 * 0.5);

describe('a plan', () => {
  it('needs as many boots as simulation', () => {
    const boots = ([sigma, gates]: readonly [number, number]) =>
      planBoots({ effect: 0.05, sigma: halfShared(sigma), gates }).boots;
    // Simulated for this design at 95 % power: 36, 48 (max-T 48), 124, 168; the goals were 34, 52, 128, 172.
    expect(
      (
        [
          [0.05, 1],
          [0.05, 5],
          [0.1, 1],
          [0.1, 5],
        ] as const
      ).map(boots),
    ).toEqual([34, 48, 120, 164]);
  });

  it('never has fewer blocks than the test needs for a claim', () => {
    expect(planBoots({ effect: 0.5, sigma: 0.001 }).blocks).toBe(6);
    expect(planBoots({ effect: 0.5, sigma: 0.001, gates: 5 }).blocks).toBe(8);
    expect(planBoots({ effect: 0.5, sigma: 0 })).toMatchObject({ blocks: 6, power: 1 });
    expect(powerOf({ effect: 0.5, sigma: 0.001 }, 5)).toBe(0);
  });

  it('grows with failing boots, more candidates and more power', () => {
    const base = { effect: 0.05, sigma: 0.1 };
    const { blocks } = planBoots(base);
    expect(planBoots({ ...base, failureShare: 0.1 }).blocks).toBeCloseTo(blocks / 0.81, -0.5);
    expect(planBoots({ ...base, candidates: 2 }).boots).toBeGreaterThan(3 * blocks);
    expect(planBoots({ ...base, power: 0.8 }).blocks).toBeLessThan(blocks);
  });

  it('reports an effect out of reach instead of a number', () => {
    expect(planBoots({ effect: 0.001, sigma: 0.3 })).toMatchObject({ outOfReach: true, blocks: MOST_BLOCKS });
    expect(planBoots({ effect: 0.05, sigma: 0.05, failureShare: 1 }).outOfReach).toBe(true);
    expect(blocksFor({ shift: 0, sigma: 1, alpha: 0.05, tests: 1, power: 0.9 })).toBeNull();
  });

  it('recovers its effect as the smallest effect that its boots find', () => {
    const { blocks } = planBoots({ effect: 0.05, sigma: 0.07 });
    const effect = smallestEffect({ sigma: 0.07 }, blocks) ?? Number.NaN;
    expect(effect).toBeLessThanOrEqual(0.05);
    expect(effect).toBeGreaterThan(0.048);
    expect(smallestEffect({ sigma: 0.07 }, 5)).toBeNull();
  });

  it('has a curve with growing power', () => {
    const curve = powerCurve({ effect: 0.05, sigma: 0.05, candidates: 2 }, 30);
    expect(curve.map(({ blocks }) => blocks)).toEqual(Array.from({ length: 29 }, (_, i) => i + 2));
    expect(curve.map(({ power }) => power)).toEqual(curve.map(({ power }) => power).sort((a, b) => a - b));
    expect(curve.at(-1)?.boots).toBe(90);
    expect(powerCurve({ effect: 0.05, sigma: 0.05 }, 1)).toHaveLength(1);
  });

  it.each([
    // Simulated with 6,000 and 1,500 runs: boots on average, power.
    [0.05, [9, 12, 14, 17], 23.6, 0.928],
    [0.1, [30, 38, 46, 59], 77.5, 0.927],
  ])('predicts when a run with looks will stop (sigma %d)', (sigma, looks, boots, power) => {
    const input = { effect: Math.exp(0.05) - 1, sigma: halfShared(sigma), looks: sequentialDesign(looks, 0.05).looks };
    const last = looks.at(-1) ?? 0;
    expect(Math.abs(2 * meanBlocks(input, last) - boots)).toBeLessThan(0.03 * boots);
    expect(Math.abs(powerOf(input, last) - power)).toBeLessThan(0.018);
  });

  it.each([
    // `npm run bench:statistics boots`, 10,000 runs each with its own levels: boots on average.
    [1, 20, 23.8],
    [5, 26, 32.1],
  ])('of a run with looks after every block has a few more boots than it needs (%d gates)', (gates, last, boots) => {
    const blocks = Array.from({ length: last - 5 }, (_, i) => i + 6);
    const looks = sequentialDesign(blocks, 0.05).looks;
    const input = { effect: Math.exp(0.05) - 1, sigma: halfShared(0.05), gates, looks };
    const planned = 2 * meanBlocks(input, last);
    expect(planned).toBeGreaterThan(boots);
    expect(planned).toBeLessThan(1.05 * boots);
    expect(powerOf(input, last)).toBeGreaterThan(0.95);
  });

  it('with looks ends early for a certain effect, and is out of reach for an invisible one', () => {
    const { looks } = sequentialDesign([8, 12, 16, 24], 0.05);
    expect(powerOf({ effect: 0.5, sigma: 0, looks }, 24)).toBe(1);
    // At 8 blocks p can be as small as the level of the first look, at 6 of 24 it cannot.
    expect(meanBlocks({ effect: 0.5, sigma: 0, looks }, 24)).toBe(8);
    const early = sequentialDesign([6, 12, 24], 0.05).looks;
    expect(meanBlocks({ effect: 0.5, sigma: 0, looks: early }, 24)).toBe(12);
    expect(planBoots({ effect: 0.5, sigma: 0.001, looks })).toMatchObject({ outOfReach: false, power: 1 });
    expect(planBoots({ effect: 0.001, sigma: 0.3, looks })).toMatchObject({ outOfReach: true });
    expect(powerOf({ effect: 0.05, sigma: 0.05, looks }, 3)).toBe(0);
  });
});
