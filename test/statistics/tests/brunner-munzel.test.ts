import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/model/random.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { brunnerMunzelTest, studentisedNulls } from '../../../src/statistics/tests/brunner-munzel.ts';
import { rankSumNulls, rankSumTest } from '../../../src/statistics/tests/rank-sum.ts';
import { gaussian } from '../../benchmarks/synthetic.ts';
import { samplesOf } from '../oracle.ts';

describe('two old runs of different size or spread', () => {
  const normal = gaussian(seededRandom(5));
  const draw = (n: number, spread: number) =>
    Float64Array.from({ length: n }, () => 40e6 + 1e6 * spread * normal.next());

  it('few wide boots against many narrow ones: the rank sum gives too many false alarms, this test does not', () => {
    const runs = 1000;
    const [studentised, rankSum] = [studentisedNulls(1), rankSumNulls(1)];
    let [alarms, rankSumAlarms] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const sides = { before: draw(12, 4), after: draw(48, 1) };
      if (brunnerMunzelTest(sides, studentised).p <= 0.05) alarms++;
      if (rankSumTest(sides, rankSum).p <= 0.05) rankSumAlarms++;
    }
    expect(rankSumAlarms / runs).toBeGreaterThan(0.1);
    // Three standard errors above .05.
    expect(alarms / runs).toBeLessThan(0.07);
  });

  it('sizes and spreads choose the test, and the comparison reports it', () => {
    const method = (before: Float64Array, after: Float64Array) =>
      compareSamples(samplesOf(Array.from(before), Array.from(after), false)).metrics[0]?.method;
    expect(method(draw(8, 1), draw(30, 1))).toMatch(/^Brunner-Munzel, .* 1999 seeded draws/);
    expect(method(draw(5, 1), draw(9, 1))).toMatch(/^Brunner-Munzel, .* exact/);
    expect(method(draw(20, 1), draw(20, 8))).toMatch(/^Brunner-Munzel/);
    expect(method(draw(20, 1), draw(20, 1))).toMatch(/^permutation of pooled midranks, exact/);
    expect(method(draw(4, 1), draw(30, 1))).toMatch(/^permutation of pooled midranks, exact/);
    expect(method(draw(60, 1), draw(60, 1))).toMatch(/^permutation of pooled midranks, 9999 seeded draws/);
  });

  it.each([
    ['without ties', [41.2, 39.8, 44.1, 40.3, 42.2], [43.9, 41.1, 46.2, 42.6, 43.1, 41.7, 45.9, 47.8], 96],
    ['with ties', [4, 4, 5, 6, 7], [5, 6, 6, 7, 7, 8, 8, 9], 70],
    ['completely separated', [1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11, 12, 13], 2],
  ] as const)('few boots %s: p counts all relabellings', (_, before, after, hits) => {
    // Of 1,287; counted with SciPy's statistic.
    const sides = { before: Float64Array.from(before), after: Float64Array.from(after) };
    expect(brunnerMunzelTest(sides, studentisedNulls(1))).toMatchObject({ exact: true, direction: 1 });
    expect(brunnerMunzelTest(sides, studentisedNulls(1)).p).toBeCloseTo(hits / 1287, 11);
  });

  it('complete separation has a finite p and a bounded interval', () => {
    const [metric] = compareSamples(
      samplesOf(
        Array.from(draw(6, 0.1)),
        Array.from(draw(12, 0.1), (v) => 3 * v),
        false,
      ),
    ).metrics;
    expect(metric).toMatchObject({ verdict: 'slower' });
    expect(metric?.p).toBeCloseTo(2 / 18_564, 12);
    expect(metric?.ratio?.low).toBeGreaterThan(2.8);
    expect(metric?.ratio?.high).toBeLessThan(3.2);
  });
});
