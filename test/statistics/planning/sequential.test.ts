import { describe, expect, it } from 'vitest';
import { us } from '../../../src/model/units.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { sequentialDecision, sequentialDesign, stoppingChances } from '../../../src/statistics/planning/sequential.ts';
import { around, blocks, written } from '../samples.ts';

const design = sequentialDesign([8, 12, 16, 24], 0.05);

/** A look's decision from its comparison of the blocks so far; the candidate takes `factor` times as long. */
function look(index: number, factor: number, spread = 1) {
  const { blocks: count = 0, alpha, equivalenceAlpha } = design.looks[index] ?? {};
  const us = (block: number, variant: string) => 20e6 + spread * (around(20e6, block, variant) - 20e6);
  const boots = blocks(count, ['before', 'after'], (block, variant) => ({
    m: us(block, variant) * (variant === 'after' ? factor : 1),
  }));
  return sequentialDecision(design, index, compareSamples(written({ boots }), { alpha, equivalenceAlpha }));
}

describe('a run that looks several times', () => {
  it('does not wait for a budget once its gates pass, and stops for an exceeded budget', () => {
    const at = (limitUs: number, quantile: number) => {
      const { blocks: count = 0, alpha, equivalenceAlpha } = design.looks[3] ?? {};
      const boots = blocks(count, ['before', 'after'], (block, variant) => ({ m: around(20e6, block, variant) }));
      const samples = { ...written({ boots }), budgets: [{ metric: 'm', quantile, limitUs: us(limitUs) }] };
      const comparison = compareSamples(samples, { alpha, equivalenceAlpha });
      return [comparison.result, sequentialDecision(design, 2, comparison)];
    };
    expect(at(30e6, 0.95)).toEqual(['unjudged', { kind: 'stop', reason: 'settled' }]);
    expect(at(10e6, 0.5)).toEqual(['fails', { kind: 'stop', reason: 'settled' }]);
  });

  it('spends alpha by the blocks to the power of 1.5, and expects rising levels', () => {
    const levels = design.looks.map(({ alpha }) => alpha);
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(levels.at(-1)).toBeLessThan(0.05);
    const [first, , , last] = design.looks;
    expect(first?.spent).toBeCloseTo(0.05 * (8 / 24) ** 1.5, 10);
    expect(first?.alpha).toBeCloseTo(first?.spent ?? 0, 8);
    expect(last?.spent).toBe(0.05);
    expect(design.looks.map(({ z }) => z)).toEqual([...design.looks.map(({ z }) => z)].sort((a, b) => b - a));
  });

  it('crosses on either side with half of alpha if nothing changed, and nearly always if much changed', () => {
    const shares = design.looks.map((each) => each.blocks / 24);
    const z = design.looks.map((each) => each.z);
    const chances = (drift: number) => stoppingChances(shares, z, drift);
    const total = (drift: number) => chances(drift).reduce((sum, chance) => sum + chance, 0);
    expect(total(0)).toBeCloseTo(0.025, 6);
    expect(total(8)).toBeCloseTo(1, 6);
    expect(total(-8)).toBeCloseTo(0, 6);
  });

  it('equals the plain test with a single look', () => {
    const [only] = sequentialDesign([12], 0.05).looks;
    expect(only?.alpha).toBeCloseTo(0.05, 10);
    expect(only?.equivalenceAlpha).toBeCloseTo(0.05, 10);
  });

  it('continues until a decision', () => {
    expect(look(0, 1.02, 20)).toEqual({ kind: 'continue', toBlocks: 12 });
    expect(look(1, 1.02, 20)).toEqual({ kind: 'continue', toBlocks: 16 });
  });

  it('stops for a difference, for equivalence, and at the last look', () => {
    expect(look(1, 1.5)).toEqual({ kind: 'stop', reason: 'settled' });
    expect(look(2, 1)).toEqual({ kind: 'stop', reason: 'settled' });
    expect(look(3, 1.03, 60)).toEqual({ kind: 'stop', reason: 'last look' });
  });

  it('rejects an invalid schedule', () => {
    for (const looks of [[], [8, 8], [12, 8], [0, 4], [7.5, 9]])
      expect(() => sequentialDesign(looks, 0.05)).toThrow(RangeError);
  });
});
