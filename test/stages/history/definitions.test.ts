import { expect, test } from 'vitest';
import { HistoryLine } from '../../../src/model/history.ts';
import { ofNewestDefinitions } from '../../../src/stages/history/definitions.ts';
import { trendOf } from '../../../src/stages/history/trend.ts';
import { metricLine, nightsFrom, runLine } from '../../support/history-lines.ts';

const NIGHTS = nightsFrom('2026-01-01', 60);
const SECOND = 30;

/** Nights that measure `tls.bootstrap` by a new definition from the thirtieth on, with a result three times as large. */
const lines = NIGHTS.map((night, at) =>
  runLine(night, {
    metrics: [
      metricLine('boot.target', 0.001 * (at % 3)),
      metricLine('tls.bootstrap', at < SECOND ? 0.001 * (at % 3) : 1 + 0.001 * (at % 3), {
        gate: false,
        ...(at >= SECOND && { definition: 2 }),
      }),
    ],
  }),
);

test('a trend leaves out values of an older definition and says how many', () => {
  const { series, changes, warnings } = trendOf({ lines, damaged: [] });
  const points = (id: string) => series.find(({ metric }) => metric === id)?.points;
  expect(points('tls.bootstrap')?.map(({ night }) => night)).toEqual(NIGHTS.slice(SECOND));
  expect(points('boot.target')).toHaveLength(NIGHTS.length);
  expect(changes).toEqual([]);
  expect(warnings).toEqual(['30 of 60 runs measured tls.bootstrap by an older definition; their values are left out.']);
});

test('an older bench that continues to write the old definition adds nothing to the new one', () => {
  const old = runLine('2026-03-02', { metrics: [metricLine('tls.bootstrap', 0)] });
  const { runs } = ofNewestDefinitions([...lines, old]);
  expect(runs.at(-1)?.metrics).toEqual([]);
});

test('runs of one image also keep only the newest definition', () => {
  const alone = (definition?: number) => [
    {
      metric: 'tls.bootstrap',
      gate: false,
      n: 3,
      medianUs: null,
      lowUs: null,
      highUs: null,
      p90Us: null,
      ...(definition && { definition }),
    },
  ];
  const { runs } = ofNewestDefinitions([
    runLine('2026-01-01', { candidates: [], metrics: [], alone: alone() }),
    runLine('2026-01-02', { candidates: [], metrics: [], alone: alone(2) }),
  ]);
  expect(runs.map((run) => run.alone?.length)).toEqual([0, 1]);
});

test('a history of one definition remains unchanged', () => {
  const first = lines.slice(0, SECOND);
  expect(ofNewestDefinitions(first)).toEqual({ runs: first, warnings: [] });
});

test('a line says which definition it has, where that is not the first', () => {
  expect(HistoryLine.safeParse(lines.at(-1)).success).toBe(true);
});
