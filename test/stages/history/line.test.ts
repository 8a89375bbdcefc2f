import { expect, test } from 'vitest';
import { HistoryRun } from '../../../src/model/history.ts';
import { historyLine } from '../../../src/stages/history/line.ts';
import { syntheticRun } from '../../support/synthetic-run.ts';

test('a run leaves a line with its images, counts, facts and paired log-ratios', () => {
  const findings = syntheticRun({ slowerBySeconds: 1.9, failed: { after: 2 } });
  const line = historyLine(findings as never, 'https://ci/7');
  expect(HistoryRun.safeParse(line).error).toBeUndefined();
  const gate = findings.comparison.metrics.find((row) => row.gate);
  const metric = line.metrics.find((each) => each.metric === gate?.metric);
  expect(line).toMatchObject({ id: findings.run?.id, link: 'https://ci/7', verdict: findings.comparison.verdict });
  expect(line.night).toBe(findings.run?.createdAt.slice(0, 10));
  expect(line.candidates.map(({ variant, failed }) => [variant, failed])).toEqual([['after', 2]]);
  expect(Object.keys(line.facts).filter((key) => key.startsWith('image.'))).toEqual([]);
  expect(metric?.logRatio?.estimate).toBeCloseTo(Math.log(gate?.ratio?.estimate ?? 0), 6);
  expect(metric?.logRatio?.blocks).toBe(10);
  expect(metric?.candidateUs).toBe(gate?.after.medianUs);
});
