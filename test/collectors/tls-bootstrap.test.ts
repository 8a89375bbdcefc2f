import { describe, expect, it } from 'vitest';
import { tlsBootstrap } from '../../src/collectors/tls-bootstrap.ts';
import { corpusText, eventFile, rawOf, utc } from './raw.ts';

const completed = eventFile(
  'AKS.Runtime.waitForTLSBootstrapping',
  '2026-08-01 07:14:05.000',
  '2026-08-01 07:14:08.418',
  'Completed',
);
const times = (born: string) =>
  `/var/lib/kubelet/kubeconfig|${born}|2026-08-01 07:14:09.000000000 +0000\n/opt/azure/containers/provision.complete|-|2026-08-01 07:15:00.000000000 +0000\n`;

describe('TLS bootstrap', () => {
  it("follows the watcher's event if only the watcher reports it", () => {
    const { events, spans, warnings } = tlsBootstrap.parse(rawOf({ 'guest-agent/events/1.json': completed }));
    expect(events.map(({ id, us }) => [id, us])).toEqual([
      ['tls.event.start', utc('2026-08-01 07:14:05.000')],
      ['tls.event.end', utc('2026-08-01 07:14:08.418')],
      ['tls.kubeconfig', utc('2026-08-01 07:14:08.418')],
    ]);
    expect(spans).toMatchObject([{ kind: 'tls-bootstrap', name: 'bootstrap-event' }]);
    expect(warnings).toEqual([]);
  });

  it('is an open span with a bound, and no duration, if the watcher gave up', () => {
    const { events, spans, warnings } = tlsBootstrap.parse(
      rawOf({ 'guest-agent/events/1.json': corpusText('aks-tls-event-02') }),
    );
    expect(events.map(({ id }) => id)).toEqual(['tls.event.start']);
    expect(spans[0]?.end).toBeUndefined();
    expect(spans[0]?.open).toContain('not finished after 300.021 s');
    expect(warnings).toMatchObject([
      { code: 'missing:tls.kubeconfig', message: expect.stringContaining('a lower bound') },
    ]);
  });

  it('ends at the birth of the kubeconfig if the watcher looked too late, and reports by how much', () => {
    const { events, warnings } = tlsBootstrap.parse(
      rawOf({
        'guest-agent/events/1.json': completed,
        'aks/file-times.txt': times('2026-08-01 07:14:06.123456789 +0000'),
      }),
    );
    expect(events.at(-1)).toEqual({
      id: 'tls.kubeconfig',
      clock: 'realtime',
      us: utc('2026-08-01 07:14:06.123456'),
      errorUs: 10_000,
      evidence: { file: 'raw/aks/file-times.txt', line: 1 },
    });
    expect(warnings[0]?.message).toContain('2.295 s after its creation');
  });

  it('follows the watcher if something replaced the file later', () => {
    const { events, warnings } = tlsBootstrap.parse(
      rawOf({
        'guest-agent/events/1.json': completed,
        'aks/file-times.txt': times('2026-08-01 10:14:06.123456789 +0200'),
      }),
    );
    expect(events.at(-1)?.us).toBe(utc('2026-08-01 07:14:08.418'));
    expect(warnings.map(({ code }) => code)).toEqual(['tls-sources-differ']);
  });

  it('falls back to the kubeconfig alone, and to its last change if the file system keeps no births', () => {
    const { events, warnings } = tlsBootstrap.parse(rawOf({ 'aks/file-times.txt': times('-') }));
    expect(events).toMatchObject([{ id: 'tls.kubeconfig', us: utc('2026-08-01 07:14:09.000') }]);
    expect(warnings).toMatchObject([{ code: 'kubeconfig-birth', evidence: { line: 1 } }]);
  });

  it('continues if the start stamp still exists', () => {
    const { spans, events } = tlsBootstrap.parse(
      rawOf({ 'aks/tls-bootstrap-start-time': '2026-08-01 07:14:05.000\n' }),
    );
    expect(spans).toMatchObject([
      { name: 'bootstrap-event', open: expect.stringContaining('still running at collection') },
    ]);
    expect(events).toMatchObject([{ id: 'tls.event.start', us: utc('2026-08-01 07:14:05.000') }]);
  });

  it('warns of an empty start stamp and invents none', () => {
    const { events, warnings } = tlsBootstrap.parse(rawOf({ 'aks/tls-bootstrap-start-time': '\n' }));
    expect(events).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'tls-start-file' }]);
  });

  it('takes the first of two completed events', () => {
    const again = completed.replaceAll('07:14:08.418', '07:14:30.000');
    const { events, warnings } = tlsBootstrap.parse(
      rawOf({ 'guest-agent/events/1.json': again, 'guest-agent/events/2.json': completed }),
    );
    expect(events.filter(({ id }) => id === 'tls.kubeconfig')).toHaveLength(1);
    expect(warnings.map(({ code }) => code)).toEqual(['tls-event-repeated']);
  });

  it('omits events that an earlier boot of the image left, days ago', () => {
    const older = completed.replaceAll(/\d{4}-\d\d-\d\d /g, '2025-01-02 ');
    const both = rawOf({ 'guest-agent/events/1.json': older, 'guest-agent/events/2.json': completed });
    const { events, warnings } = tlsBootstrap.parse(both);
    const { events: usual } = tlsBootstrap.parse(rawOf({ 'guest-agent/events/2.json': completed }));
    expect(events).toEqual(usual);
    expect(warnings).toMatchObject([{ code: 'not-of-this-boot', evidence: { file: 'raw/guest-agent/events/1.json' } }]);
  });

  it('distinguishes a failed secure bootstrap from a successful one', () => {
    const message = JSON.stringify({ Status: 'Failure', ElapsedMilliseconds: 61000, FinalError: 'deadline exceeded' });
    const failed = eventFile(
      'AKS.Bootstrap.SecureTLSBootstrapping',
      '2026-08-01 07:14:05.000',
      '2026-08-01 07:15:06.000',
      message,
    );
    const { spans, warnings } = tlsBootstrap.parse(rawOf({ 'guest-agent/events/1785568445000000000.json': failed }));
    expect(spans).toMatchObject([{ name: 'secure-client', note: 'Failure: deadline exceeded' }]);
    expect(warnings).toMatchObject([{ code: 'secure-tls-failed' }]);
  });

  it('splits the secure client into its steps, from its log', () => {
    const { spans } = tlsBootstrap.parse(rawOf({ 'aks/secure-tls-bootstrap.log': corpusText('aks-tls-log-01') }));
    const lengths = new Map(spans.map(({ name, start, end }) => [name, ((end?.us ?? Number.NaN) - start.us) / 1000]));
    expect(lengths.get('secure-log')).toBeCloseTo(2029.5, 1);
    expect(lengths.get('secure-log/generated access token for gRPC connection')).toBeCloseTo(602.2, 1);
    expect(lengths.get('secure-log/received credential response from bootstrap server')).toBeCloseTo(935.0, 1);
  });
});

describe('steps of the secure client', () => {
  const event = (message: object, level = 'Informational') =>
    eventFile(
      'AKS.Bootstrap.SecureTLSBootstrapping',
      '2026-08-01 07:14:01.000',
      '2026-08-01 07:14:31.123',
      JSON.stringify(message),
    ).replace('Informational', level);
  const said = (message: object) => tlsBootstrap.parse(rawOf({ 'guest-agent/events/1.json': event(message) }));

  it('are durations without a place, by attempt and in total, in the form of earlier and of later clients', () => {
    const { printed } = said({
      Status: 'Success',
      TraceSummary: { GetAccessTokenMilliseconds: 602 },
      Traces: { 1: { GetNonce: '1m1.5s' }, 2: { GetNonce: 91_446_000 } },
    });
    expect(printed?.map(({ name, us, errorUs }) => [name, us, errorUs])).toEqual([
      ['secure-client/GetAccessToken', 602_000, 1000],
      ['secure-client/attempt 1/GetNonce', 61_500_000, 1],
      ['secure-client/attempt 2/GetNonce', 91_446, 1],
    ]);
  });

  it('have no duration without an end, and a warning reports the failure', () => {
    const { printed, warnings, spans } = said({
      Status: 'Failure',
      TraceSummary: { GetCredentialMilliseconds: -9223372036854 },
      FinalError: 'deadline',
    });
    expect(printed).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(['secure-tls-failed', 'secure-tls-step']);
    expect(spans).toMatchObject([{ name: 'secure-client', note: 'Failure: deadline' }]);
  });

  it('leave the end at the first report of a watcher that reported it twice', () => {
    const { events } = tlsBootstrap.parse(
      rawOf({
        'guest-agent/events/1.json': completed,
        'guest-agent/events/2.json': completed.replace('08.418', '08.430'),
      }),
    );
    expect(events.find(({ id }) => id === 'tls.kubeconfig')?.us).toBe(utc('2026-08-01 07:14:08.418'));
  });
});
