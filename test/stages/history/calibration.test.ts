import { describe, expect, test } from 'vitest';
import type { HistoryLine, HistoryRun } from '../../../src/model/history.ts';
import { calibrationOf } from '../../../src/stages/history/calibration.ts';
import { metricLine, nightsFrom, runLine } from '../../support/history-lines.ts';

const AA = { aa: true, unproven: false, alpha: 0.05, seed: 1 };
const aaLine = (night: string, more: Partial<HistoryRun> = {}) => runLine(night, { calibration: AA, ...more });
const RUN = {
  id: 'tonight',
  scenario: { name: 'nightly' },
  facts: { provider: 'qemu', accelerator: 'tcg', hostCpu: 'any' },
};
const of = (lines: readonly HistoryLine[]) => calibrationOf({ lines, damaged: [] }, RUN);

describe('the A/A runs of a history', () => {
  test('give the false alarms of the gates, with the rates that fit them', () => {
    const quiet = nightsFrom('2026-01-01', 19).map((night) => aaLine(night));
    const exploratory = aaLine('2026-01-20', { metrics: [metricLine('x', 0.1, { gate: false, verdict: 'slower' })] });
    const loud = aaLine('2026-01-21', { metrics: [metricLine('boot.target', 0.1, { verdict: 'faster' })] });
    // binom.test(0, 20) and binom.test(1, 21) of R.
    expect(of([...quiet, exploratory])).toMatchObject({ runs: 20, alarms: 0, low: 0 });
    expect(of([...quiet, exploratory])?.high).toBeCloseTo(0.1684335, 6);
    expect(of([...quiet, exploratory, loud])).toMatchObject({ runs: 21, alarms: 1 });
    expect(of([...quiet, exploratory, loud])?.high).toBeCloseTo(0.2381599, 6);
  });

  test('give the spread of each gate, pooled by blocks; runs that do not know theirs add none', () => {
    const spread = (blocks: number, value: number | null) => ({
      metrics: [
        metricLine('boot.target', 0, { logRatio: { estimate: 0, low: null, high: null, blocks, spread: value } }),
      ],
    });
    const found = of([aaLine('2026-01-01', spread(5, 0.02)), aaLine('2026-01-02', spread(13, 0.04))]);
    expect(found?.metrics).toEqual([{ metric: 'boot.target', blocks: 18, spread: expect.closeTo(0.0360555, 6) }]);
    expect(of([aaLine('2026-01-01', spread(1, null))])?.metrics).toEqual([
      { metric: 'boot.target', blocks: 1, spread: null },
    ]);
  });

  test('come from the same scenario and setup, each once, and never from the run itself', () => {
    const others: Partial<HistoryRun>[] = [
      { id: 'tonight' },
      { scenario: { name: 'other', sha256: '', definition: '' } },
      { facts: { provider: 'azure' } },
      { facts: { provider: 'qemu', accelerator: 'kvm' } },
      { calibration: { ...AA, aa: false } },
    ];
    expect(of(others.map((more) => aaLine('2026-01-01', more)))).toBeUndefined();
    expect(of([aaLine('2026-01-01'), aaLine('2026-01-01')])?.runs).toBe(1);
  });
});
