import { describe, expect, it } from 'vitest';
import { Comparison } from '../../src/model/comparison.ts';
import { Samples } from '../../src/model/samples.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { samplesOf } from './oracle.ts';
import { textsOf } from './samples.ts';

/** Parsing rejects NaN and infinities; a round trip through JSON must not change anything. */
function compared(samples: Samples) {
  const comparison = Comparison.parse(compareSamples(samples));
  expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
  const [metric] = comparison.metrics;
  if (!metric) throw new Error('no metric');
  expect(metric.p).not.toBe(0);
  return { comparison, metric, said: textsOf(metric) };
}

const range = (n: number, value: (i: number) => number) => Array.from({ length: n }, (_, i) => value(i));

describe('samples that allow no claim', () => {
  for (const blocked of [true, false]) {
    const kind = blocked ? 'blocked' : 'unblocked';

    it(`${kind}, no boot at all: inconclusive, and reports that`, () => {
      const { comparison, metric, said } = compared(samplesOf([], [], blocked));
      expect(metric).toMatchObject({ verdict: 'inconclusive', failsGate: false, p: null, pAdjusted: null });
      expect(comparison.verdict).toBe('inconclusive');
      expect(said).toContain('nothing to compare');
      expect(textsOf(comparison)).toContain('No boot of');
    });

    it.each([1, 2])(`${kind}, %i boots a side: inconclusive and unbounded, with the boots it needs`, (n) => {
      const { metric, said } = compared(
        samplesOf(
          range(n, (i) => 1e7 + i),
          range(n, (i) => 9e7 + i),
          blocked,
        ),
      );
      expect(metric).toMatchObject({ verdict: 'inconclusive', failsGate: false });
      expect(metric.ratio).toMatchObject({ low: null, high: null });
      expect(said).toMatch(/Needs (at least 6 blocks|more boots) for any verdict/);
    });

    it(`${kind}, all values equal: equivalent, ratio 1 to 1, p 1`, () => {
      const { metric, said } = compared(
        samplesOf(
          range(8, () => 5e6),
          range(8, () => 5e6),
          blocked,
        ),
      );
      expect(metric).toMatchObject({ verdict: 'equivalent', p: 1 });
      expect(metric.ratio).toMatchObject({ estimate: 1, low: 1, high: 1 });
      expect(metric.differenceUs).toMatchObject({ estimate: 0, low: 0, high: 0 });
      expect(said).toContain('identical');
    });

    it(`${kind}, complete separation: slower with the smallest possible p, never 0`, () => {
      const { metric } = compared(
        samplesOf(
          range(8, (i) => 1e7 + i),
          range(8, (i) => 2e7 + i),
          blocked,
        ),
      );
      expect(metric).toMatchObject({ verdict: 'slower', failsGate: true });
      expect(metric.p).toBeCloseTo(blocked ? 2 / 2 ** 8 : 2 / 12870, 12);
    });

    it(`${kind}, all missing on one side: inconclusive, and reports the side`, () => {
      const samples = samplesOf(
        range(8, (i) => 1e7 + i),
        range(8, (i) => 1e7 + i),
        blocked,
      );
      const silent = samples.boots.map((boot) =>
        boot.variant === 'after' ? { ...boot, values: { m: { missing: 'never seen' } } } : boot,
      );
      const { metric, said } = compared({ ...samples, boots: silent });
      expect(metric).toMatchObject({ verdict: 'inconclusive', p: null, ratio: null });
      expect(metric.after).toMatchObject({ n: 0, missing: 8, medianUs: null });
      expect(said).toContain('Measured in 8 boots of before and 0 of after');
    });

    it(`${kind}, zeros on both sides: equivalent in time, without a ratio`, () => {
      const { metric, said } = compared(
        samplesOf(
          range(8, () => 0),
          range(8, () => 0),
          blocked,
        ),
      );
      expect(metric).toMatchObject({ verdict: 'equivalent', ratio: null, p: 1 });
      expect(said).toContain('without a ratio');
    });

    it(`${kind}, one boot a million times the rest: kept, reported, and without effect on the verdict`, () => {
      const before = range(10, (i) => 1e6 + 1000 * i);
      const after = before.map((value, i) => (i === 3 ? value * 1e6 : value + (i % 2 === 0 ? 300 : -300)));
      const { metric, said } = compared(samplesOf(before, after, blocked));
      expect(['inconclusive', 'equivalent']).toContain(metric.verdict);
      expect(said).toMatch(/times the median; no outlier is dropped/);
    });
  }

  it('a candidate with no block in common: inconclusive, and reports it', () => {
    const samples = samplesOf(
      range(8, (i) => 1e7 + i),
      range(8, (i) => 1e7 + i),
      true,
    );
    const apart = samples.boots.map((boot) =>
      boot.variant === 'after' ? { ...boot, block: (boot.block ?? 0) + 100 } : boot,
    );
    const { comparison, metric, said } = compared({ ...samples, boots: apart });
    expect(metric).toMatchObject({ verdict: 'inconclusive', p: null });
    expect(comparison.blocks).toBe(0);
    expect(said).toContain('No block has a sound boot of both before and after');
  });

  it('bit-identical boots in every block, as in an A/A run in virtual time: equivalent', () => {
    const values = range(6, (i) => 1e7 + 1e5 * i);
    const { metric, comparison } = compared(samplesOf(values, values, true));
    expect(metric).toMatchObject({ verdict: 'equivalent', p: 1, pAdjusted: 1 });
    expect(metric.ratio).toMatchObject({ estimate: 1, low: 1, high: 1 });
    expect(comparison.verdict).toBe('equivalent');
  });

  it('a significant change that rounding hides in the median: p, estimate and interval still agree', () => {
    const before = range(30, () => 10e6);
    const after = range(30, (i) => (i < 12 ? 10.1e6 : 10e6));
    const { metric } = compared(samplesOf(before, after, true));
    expect(metric.p).toBeLessThan(0.01);
    expect(metric.ratio?.low).toBeGreaterThan(1);
    expect(metric.ratio?.estimate).toBeGreaterThan(1);
  });
});

it('a metric named like a property of every object is an ordinary metric', () => {
  const samples = samplesOf(
    range(8, (i) => 1e7 + i),
    range(8, (i) => 1e7 + i),
    true,
  );
  const renamed = Samples.parse({ ...samples, metrics: [{ id: 'constructor', gate: true }] });
  expect(compareSamples(renamed).metrics[0]).toMatchObject({ metric: 'constructor', verdict: 'inconclusive', p: null });
});

it('impossible values count as missing, and the smallest and largest possible values give finite numbers', () => {
  const wild = [1e308, -1e300, 1e16];
  const { metric } = compared(samplesOf(wild, [...wild].reverse(), true));
  expect(metric).toMatchObject({ verdict: 'inconclusive', before: { n: 0, missing: 3 } });
  const extremes = range(8, (i) => (i % 2 === 0 ? 1e15 : 1e-300));
  compared(samplesOf(extremes, [...extremes].reverse(), true));
  compared(
    samplesOf(
      extremes,
      range(8, () => 1e-6),
      false,
    ),
  );
});

it('the comparison excludes boots of other variants, with a warning', () => {
  const samples = samplesOf(
    range(6, () => 5e6),
    range(6, () => 5e6),
    true,
  );
  const stray = samples.boots.map((boot, i) => (i === 0 ? { ...boot, variant: 'stray' } : boot));
  expect(textsOf(compareSamples({ ...samples, boots: stray }))).toContain(
    'Excluded 1 boots of variants that are not compared',
  );
});
