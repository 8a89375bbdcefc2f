/** Compares exports with golden files; `npx vitest run --project unit test/render -u` rewrites them. */
import { describe, expect, test } from 'vitest';
import { EXPORT_FORMATS, exportRun } from '../../src/stages/export.ts';
import { decided, HOSTILE, syntheticRun } from '../support/synthetic-run.ts';

const small = { blocks: 1, metrics: 25, slowerBySeconds: 1.9, broken: { after: 1 } };
const input = syntheticRun(small);
const hostile = syntheticRun({ ...small, hostile: HOSTILE, failed: { after: 1 } });

describe.each(EXPORT_FORMATS)('%s', (format) => {
  test('matches its golden file', async () => {
    await expect(exportRun(input, format)).toMatchFileSnapshot(`golden/export/${format}.txt`);
  });

  test('is deterministic, and contains no control character whatever a machine says', () => {
    expect(exportRun(input, format)).toBe(exportRun(input, format));
    expect(exportRun(hostile, format)).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u202e\u2066]/);
  });

  test('exports a folder with only samples', () => {
    const { samples, comparison } = input;
    expect(() => exportRun({ samples, comparison }, format)).not.toThrow();
  });
});

describe('csv', () => {
  /** A reader of RFC 4180. */
  const read = (text: string): string[][] =>
    text
      .split('\r\n')
      .slice(0, -1)
      .map((line) =>
        [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
          ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
        ),
      );

  test('has a row for each boot and metric, as wide as its header, whatever the names', () => {
    const rows = read(exportRun(hostile, 'csv'));
    expect(rows).toHaveLength(1 + hostile.samples.boots.length * hostile.samples.metrics.length);
    expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([11]));
  });

  test('no cell is a formula', () => {
    const boots = input.samples.boots.map((boot) => ({ ...boot, id: '=HYPERLINK("http://x")', variant: '+1' }));
    const cells = read(exportRun({ ...input, samples: { ...input.samples, boots } }, 'csv')).flat();
    expect(cells.filter((text) => /^[=+@-]/.test(text))).toEqual([]);
    expect(cells.join()).toContain("'=HYPERLINK");
  });
});

describe('junit', () => {
  test('reports a failed gate as failure, and an open one as skipped', () => {
    expect(exportRun(syntheticRun({ slowerBySeconds: 1.9 }), 'junit')).toMatch(/failures="[1-9]/);
    const { comparison, ...rest } = syntheticRun({ blocks: 6 });
    const metrics = comparison.metrics.map((row) => ({ ...row, verdict: 'inconclusive' as const, failsGate: false }));
    expect(exportRun({ ...rest, comparison: decided({ ...comparison, metrics }) }, 'junit')).toMatch(
      /failures="0" errors="0" skipped="[1-9]/,
    );
  });

  test('names create no markup', () => {
    const tags = exportRun(hostile, 'junit').match(/<[^>]*>/g) ?? [];
    const known = /^<(\?xml|\/?testsuites|\/?testsuite|\/?testcase|\/?system-out|failure|error|skipped)\b/;
    expect(tags.filter((tag) => !known.test(tag))).toEqual([]);
  });
});

describe('traces', () => {
  interface Event {
    readonly ph: string;
    readonly pid: number;
    readonly tid: number;
    readonly ts: number;
    readonly dur: number;
  }

  test('perfetto: the spans of a lane never overlap, and none is lost', () => {
    const { traceEvents } = JSON.parse(exportRun(input, 'perfetto')) as { readonly traceEvents: readonly Event[] };
    const bars = traceEvents.filter(({ ph }) => ph === 'X');
    expect(bars).toHaveLength(input.records.flatMap(({ spans }) => spans.filter(({ end }) => end)).length);
    for (const [index, bar] of bars.entries()) {
      const before = bars[index - 1];
      if (before?.pid === bar.pid && before.tid === bar.tid) expect(before.ts + before.dur).toBeLessThanOrEqual(bar.ts);
    }
  });

  test('otlp: a trace per boot, with all spans below its root', () => {
    const { resourceSpans } = JSON.parse(exportRun(input, 'otlp'));
    const traces = resourceSpans.map(
      (resource: { scopeSpans: { spans: Record<string, string>[] }[] }) => resource.scopeSpans[0]?.spans ?? [],
    );
    expect(traces).toHaveLength(input.records.length);
    for (const [root, ...spans] of traces) {
      expect([root.traceId, root.spanId]).toEqual([
        expect.stringMatching(/^[0-9a-f]{32}$/),
        expect.stringMatching(/^[0-9a-f]{16}$/),
      ]);
      expect(new Set([root, ...spans].map(({ spanId }) => spanId)).size).toBe(spans.length + 1);
      for (const span of spans) {
        expect([span.traceId, span.parentSpanId]).toEqual([root.traceId, root.spanId]);
        expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
      }
    }
  });
});

test('benchstat: every line is configuration, a result or empty', () => {
  const lines = exportRun(hostile, 'benchstat').split('\n');
  expect(lines.filter((line) => !/^$|^[a-z]+: \S+$|^Benchmark\S+ 1 [\d.e+-]+ sec\/op$/.test(line))).toEqual([]);
  expect(lines.filter((line) => line.startsWith('Benchmark')).length).toBeGreaterThan(20);
});
