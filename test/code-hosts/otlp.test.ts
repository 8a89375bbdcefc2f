import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectorOf, pushTraces } from '../../src/code-hosts/otlp.ts';
import { ms } from '../../src/model/units.ts';
import { sendTraces } from '../../src/stages/telemetry.ts';
import { syntheticRun } from '../support/synthetic-run.ts';
import { type Loopback, loopback } from './loopback.ts';

const { signal } = new AbortController();
const run = syntheticRun({ blocks: 2 });

let collector: Loopback;
beforeEach(async () => {
  collector = await loopback(() => ({ status: 200, body: {} }));
});
afterEach(() => collector.close());

describe('which collector', () => {
  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }, 'https://c/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/in' }, 'http://t/in'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_SDK_DISABLED: 'true' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_EXPORTER: 'none' }, undefined],
  ])('%j', (environment, url) => expect(collectorOf(environment)?.url).toBe(url));

  test('headers and timeout follow the specification', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, x = y=z',
      OTEL_EXPORTER_OTLP_TIMEOUT: '2500',
    };
    expect(collectorOf(environment)).toMatchObject({ headers: { 'api-key': 'a b', x: 'y=z' }, timeoutMs: 2500 });
  });

  test('an unsupported setting is a usage error that says what to set', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(() => collectorOf(endpoint)).toThrow(/grpc; bench sends http\/json/);
    expect(() => collectorOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })).toThrow(/not an http address/);
  });
});

describe('a push', () => {
  test('carries a trace for each boot, once', async () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    expect(await sendTraces(run, { environment, signal })).toBe(`sent the traces of 4 boots to ${collector.url}`);
    expect(collector.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/traces']);
    expect(collector.calls[0]?.body.resourceSpans).toHaveLength(4);
  });

  test('retries if the protocol requires it, and otherwise not', async () => {
    collector.faults.push({ match: /./, answer: { status: 503, headers: { 'retry-after': '0' } } });
    expect(await pushTraces('{}', { url: collector.url, headers: {}, timeoutMs: ms(5000) }, signal)).toBeUndefined();
    expect(collector.calls).toHaveLength(2);
    collector.faults.push({ match: /./, answer: { status: 400 } });
    const refused = pushTraces('{}', { url: `${collector.url}/?key=k`, headers: {}, timeoutMs: ms(5000) }, signal);
    await expect(refused).rejects.toThrow(
      new RegExp(`^The collector at ${collector.url} did not accept the traces: (?!.*key=k)`),
    );
    expect(collector.calls).toHaveLength(3);
  });

  test('reports what the collector refused', async () => {
    const body = { partialSuccess: { rejectedSpans: '3', errorMessage: 'too old' } };
    collector.faults.push({ match: /./, answer: { status: 200, body } });
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    expect(await sendTraces(run, { environment, signal })).toMatch(/; the collector rejected 3 spans: too old$/);
  });

  test('sends nothing if the environment names no collector', async () => {
    expect(await sendTraces(run, { environment: {}, signal })).toBeUndefined();
    expect(collector.calls).toEqual([]);
  });
});
