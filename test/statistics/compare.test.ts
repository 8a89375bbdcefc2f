import { describe, expect, it } from 'vitest';
import { Comparison } from '../../src/model/comparison.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { oracle, samplesOf } from './oracle.ts';

const close = (actual: number | null | undefined, expected: number) => {
  expect(actual).not.toBeNull();
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
};

describe('a metric with a different definition in each variant', () => {
  const seconds = (...values: number[]) => values.map((each) => each * 1e6);
  const slower = samplesOf(seconds(1, 2, 3, 4, 5, 6), seconds(11, 12, 13, 14, 15, 16), true);
  const gated = (moved?: string) => {
    const metrics = slower.metrics.map((metric) => ({ ...metric, ...(moved && { moved }) }));
    return compareSamples({ ...slower, metrics });
  };

  it('stays unjudged, fails no gate, and reports the reason', () => {
    expect(gated()).toMatchObject({ verdict: 'slower', metrics: [{ verdict: 'slower', failsGate: true }] });
    const { verdict, metrics } = gated('it waits in before and goes on in after');
    expect(verdict).toBe('inconclusive');
    expect(metrics[0]).toMatchObject({ verdict: 'inconclusive', failsGate: false, needs: null });
    expect(metrics[0]?.warnings).toContainEqual({
      code: 'definition-moved',
      text: 'Not judged because its definition differs: it waits in before and goes on in after.',
    });
  });
});

describe('a comparison of the reference samples', () => {
  for (const reference of oracle.cases) {
    it(`blocked, ${reference.name}: p and estimates equal the reference`, () => {
      if (reference.n !== reference.m) return;
      const [metric] = Comparison.parse(compareSamples(samplesOf(reference.x, reference.y, true))).metrics;
      if (reference.block_flip) close(metric?.p, reference.block_flip.p_pooled_midrank);
      close(metric?.differenceUs.estimate, reference.hl.shift);
      if (reference.hl_ratio) close(metric?.ratio?.estimate, reference.hl_ratio.ratio);
    });

    it(`unblocked, ${reference.name}: p, estimates and intervals equal the reference`, () => {
      const [metric] = Comparison.parse(compareSamples(samplesOf(reference.x, reference.y, false))).metrics;
      const p = reference.mwu.p_exact_conditional ?? (reference.has_ties ? null : reference.mwu.p_exact_scipy);
      close(metric?.differenceUs.estimate, reference.hl.shift);
      if (reference.hl_ratio) close(metric?.ratio?.estimate, reference.hl_ratio.ratio);
      close(metric?.before.medianUs, reference.medians.x);
      if (metric?.method.startsWith('Brunner-Munzel')) {
        // Sizes differ, so the comparison uses a seeded test, whose p is only close to the asymptotic one.
        expect(Math.abs((metric.p ?? 0) - Number(reference.brunnermunzel.p))).toBeLessThan(0.03);
        return;
      }
      if (p !== null) close(metric?.p, p);
      if (reference.hl.ci95.lower === null) expect(metric?.differenceUs.low).toBeNull();
      else close(metric?.differenceUs.low, reference.hl.ci95.lower);
      if (reference.hl.ci95.upper === null) expect(metric?.differenceUs.high).toBeNull();
      else close(metric?.differenceUs.high, reference.hl.ci95.upper);
      if (reference.hl_ratio?.lower) close(metric?.ratio?.low, reference.hl_ratio.lower);
      if (reference.hl_ratio?.upper) close(metric?.ratio?.high, reference.hl_ratio.upper);
    });
  }
});
