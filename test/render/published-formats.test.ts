/** Checks exports against the schemas and readers that their target programs publish. */
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { exportRun } from '../../src/stages/export.ts';
import { HOSTILE, syntheticRun } from '../support/synthetic-run.ts';

const input = syntheticRun({ blocks: 6, metrics: 25, slowerBySeconds: 1.9 });
const hostile = syntheticRun({ blocks: 6, metrics: 25, slowerBySeconds: 1.9, hostile: HOSTILE, failed: { after: 6 } });
const both = [
  ['an ordinary run', input],
  ['a run whose names are hostile and whose candidate never booted', hostile],
] as const;

describe('bencher', () => {
  // https://bencher.dev/bmf.json as published: services/console/public/bmf.json of bencherdev/bencher at 8d75325c3bc5 (Aug
  // 2026), without its `$id`. No registry package contains it. Length of names: lib/bencher_valid of the same commit.
  const metric = {
    type: 'object',
    required: ['value'],
    properties: { value: { type: 'number' }, lower_value: { type: 'number' }, upper_value: { type: 'number' } },
  };
  const measures = { type: 'object', patternProperties: { '.+': metric } };
  const isValid = new Ajv().compile({ type: 'object', patternProperties: { '.+': measures } });

  test.each(both)('%s is valid in its schema, with names it takes', (_, run) => {
    const document = JSON.parse(exportRun(run, 'bencher'));
    expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true);
    expect(Object.keys(document).filter((name) => name === '' || Buffer.byteLength(name) > 1024)).toEqual([]);
  });

  test('the median is between its bounds, in nanoseconds', () => {
    const { latency } = JSON.parse(exportRun(input, 'bencher'))[`${input.samples.scenario}/node.ready/before`];
    const row = input.comparison.metrics.find(({ metric: id }) => id === 'node.ready');
    expect(latency.value).toBe((row?.before.medianUs ?? 0) * 1000);
    expect(latency.lower_value).toBeLessThanOrEqual(latency.value);
    expect(latency.upper_value).toBeGreaterThanOrEqual(latency.value);
  });
});

describe('github-benchmark', () => {
  // `BenchmarkResults` in src/extract.ts of benchmark-action/github-action-benchmark at c38cce98215c (Mar 2026), stricter:
  // without its coercions and without further keys. No registry package contains it. We once passed this output to its
  // `extractResult`, which returned it unchanged.
  const BenchmarkResults = z.array(
    z.strictObject({
      name: z.string().min(1),
      value: z.number(),
      range: z.string().regex(/^± \d/).optional(),
      unit: z.string(),
      extra: z.string().optional(),
    }),
  );

  test.each(both)('%s is what its reader takes', (_, run) => {
    const results = BenchmarkResults.parse(JSON.parse(exportRun(run, 'github-benchmark')));
    expect(new Set(results.map(({ name }) => name)).size).toBe(results.length);
    expect(results.length).toBeGreaterThan(0);
  });
});

describe('otlp', () => {
  interface Message {
    verify(message: unknown): string | null;
    fromObject(message: unknown): unknown;
    toObject(message: unknown, options: object): unknown;
  }
  // The maintainers of opentelemetry-proto generate it; the package does not export its types.
  const { opentelemetry } = createRequire(import.meta.url)('@opentelemetry/otlp-transformer/build/src/generated/root');
  const request: Message = opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;

  test.each(both)('%s is a valid request of the protocol, without unknown fields', (_, run) => {
    // On the wire, an empty list equals no list.
    const full = (key: string, value: unknown) =>
      key === 'events' && JSON.stringify(value) === '[]' ? undefined : value;
    const document = JSON.parse(exportRun(run, 'otlp'), full);
    const message = request.fromObject(document);
    expect(request.verify(message)).toBeNull();
    // A field that the protocol lacks would get lost here.
    expect(request.toObject(message, { longs: String, bytes: String })).toEqual(document);
  });
});

describe('openmetrics', () => {
  const SAMPLE = /^([a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\} (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

  test.each(both)('%s: each family is contiguous, samples follow its header, the file has its end marker', (_, run) => {
    const lines = exportRun(run, 'openmetrics').split('\n');
    expect(lines.slice(-2)).toEqual(['# EOF', '']);
    const families: string[] = [];
    for (const line of lines.slice(0, -2)) {
      const head = /^# TYPE (\w+) gauge$/.exec(line)?.[1];
      if (head !== undefined) families.push(head);
      else if (line.startsWith('#')) expect(line).toMatch(new RegExp(`^# (UNIT|HELP) ${families.at(-1)} \\S`));
      else expect(SAMPLE.exec(line)?.[1], line).toBe(families.at(-1));
    }
    expect(new Set(families).size).toBe(families.length);
    expect(families.length).toBeGreaterThan(2);
  });

  test('a metric without a value is absent, never 0', () => {
    expect(exportRun(hostile, 'openmetrics')).not.toMatch(/^bench_boot_median_seconds\{[^}]*variant="after"/m);
    expect(exportRun(hostile, 'openmetrics')).toMatch(/^bench_boots\{[^}]*variant="after",outcome="failed"\} 6$/m);
  });
});
