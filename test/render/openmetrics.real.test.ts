/** The exported metrics, read by the parsers of Prometheus' own client: of OpenMetrics, and of the older text format. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { exportRun } from '../../src/stages/export.ts';
import { HOSTILE, syntheticRun } from '../support/synthetic-run.ts';

const READER = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
text = sys.stdin.read()
read = lambda parse: [[s.name, s.labels, s.value] for family in parse(text) for s in family.samples]
print(json.dumps({"openmetrics": read(openmetrics), "prometheus": read(prometheus)}))
`;

test.each([undefined, HOSTILE])('both read the same samples (names: %j)', (names) => {
  const run = syntheticRun({ blocks: 6, metrics: 25, slowerBySeconds: 1.9, ...(names && { hostile: names }) });
  const text = exportRun(run, 'openmetrics');
  const read = JSON.parse(execFileSync('/usr/bin/python3', ['-c', READER], { input: text, encoding: 'utf8' }));
  expect(read.openmetrics).toHaveLength(text.split('\n').filter((line) => line && !line.startsWith('#')).length);
  expect(read.openmetrics).toEqual(read.prometheus);
  const medians = read.openmetrics.filter(([name]: [string]) => name === 'bench_boot_median_seconds');
  const [row] = run.comparison.metrics;
  expect(medians[0]?.[2]).toBeCloseTo((row?.before.medianUs ?? 0) / 1_000_000, 9);
});
