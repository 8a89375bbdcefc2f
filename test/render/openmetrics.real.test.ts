/** The parsers of Prometheus' own client (OpenMetrics, and the older text format) and its Pushgateway read the exported metrics. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test.each([undefined, HOSTILE])(
  'the Pushgateway takes the same text, and shows every sample (names: %j)',
  async (names) => {
    const text = exportRun(
      syntheticRun({ blocks: 6, metrics: 25, slowerBySeconds: 1.9, ...(names && { hostile: names }) }),
      'openmetrics',
    );
    const address = `127.0.0.1:${await freePort()}`;
    const gateway = spawn('prometheus-pushgateway', [`--web.listen-address=${address}`, '--log.level=error'], {
      stdio: 'inherit',
    });
    try {
      const url = `http://${address}`;
      while (!(await fetch(`${url}/-/ready`).catch(() => undefined))?.ok) await delay(50);
      // As in the documentation: bench export <run> --format openmetrics | curl --data-binary @- <url>
      const pushed = await fetch(`${url}/metrics/job/bench`, { method: 'PUT', body: text });
      expect([pushed.status, await pushed.text()]).toEqual([200, '']);
      const shown = await (await fetch(`${url}/metrics`)).text();
      const samples = (of: string) => of.split('\n').filter((line) => line.startsWith('bench_')).length;
      expect(samples(shown)).toBe(samples(text));
    } finally {
      gateway.kill();
      await once(gateway, 'exit');
    }
  },
);
