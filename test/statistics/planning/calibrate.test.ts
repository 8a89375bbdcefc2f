import { describe, expect, it } from 'vitest';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { calibrate } from '../../../src/statistics/planning/calibrate.ts';
import { clopperPearson } from '../../../src/statistics/tests/counts.ts';
import { blocks, written } from '../samples.ts';

/** An A/A run with these block differences, in shares. */
function run(differences: readonly number[]) {
  const samples = written({
    boots: blocks(differences.length, ['before', 'after'], (block, variant) => ({
      m: 20e6 * (variant === 'after' ? Math.exp(differences[block - 1] ?? 0) : 1) + block,
    })),
  });
  return { samples, comparison: compareSamples(samples) };
}

const sd = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
};

describe('Clopper and Pearson', () => {
  it('give the interval of R and SciPy', () => {
    // As binom.test(3, 50) of R and the beta quantiles of SciPy.
    const { share, low, high } = clopperPearson(3, 50);
    expect(share).toBe(0.06);
    expect(low).toBeCloseTo(0.01254858783533406, 10);
    expect(high).toBeCloseTo(0.16548194660377288, 10);
  });

  it('give an interval that starts at 0 without hits, ends at 1 if all are hits, and is [0, 1] without trials', () => {
    expect(clopperPearson(0, 20)).toMatchObject({ share: 0, low: 0 });
    expect(clopperPearson(0, 20).high).toBeCloseTo(0.1684335, 6);
    expect(clopperPearson(20, 20)).toMatchObject({ share: 1, high: 1 });
    expect(clopperPearson(0, 0)).toEqual({ share: 0, low: 0, high: 1 });
  });
});

describe('a history of A/A runs', () => {
  const quiet = [0.01, -0.02, 0.015, -0.01, 0.02, -0.015, 0.005, -0.005];
  const alarm = [0.1, 0.11, 0.09, 0.12, 0.1, 0.11, 0.09, 0.1];

  it('gives the observed false-alarm rate with its interval', () => {
    const found = calibrate([run(quiet), run(quiet.map((d) => -d)), run(alarm), run(quiet)]);
    expect(found).toMatchObject({ runs: 4, alarms: 1, rate: { share: 0.25 } });
    expect(found.metrics[0]).toMatchObject({ metric: 'm', gate: true, tests: 4, alarms: 1, blocks: 32 });
    expect(found.rate.low).toBeLessThan(0.01);
    expect(found.rate.high).toBeGreaterThan(0.8);
  });

  it('gives the block spread around the mean of its run, so a pilot is usable too', () => {
    const [metric] = calibrate([run(quiet), run(quiet.map((d) => d + 0.3))]).metrics;
    expect(metric?.sigma).toBeCloseTo(sd(quiet), 6);
    expect(metric?.feltSigma).toBeGreaterThan(0.01);
    expect(metric?.feltSigma).toBeLessThan(0.03);
  });

  it('calibrates nothing if it is empty', () => {
    expect(calibrate([])).toMatchObject({ runs: 0, alarms: 0, metrics: [], rate: { low: 0, high: 1 } });
    expect(calibrate([run([0.1])]).metrics[0]).toMatchObject({ sigma: null, feltSigma: null });
  });
});
