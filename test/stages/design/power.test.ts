import { describe, expect, it } from 'vitest';
import { powerAnswers } from '../../../src/stages/design/power.ts';
import { blocks, boot, written } from '../../statistics/samples.ts';
import { scenario } from '../boots.ts';

const gates = { 'boot.target': null };
const stated = { kind: 'stated', sigma: 0.05 } as const;
const ask = (more: object, given: object = {}) =>
  powerAnswers({ scenario: scenario({ gates, ...more }), spread: stated, effect: undefined, power: 0.95, ...given })[0];

describe('the power of a plan', () => {
  it('applies to the given change, else to the one that precision names, else to the smallest that the blocks detect', () => {
    expect(ask({}, { effect: 0.02 })?.effect).toBe(0.02);
    expect(ask({ precision: { detect: '5%' } })?.effect).toBe(0.05);
    expect(ask({ blocks: 17 })?.effect).toBeCloseTo(0.05, 2);
  });

  it('pays for the looks of a run that may stop early, and says after how many blocks it will', () => {
    const looked = ask({ precision: { detect: '5%', looks: [9, 12, 14, 17] } });
    const fixed = ask({ blocks: 17 }, { effect: 0.05 });
    expect(fixed?.meanBlocks).toBeUndefined();
    const cost = (fixed?.powerOfBlocks ?? 0) - (looked?.powerOfBlocks ?? 0);
    expect(cost).toBeGreaterThan(0.003);
    expect(cost).toBeLessThan(0.03);
    // 6,000 simulated runs took 11.8.
    expect(looked?.meanBlocks).toBeCloseTo(11.8, -0.2);
  });

  it('takes spread and share of lost boots from a pilot', () => {
    const pilot = blocks(12, ['before', 'after'], (block, variant) => ({
      'boot.target': 2e7 * Math.exp(0.05 * Math.sin(7 * block + (variant === 'after' ? 3 : 0))),
    }));
    const samples = (extra: typeof pilot) =>
      written({ metrics: [{ id: 'boot.target', gate: true }], boots: [...pilot, ...extra] });
    const lost = [13, 14, 15, 16].map((block) => boot('after', block, {}, { outcome: 'failed' }));
    const from = (extra: typeof pilot) =>
      ask({}, { effect: 0.05, spread: { kind: 'seen', samples: [samples(extra)] } });
    const [whole, lossy] = [from([]), from(lost)];
    expect(whole).toMatchObject({ pairs: 12 });
    expect(lossy?.sigma).toBe(whole?.sigma);
    // 4 of 28 boots gave no value, and its own block needs both.
    expect(lossy?.plan?.blocks).toBeCloseTo((whole?.plan?.blocks ?? 0) / (24 / 28) ** 2, -0.5);
  });

  it('lets two gates of a pilot share alpha as in its verdict, and says nothing of a change in one alone', () => {
    const pilot = blocks(12, ['before', 'after'], (block, variant) => {
      const us = 2e7 * Math.exp(0.05 * Math.sin(7 * block + (variant === 'after' ? 3 : 0)));
      return { 'boot.target': us, other: us + 1e6 };
    });
    const samples = written({ metrics: [{ id: 'boot.target', gate: true }, { id: 'other' }], boots: pilot });
    const given = { effect: 0.05, spread: { kind: 'seen', samples: [samples] } };
    const both = ask({ gates: { 'boot.target': null, other: null } }, given);
    expect(both).toEqual(ask({}, given));
    expect(both?.alone).toBeUndefined();
  });
});
