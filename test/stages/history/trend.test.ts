import { describe, expect, test } from 'vitest';
import type { HistoryLine, HistoryRun } from '../../../src/model/history.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { Trend } from '../../../src/model/trend.ts';
import { relinked, trendOf } from '../../../src/stages/history/trend.ts';
import { gaussian } from '../../benchmarks/synthetic.ts';
import { metricLine, nightsFrom, runLine } from '../../support/history-lines.ts';

const NIGHTS = nightsFrom('2026-01-01', 100);

/** A history whose metric gets slower by this factor from one night to another; one percent of noise. */
function history(
  step: { readonly from: number; readonly to?: number; readonly by: number },
  more: (at: number) => Partial<HistoryRun> = () => ({}),
): HistoryRun[] {
  const normal = gaussian(seededRandom(5));
  return NIGHTS.map((night, at) => {
    const isSlow = at >= step.from && at < (step.to ?? Infinity);
    const value = 0.01 * normal.next() + (isSlow ? step.by : 0);
    return runLine(night, { metrics: [metricLine('boot.target', value, { owner: '@us' })], ...more(at) });
  });
}

const trend = (lines: readonly HistoryLine[]) => trendOf({ lines, damaged: [] });

describe('a history with a step of 5 %', () => {
  const found = trend(history({ from: 60, by: 0.05 }));

  test('has one change, with its night, its images and its owner', () => {
    expect(found.changes).toHaveLength(1);
    expect(found.changes[0]).toMatchObject({
      id: expect.stringMatching(/^nightly\/after\/boot\.target@2026-03-0[123]$/),
      direction: 'slower',
      status: 'standing',
      owner: '@us',
      previousNight: '2026-03-01',
      night: '2026-03-02',
      images: { before: 'image-2026-03-01', after: 'image-2026-03-02' },
      runs: { before: 'nightly-2026-03-01', after: 'nightly-2026-03-02' },
      crossCheck: { night: '2026-03-02', agrees: true },
    });
    expect(nightsFrom('2026-03-02', 4)).toContain(found.changes[0]?.foundNight);
    expect(found.changes[0]?.effect.low).toBeGreaterThan(1.04);
    expect(found.changes[0]?.effect.high).toBeLessThan(1.06);
  });

  test('fits its schema', () => {
    expect(Trend.safeParse(found).error).toBeUndefined();
  });

  test('has the same change, under the same name, with more nights', () => {
    const shorter = trend(history({ from: 60, by: 0.05 }).slice(0, 64));
    expect(shorter.changes.map(({ id }) => id)).toEqual(found.changes.map(({ id }) => id));
  });
});

test('a history without a step has no change', () => {
  expect(trend(history({ from: 200, by: 0 })).changes).toEqual([]);
});

test('one bad night is no change', () => {
  expect(trend(history({ from: 60, to: 61, by: 0.3 })).changes).toEqual([]);
});

test('a change that a later one reverses is undone, and says since when', () => {
  const { changes } = trend(history({ from: 40, to: 70, by: 0.08 }));
  expect(changes.map(({ direction, status }) => [direction, status])).toEqual([
    ['faster', 'undoing'],
    ['slower', 'reverted'],
  ]);
  expect(changes[1]?.goneNight).toBe(changes[0]?.night);
});

test('a trend claims no change across a reference that moved, and marks the night', () => {
  const other = { variant: 'before', image: 'image-other', source: null, boots: 20, failed: 0, broken: 0 };
  const found = trend(history({ from: 60, by: 0.05 }, (at) => (at >= 60 ? { reference: other } : {})));
  expect(found.changes).toEqual([]);
  expect(found.marks).toEqual([
    { scenario: 'nightly', night: '2026-03-02', kind: 'reference', what: 'image-reference to image-other' },
  ]);
});

test('a trend reports nights that did not run, by the rhythm of the scenario', () => {
  const lines = history({ from: 200, by: 0 }).filter((_, at) => at !== 10 && at !== 11 && at !== 50);
  expect(trend(lines).series[0]?.missing).toEqual([NIGHTS[10], NIGHTS[11], NIGHTS[50]]);
  const weekly = history({ from: 200, by: 0 }).filter((_, at) => at % 7 === 0 && at !== 14);
  expect(trend(weekly).series[0]?.missing).toEqual([NIGHTS[14]]);
});

test('runs of an image against itself are calibration, not nights of a series', () => {
  const aa = { aa: true, unproven: false, alpha: 0.05, seed: 1 };
  const { calibration, runs } = trend([
    ...history({ from: 200, by: 0 }).slice(0, 3),
    runLine('2026-05-01', { calibration: aa, verdict: 'equivalent' }),
    runLine('2026-05-02', { calibration: aa, verdict: 'slower' }),
  ]);
  expect({ calibration, runs }).toEqual({ calibration: { runs: 2, alarms: 1 }, runs: 3 });
});

test('of two lines of one run the later counts, whatever their order in time', () => {
  const [first] = history({ from: 0, by: 0 });
  const again = { ...(first as HistoryRun), metrics: [metricLine('boot.target', 0.5)] };
  expect(trend([first as HistoryRun, again]).series[0]?.points.map(({ ratio }) => ratio)).toEqual([1.6487212707]);
});

test('relative links lead from the page to the runs, addresses stay', () => {
  const lines = [
    runLine('2026-01-01', { link: '../runs/a/report.html' }),
    runLine('2026-01-02', { link: 'https://ci/2' }),
  ];
  const links = relinked(trend(lines), '/home/history', '/home/site/pages').series[0]?.points.map(({ link }) => link);
  expect(links).toEqual(['../../runs/a/report.html', 'https://ci/2']);
});
