import { expect, test } from 'vitest';
import { HistoryRun } from '../../../src/model/history.ts';
import { Trend } from '../../../src/model/trend.ts';
import { renderTrend } from '../../../src/render/trend/page.ts';
import { renderTrendText } from '../../../src/render/trend/terminal.ts';
import { historyLine } from '../../../src/stages/history/line.ts';
import { trendOf } from '../../../src/stages/history/trend.ts';
import { aloneRun } from '../../support/alone-run.ts';
import { runLine } from '../../support/history-lines.ts';

const budgets = [{ metric: 'node.ready', quantile: 0.5, limitUs: 1e6 }];
const line = historyLine(aloneRun({ blocks: 12, budgets }));

test('a run with one variant leaves a line with its medians and the results of its budgets', () => {
  expect(HistoryRun.safeParse(line).error).toBeUndefined();
  expect(line).toMatchObject({
    candidates: [],
    metrics: [],
    result: 'fails',
    reference: { variant: 'image', boots: 12 },
  });
  expect(line.alone?.find(({ metric }) => metric === 'node.ready')).toMatchObject({ n: 12, budgets: ['exceeded'] });
});

test('a trend lists such runs night by night, and looks for no change in them', async () => {
  const nights = ['2026-02-01', '2026-02-02', '2026-02-03'];
  const lines = nights.map((night) => ({ ...line, id: `alone-${night}`, night, at: `${night}T03:00:00Z` }));
  const trend = trendOf({ lines: [...lines, runLine('2026-02-04')], damaged: [] });
  expect(Trend.safeParse(trend).error).toBeUndefined();
  const ready = trend.alone?.find(({ metric }) => metric === 'node.ready');
  expect(ready).toMatchObject({ variant: 'image', gate: true });
  expect(ready?.points.map(({ night }) => night)).toEqual(nights);
  expect([trend.runs, trend.changes]).toEqual([4, []]);
  expect(trend.series.every(({ points }) => points.length === 1)).toBe(true);
  expect(await renderTrend(trend)).toContain('Images measured alone');
  expect(renderTrendText(trend, { color: false })).toMatch(/● local-deferral\/image\/node.ready {2}\d/);
});

test('a trend without such runs does not mention them', () => {
  expect(trendOf({ lines: [runLine('2026-02-04')], damaged: [] })).not.toHaveProperty('alone');
});
