import { describe, expect, it } from 'vitest';
import { checkMetricId, METRICS, metricOf } from '../../src/metrics/catalogue.ts';
import { measure } from '../../src/metrics/measure.ts';
import type { Span } from '../../src/model/timeline.ts';
import { us } from '../../src/model/units.ts';
import { boot, event, stamp, task, unit } from './boot.ts';

describe('a metric', () => {
  it('is the time between its events, with both errors and both lines', () => {
    const [start, ready] = [event('kernel.start', 0, 1), event('node.ready', 41_000, 1000)];
    expect(measure('node.ready', boot([start, ready]))).toEqual({
      kind: 'measured',
      valueUs: 41_000_000,
      errorUs: 1001,
      evidence: [start.evidence, ready.evidence],
    });
  });

  it('is missing if the machine was parked in between, and measured otherwise', () => {
    const events = [event('kernel.start', 0), event('kernel.end', 2_000), event('machine.parked', 5_000)];
    const timeline = boot([...events, event('cse.start', 1_004_000), event('cse.end', 1_010_000)]);
    expect(measure('cse.start', timeline)).toMatchObject({
      reason: expect.stringMatching(/parked between kernel.start/),
    });
    expect(measure('boot.kernel', timeline)).toMatchObject({ valueUs: 2_000_000 });
    expect(measure('cse.total', timeline)).toMatchObject({ valueUs: 6_000_000 });
  });

  it("of two stamps that one link moved has only their own errors: the link's error is the same for both", () => {
    const moved = (ms: number) => ({ ...stamp(ms, 501_000), linkErrorUs: us(500_000) });
    const step: Span = { kind: 'task', name: 'ensureKubelet', start: moved(5_000), end: moved(9_000) };
    expect(measure('cse.ensureKubelet', boot([], [step]))).toMatchObject({ valueUs: 4_000_000, errorUs: 2_000 });
    const started = { id: 'cse.start', ...moved(5_000) };
    expect(measure('cse.start', boot([event('kernel.start', 0), started]))).toMatchObject({ errorUs: 501_000 });
  });

  it('of a unit or a step is the length of its span', () => {
    const timeline = boot([], [unit('ssh.service', 10, 25), task('ensureKubelet', 5, 9)]);
    expect(measure('unit.ssh.service', timeline)).toMatchObject({ valueUs: 15_000 });
    expect(measure('cse.ensureKubelet', timeline)).toMatchObject({ valueUs: 4_000 });
  });

  it('without its event is missing, and names the source of the event', () => {
    expect(measure('node.ready', boot([event('kernel.start', 0)]))).toEqual({
      kind: 'missing',
      reason: 'no node.ready (kubelet first says that the node is ready) in raw/journal/boot.jsonl',
    });
  });

  it('is missing for the reason that the collector gave, with its line', () => {
    const evidence = { file: 'raw/systemd/manager.show', line: 9 };
    const warnings = [{ code: 'missing:startup.finish', message: 'not finished (3 jobs left)', evidence }];
    expect(measure('boot.finish', { ...boot([event('kernel.start', 0)]), warnings })).toEqual({
      kind: 'missing',
      reason: 'not finished (3 jobs left) (raw/systemd/manager.show:9)',
    });
  });

  it('of a step that never ended is missing, never an invented length', () => {
    const measured = measure('cse.ensureKubelet', boot([], [task('ensureKubelet', 5, undefined)]));
    expect(measured).toMatchObject({ kind: 'missing', reason: expect.stringContaining('did not end: left no event') });
  });

  it('between two clocks without a link is missing', () => {
    const ready = { ...event('node.ready', 5), clock: 'realtime' as const };
    expect(measure('node.ready', boot([event('kernel.start', 0), ready]))).toMatchObject({ kind: 'missing' });
  });

  it('that would be negative is missing with both lines, and zero within its error', () => {
    const at = (ms: number, errorUs: number) =>
      measure('tls.bootstrap', boot([event('kubelet.start', 10), event('tls.kubeconfig', ms, errorUs)]));
    expect(at(9, 0)).toMatchObject({
      kind: 'missing',
      reason: expect.stringMatching(/is before tls\.start \(raw/),
    });
    expect(at(9, 1000)).toMatchObject({ kind: 'measured', valueUs: 0 });
  });

  it('of an unknown id is missing', () => {
    expect(measure('boot.speed', boot([]))).toEqual({ kind: 'missing', reason: 'there is no metric boot.speed' });
  });

  it('counts the first of two events with one id', () => {
    const twice = boot([event('kernel.start', 0), event('node.ready', 5), { ...stamp(9), id: 'node.ready~2' }]);
    expect(measure('node.ready', twice)).toMatchObject({ valueUs: 5000 });
  });
});

describe('the catalogue', () => {
  it('has a question for every metric, and each id once', () => {
    expect(new Set(METRICS.map(({ id }) => id)).size).toBe(METRICS.length);
    for (const { question } of METRICS) expect(question).toMatch(/\?/);
  });

  it('knows the members of its families', () => {
    expect(metricOf('unit.ssh.service')?.to).toBe('unit.ssh.service/end');
    expect(metricOf('cse.total')?.to).toBe('cse.end');
    expect(metricOf('cse.')).toBeUndefined();
  });

  it('suggests the nearest id for a misspelt one', () => {
    expect(checkMetricId('node.redy', [])).toContain('did you mean node.ready?');
    expect(checkMetricId('marker.pulled', ['pulled'])).toBeUndefined();
    expect(checkMetricId('marker.puled', ['pulled'])).toContain('did you mean marker.pulled?');
    expect(checkMetricId('unit.ssh.service', [])).toBeUndefined();
  });
});

describe('TLS bootstrap', () => {
  const SECURE = 'secure-tls-bootstrap.service';
  const kubelet = event('kubelet.start', 19_000);

  it('counts from the secure client if that runs before kubelet', () => {
    const timeline = boot([kubelet, event('tls.kubeconfig', 17_400)], [unit(SECURE, 15_300, 17_410)]);
    expect(measure('tls.bootstrap', timeline)).toMatchObject({ kind: 'measured', valueUs: 2_100_000 });
  });

  it('counts from kubelet if that is first, or alone', () => {
    const late = boot([kubelet, event('tls.kubeconfig', 21_000)], [unit(SECURE, 19_200, 21_010)]);
    expect(measure('tls.bootstrap', late)).toMatchObject({ valueUs: 2_000_000 });
    const token = boot([kubelet, event('tls.kubeconfig', 20_000)]);
    expect(measure('tls.bootstrap', token)).toMatchObject({ valueUs: 1_000_000 });
  });

  it('counts from the first start of a client that restarted', () => {
    const spans = [unit(SECURE, 17_000, 18_000), unit(`${SECURE}~1`, 12_000, 13_000)];
    const timeline = boot([kubelet, event('tls.kubeconfig', 17_900)], spans);
    expect(measure('tls.bootstrap', timeline)).toMatchObject({ valueUs: 5_900_000 });
  });

  it("counts from the client's own event without systemd's stamps", () => {
    const timeline = boot([kubelet, event('secure-tls.start', 15_000), event('tls.kubeconfig', 17_000)]);
    expect(measure('tls.bootstrap', timeline)).toMatchObject({ valueUs: 2_000_000 });
  });

  it("is missing without kubelet, with kubelet's reason", () => {
    const warnings = [{ code: 'missing:kubelet.start', message: 'kubelet.service is inactive' }];
    const timeline = { ...boot([event('tls.kubeconfig', 17_000)]), warnings };
    expect(measure('tls.bootstrap', timeline)).toEqual({ kind: 'missing', reason: 'kubelet.service is inactive' });
  });

  it('is the second definition of its id', () => {
    expect(metricOf('tls.bootstrap')?.definition).toBe(2);
    expect(metricOf('node.ready')?.definition).toBeUndefined();
  });
});

describe('the way to provisioning', () => {
  const events = [event('kernel.start', 0), event('userspace.start', 3_000), event('cse.start', 10_000)];

  it('counts from the kernel, from the manager, and from the network stage of cloud-init', () => {
    for (const name of ['cloud-init.service', 'cloud-init-network.service']) {
      const timeline = boot(events, [unit(name, 8_800, 12_000)]);
      const value = (id: string) => measure(id, timeline);
      expect(value('cse.kernel-to-start')).toMatchObject({ valueUs: 10_000_000 });
      expect(value('cse.boot-to-start')).toMatchObject({ valueUs: 7_000_000 });
      expect(value('cse.cloud-init-to-start')).toMatchObject({ valueUs: 1_200_000 });
    }
  });

  it("takes cloud-init's start from the result if no unit reports it, and is missing without either", () => {
    const stated = event('provision-result.cloud-init', 9_000, 1_000_000);
    const value = measure('cse.cloud-init-to-start', boot([...events, stated]));
    expect(value).toMatchObject({ valueUs: 1_000_000, errorUs: 1_000_000 });
    expect(measure('cse.cloud-init-to-start', boot(events))).toMatchObject({
      reason: expect.stringContaining('no cloud-init.start'),
    });
  });
});
