/** p, estimate and interval come from one test and never contradict each other, even with ties. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Comparison } from '../../src/model/comparison.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { flipP } from '../../src/statistics/tests/block-flip.ts';
import { blockedEstimates, rankDifferences } from '../../src/statistics/tests/blocked.ts';
import { samplesOf } from './oracle.ts';

/** Blocks of values with many ties (whole tenths of a second), few ties, or none, some with a shift. */
const sides = fc
  .record({
    pairs: fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 })), {
      minLength: 1,
      maxLength: 24,
    }),
    step: fc.constantFrom(1, 1000, 100_000, 300_000),
    shift: fc.constantFrom(0, 0, 100_000, 900_000),
  })
  .map(({ pairs, step, shift }) => ({
    x: pairs.map(([x]) => step * Math.ceil(x / step)),
    y: pairs.map(([, y]) => step * Math.ceil(y / step) + shift),
  }));

const excludes = (interval: { low: number | null; high: number | null }, none: number) =>
  (interval.low !== null && interval.low > none) || (interval.high !== null && interval.high < none);

describe.each([true, false])('blocked: %s', (blocked) => {
  it('p <= alpha exactly when the intervals exclude "no change"; the estimate lies inside; swapped sides mirror the result', () => {
    fc.assert(
      fc.property(sides, ({ x, y }) => {
        const [metric] = Comparison.parse(compareSamples(samplesOf(x, y, blocked))).metrics;
        if (!metric?.ratio || metric.p === null) throw new Error('nothing tested');
        const rejected = metric.p <= 0.05;
        expect(excludes(metric.ratio, 1)).toBe(rejected);
        expect(excludes(metric.differenceUs, 0)).toBe(rejected);
        for (const { estimate, low, high } of [metric.ratio, metric.differenceUs]) {
          expect(estimate).toBeGreaterThanOrEqual(low ?? Number.NEGATIVE_INFINITY);
          expect(estimate).toBeLessThanOrEqual(high ?? Number.POSITIVE_INFINITY);
        }
        if (rejected)
          expect(Math.sign((metric.ratio.estimate ?? 1) - 1)).toBe(Math.sign(metric.differenceUs.estimate ?? 0));
        const [swapped] = compareSamples(samplesOf(y, x, blocked)).metrics;
        expect(swapped?.p).toBeCloseTo(metric.p, 9);
        expect(swapped?.differenceUs.estimate).toBeCloseTo(-(metric.differenceUs.estimate ?? 0), 4);
      }),
      { seed: 11, numRuns: blocked ? 150 : 80 },
    );
  });
});

describe('the blocked interval', () => {
  it('contains every shift that the test does not reject, and no other except by rounding', () => {
    fc.assert(
      fc.property(sides, ({ x, y }) => {
        const values = { before: Float64Array.from(x), after: Float64Array.from(y) };
        const [interval] = blockedEstimates(values, 'difference', [0.05]);
        const effects = [...new Set(x.flatMap((a) => y.map((b) => b - a)))].sort((a, b) => a - b);
        const shifts = [(effects[0] ?? 0) - 1, ...effects.map((value) => value + 0.25)];
        const stands = shifts.filter(
          (shift) => flipP(rankDifferences({ ...values, after: values.after.map((value) => value - shift) })) > 0.05,
        );
        const [first, last] = [stands[0], stands.at(-1)];
        if (first === undefined || last === undefined || !interval) return;
        // Test a quarter into each gap, beyond the effect at its start: a bound is that effect itself.
        const inside = stands.filter(
          (shift) =>
            shift >= (interval.low ?? Number.NEGATIVE_INFINITY) - 1 &&
            shift <= (interval.high ?? Number.POSITIVE_INFINITY) + 1,
        );
        expect(inside.length).toBe(stands.length);
        expect(interval.low === null).toBe(first === shifts[0]);
        expect(interval.high === null).toBe(last === shifts.at(-1));
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it('spans the gap beside the tied value of many pairs', () => {
    const [before, after] = [Float64Array.of(3.5, 0, 0, 3.1, 0, 0), new Float64Array(6)];
    // 24 of 36 differences are 0: just above it the test rejects (p 2/64), from there down to -3.1 it does not.
    expect(flipP(rankDifferences({ before, after: after.map(() => -1e-9) }))).toBe(2 / 64);
    expect(flipP(rankDifferences({ before, after: after.map(() => 1e-9) }))).toBeGreaterThan(0.05);
    const [interval] = blockedEstimates({ before, after }, 'difference', [0.05]);
    expect(interval).toEqual({ estimate: 0, low: -3.5, high: 0 });
  });

  it('is the same for scaled values, and moves with a shift', () => {
    const x = [41.2, 39.8, 44.1, 40.3, 42.2, 38.9, 43.3, 40.9].map((value) => value * 1e6);
    const y = [43.9, 41.1, 46.2, 42.6, 43.1, 41.7, 45.9, 41.8].map((value) => value * 1e6);
    const [of] = compareSamples(samplesOf(x, y, true)).metrics;
    const [scaled] = compareSamples(
      samplesOf(
        x.map((v) => v * 8),
        y.map((v) => v * 8),
        true,
      ),
    ).metrics;
    expect(scaled?.ratio).toEqual(of?.ratio);
    expect(scaled?.p).toBe(of?.p);
    expect(scaled?.differenceUs.low).toBeCloseTo(8 * (of?.differenceUs.low ?? 0), 3);
  });
});

it('the same samples give the same bytes, despite other comparisons in between', () => {
  const samples = samplesOf([5, 3, 8, 1, 9, 2, 7, 4, 6, 10], [6, 4, 9, 2, 9, 5, 8, 4, 7, 13], false);
  const first = JSON.stringify(compareSamples(samples));
  compareSamples(samplesOf([1, 2, 3], [2, 3, 4], true));
  expect(JSON.stringify(compareSamples(samples))).toBe(first);
});
