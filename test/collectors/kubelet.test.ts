import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kubelet, NODE_READY_COMMAND } from '../../src/collectors/kubelet.ts';
import { corpusText, rawOf, utc } from './raw.ts';
import { EPOCH_US, simulatedJournal } from './simulated-journal.ts';

const S = 1_000_000;
const READY = '"Recording event message for node" node="n1" event="NodeReady"';

/** A klog line as kubelet writes it at a time after EPOCH (07:13:36 UTC). */
function klog(monotonicUs: number, message: string): string {
  const text = new Date((EPOCH_US + monotonicUs) / 1000).toISOString();
  const micros = String((EPOCH_US + monotonicUs) % S).padStart(6, '0');
  return `I${text.slice(5, 7)}${text.slice(8, 10)} ${text.slice(11, 19)}.${micros}    5528 kubelet_node_status.go:501] ${message}`;
}

const line = (monotonicUs: number, message: string, lagUs = 400) => ({
  monotonicUs: monotonicUs + lagUs,
  unit: 'kubelet.service',
  message: klog(monotonicUs, message),
});
const parse = (texts: Record<string, string>) => kubelet.parse(rawOf(texts));
const seen = (texts: Record<string, string>) => Object.fromEntries(parse(texts).events.map(({ id, us }) => [id, us]));

describe('a kubelet in the journal', () => {
  it('has the time at which it wrote its line, not that at which journald received it', () => {
    const journal = simulatedJournal([
      line(40 * S + 17, '"Attempting to register node" node="n1"', 90_000),
      line(41 * S + 4, '"Successfully registered node" node="n1"'),
      line(57 * S + 284519, READY),
    ]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({
      'node.registering': 40 * S + 17,
      'node.registered': 41 * S + 4,
      'node.ready': 57 * S + 284519,
    });
  });

  it('that was a node before reports ready in other words', () => {
    const journal = simulatedJournal([line(9 * S, '"Fast updating node status as it just became ready"')]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({ 'node.ready': 9 * S });
  });

  it('in another zone has the same times', () => {
    const journal = simulatedJournal([{ ...line(9 * S, READY), message: klog(9 * S + 5.5 * 3600 * S, READY) }]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({ 'node.ready': 9 * S });
  });

  it("with a quoted stamp of another time has journald's time", () => {
    const journal = simulatedJournal([{ ...line(9 * S, READY, 0), message: klog(9 * S - 400 * S, READY) }]);
    expect(parse({ 'journal/boot.jsonl': journal }).events).toMatchObject([{ us: 9 * S, errorUs: 10_000 }]);
  });

  it('ignores the same line of another unit', () => {
    const journal = simulatedJournal([{ ...line(9 * S, READY), unit: 'aks-log-collector.service' }]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({});
  });
});

describe('the process of kubelet', () => {
  it('starts after all commands that run before it', () => {
    const units = 'Id=kubelet.service\nInactiveExitTimestampMonotonic=5000\nExecMainStartTimestampMonotonic=9000\n';
    const [event] = parse({ 'systemd/units.show': units }).events;
    expect(event).toEqual({
      id: 'kubelet.start',
      clock: 'monotonic',
      us: 9000,
      errorUs: 0,
      evidence: { file: 'raw/systemd/units.show', line: 3 },
    });
  });

  it.each([
    [
      'Id=kubelet.service\nActiveState=inactive\nExecMainStartTimestampMonotonic=0\n',
      'kubelet.service is inactive: no process was started',
    ],
    ['Id=ssh.service\n', 'kubelet.service is neither active nor failed'],
  ])('that never ran is missing with the reason', (units, message) => {
    expect(parse({ 'systemd/units.show': units }).warnings).toMatchObject([{ code: 'missing:kubelet.start', message }]);
  });
});

describe('a kubelet log gathered by others', () => {
  const log = (text: string, others: Record<string, string> = {}) => parse({ 'aks/kubelet.log': text, ...others });

  it('takes its year from another artifact', () => {
    const manager = 'KernelTimestamp=Sat 2026-08-01 07:13:36 UTC\n';
    const [event] = log(klog(9 * S, READY), { 'systemd/manager.show': manager }).events;
    expect(event).toMatchObject({ clock: 'realtime', us: utc('2026-08-01 07:13:45.000000') });
  });

  it('without a year anywhere keeps the times between its lines, and causes a warning', () => {
    const { events, warnings } = log(corpusText('kubelet-log-03'));
    const at = (id: string) => events.find((event) => event.id === id)?.us ?? Number.NaN;
    expect(at('node.registered') - at('node.registering')).toBe(1_435_706);
    expect(warnings.map(({ code }) => code)).toEqual(['no-year']);
  });

  it.each([
    ['kubelet-log-01', 7_962],
    ['kubelet-log-08', 68_932],
  ])('%s registers in %d us', (name, us) => {
    const events = new Map(log(corpusText(name)).events.map((event) => [event.id, event.us]));
    expect((events.get('node.registered') ?? 0) - (events.get('node.registering') ?? 0)).toBe(us);
    expect(events.has('node.ready')).toBe(false);
  });

  it('may show ready before registered, if the cluster knows the node', () => {
    const { events } = log(corpusText('kubelet-log-05'));
    expect(events.map(({ id }) => id)).toEqual(['node.ready', 'node.registering', 'node.registered']);
    expect(events[0]?.us).toBe(Date.UTC(1970, 0, 8, 22, 10, 19) * 1000 + 52192);
  });

  it('that a pager truncated is still useful up to the cut', () => {
    expect(log(corpusText('kubelet-log-06')).events.map(({ id }) => id)).toEqual(['node.ready']);
  });

  it('does not count beside a journal, which has the same lines with better clocks', () => {
    const journal = simulatedJournal([line(9 * S, READY)]);
    expect(log(klog(9 * S, READY), { 'journal/boot.jsonl': journal }).events).toHaveLength(1);
  });

  it('never throws, whatever it contains', () => {
    const noise = fc.tuple(fc.string(), fc.nat(120), fc.string({ maxLength: 5 })).map(([tail, at, bit]) => {
      const text = klog(9 * S, READY) + tail;
      return text.slice(0, at) + bit + text.slice(at);
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), noise)), (lines) => {
        for (const { us } of log(lines.join('\n')).events) expect(Number.isFinite(us)).toBe(true);
      }),
      { seed: 5, numRuns: 1000 },
    );
  });
});

describe('a gathered log with kubelet lines', () => {
  const text = (stamp: string, message: string) =>
    `I${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11)}    5528 kubelet_node_status.go:501] ${message}\n`;
  const REGISTERING = '"Attempting to register node" node="n1"';
  const log = (lines: string, more: Record<string, string> = {}) => parse({ 'aks/kubelet.log': lines, ...more });
  const at = (parsed: ReturnType<typeof log>, id: string) => parsed.events.find((event) => event.id === id)?.us;

  it('spans the New Year, in the year that brings it nearest to a dated artifact', () => {
    const lines = text('2026-12-31 23:59:58.000001', REGISTERING) + text('2027-01-01 00:00:03.000001', READY);
    const dated = log(lines, {
      'aks/provision.json': '{"ExitCode":"0","KernelStartTime":"Fri 2027-01-01 00:00:40 UTC"}',
    });
    expect([at(dated, 'node.registering'), at(dated, 'node.ready')]).toEqual([
      utc('2026-12-31 23:59:58.000001'),
      utc('2027-01-01 00:00:03.000001'),
    ]);
    const undated = log(lines);
    expect((at(undated, 'node.ready') ?? 0) - (at(undated, 'node.registering') ?? 0)).toBe(5 * S);
    expect(undated.warnings.map(({ code }) => code)).toEqual(['no-year']);
  });

  it('has times in the zone that the machine reports', () => {
    const lines = `2026-08-01T09:14:33+0200 n1 kubelet[5528]: ${text('2026-08-01 09:14:33.284519', READY)}`;
    const clock = { 'clock/guest.txt': 'realtime_ns=1785568473000000000\nzone=+0200\n' };
    expect(at(log(lines, clock), 'node.ready')).toBe(utc('2026-08-01 07:14:33.284519'));
    expect(log(lines, clock).warnings).toEqual([]);
  });

  it("has the start of the process from systemd's line, to the second", () => {
    const started = log(
      `Aug 01 07:14:30 n1 systemd[1]: Started kubelet.service - Kubelet.\n${text('2026-08-01 07:14:33.284519', READY)}`,
      { 'aks/cluster-provision.log': "+ startTime='2026-08-01 07:14:02.500'\n" },
    );
    expect(started.events).toMatchObject([
      { id: 'kubelet.start', us: utc('2026-08-01 07:14:30'), errorUs: S, evidence: { line: 1 } },
      { id: 'node.ready', us: utc('2026-08-01 07:14:33.284519') },
    ]);
  });

  it('causes a warning where its stamps go back, as after setting the clock', () => {
    const { warnings } = log(
      text('2026-08-01 07:14:33.000000', REGISTERING) + text('2026-08-01 06:44:34.500000', READY),
    );
    expect(warnings).toMatchObject([
      { code: 'clock-step', message: expect.stringContaining('back by 1798.500 s'), evidence: { line: 2 } },
      { code: 'no-year' },
    ]);
  });
});

describe("kubelet's own gauges", () => {
  const gauges = (texts: string) => parse({ 'aks/kubelet-metrics.txt': texts });
  const PAGE = `# HELP kubelet_node_startup_duration_seconds [ALPHA] Duration in seconds of node startup in total.
# TYPE kubelet_node_startup_duration_seconds gauge
kubelet_node_startup_duration_seconds 41.234567
kubelet_node_startup_post_registration_duration_seconds 1.0012e+01
kubelet_node_startup_pre_kubelet_duration_seconds 27.5
kubelet_node_startup_pre_registration_duration_seconds 2.25
kubelet_node_startup_registration_duration_seconds 0
# status 200 of http://127.0.0.1:10255/metrics
`;

  it('are durations; those from the boot are good to a second; an unset gauge is no duration', () => {
    const { printed, warnings } = gauges(PAGE);
    expect(printed?.map(({ name, metric, us, errorUs }) => [name, metric, us, errorUs])).toEqual([
      ['total', 'node.ready', 41_234_567, S],
      ['post_registration', undefined, 10_012_000, 1],
      ['pre_kubelet', 'kubelet.start', 27_500_000, S],
      ['pre_registration', undefined, 2_250_000, 1],
    ]);
    expect(warnings).toEqual([]);
  });

  it("that are out of reach cause a warning with the server's answer", () => {
    const { printed, warnings } = gauges(
      '\n# status 000 of http://127.0.0.1:10255/metrics\n\n# status 403 of https://127.0.0.1:10250/metrics\n',
    );
    expect(printed).toEqual([]);
    expect(warnings).toMatchObject([
      { code: 'kubelet-metrics', message: expect.stringMatching(/10255\/metrics: no answer, .*10250\/metrics: 403/) },
    ]);
  });
});

describe('a kubelet that logs JSON', () => {
  const json = (monotonicUs: number, fields: object) => {
    const ts = `${EPOCH_US + monotonicUs}`.replace(/(\d{3})$/, '.$1');
    const rest = JSON.stringify({ caller: 'kubelet/kubelet_node_status.go:724', ...fields }).slice(1);
    return { monotonicUs: monotonicUs + 400, unit: 'kubelet.service', message: `{"ts":${ts},${rest}` };
  };

  it('has the time at which it wrote its line', () => {
    const journal = simulatedJournal([
      json(40 * S + 17, { msg: 'Attempting to register node', v: 0, node: 'n1' }),
      json(57 * S + 284519, { msg: 'Recording event message for node', v: 0, node: 'n1', event: 'NodeReady' }),
      json(58 * S, { msg: 'Recording event message for node', v: 0, node: 'n1', event: 'NodeHasSufficientMemory' }),
    ]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({
      'node.registering': 40 * S + 17,
      'node.ready': 57 * S + 284519,
    });
  });

  it.each([
    'I0801 07:14:33.284519    5528 kubelet_node_status.go:501] "Recording event message for node" node="n1" event="NodeReady"',
    'I0801 07:14:33.284519    5528 kubelet_node_status.go:486] Recording NodeReady event message for node n1 event=NodeReady',
    '{"ts":1768392607501.238,"caller":"x.go:1","msg":"Recording event message for node","v":0,"event":"NodeReady"}',
    'I0801 07:14:33.284519    5528 kubelet_node_status.go:1] "Fast updating node status as it just became ready"',
  ])('ends the wait for a ready node: %s', (said) => {
    const pattern = /grep -qE '([^']+)'/.exec(NODE_READY_COMMAND)?.[1] ?? '';
    expect(new RegExp(pattern).test(said)).toBe(true);
  });
});

describe("kubelet's request for its client certificate", () => {
  const CLIENT = 'logger="kubernetes.io/kube-apiserver-client-kubelet"';
  const certificates = (monotonicUs: number, message: string) => ({
    ...line(monotonicUs, message),
    message: klog(monotonicUs, message).replace('kubelet_node_status', 'certificate_manager'),
  });

  it('has events for request, approval and issue, without those of the serving certificate', () => {
    const journal = simulatedJournal([
      certificates(20 * S, '"Using bootstrap kubeconfig to generate TLS client cert, key and kubeconfig file"'),
      certificates(21 * S, `"Rotating certificates" ${CLIENT}`),
      certificates(22 * S, '"Certificate signing request is approved, waiting to be issued" csr="csr-8wz2k"'),
      certificates(23 * S, '"Certificate signing request is issued" csr="csr-8wz2k"'),
      certificates(31 * S, '"Rotating certificates" logger="kubernetes.io/kubelet-serving"'),
      certificates(32 * S, '"Certificate signing request is approved, waiting to be issued" csr="csr-q9x4d"'),
    ]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({
      'csr.requested': 21 * S,
      'csr.approved': 22 * S,
      'csr.issued': 23 * S,
    });
  });

  it('has events in the words of 1.21 to 1.31, and of the bootstrap without rotation', () => {
    const named = simulatedJournal([
      certificates(21 * S, 'kubernetes.io/kube-apiserver-client-kubelet: Rotating certificates'),
      certificates(22 * S, 'certificate signing request csr-8wz2k is approved, waiting to be issued'),
      certificates(23 * S, 'certificate signing request csr-8wz2k is issued'),
    ]);
    expect(Object.keys(seen({ 'journal/boot.jsonl': named }))).toEqual(['csr.requested', 'csr.approved', 'csr.issued']);
    const waiting = simulatedJournal([
      certificates(21 * S, '"Waiting for client certificate to be issued"'),
      certificates(23 * S, 'certificate signing request node-csr-x3_1 is issued'),
    ]);
    expect(seen({ 'journal/boot.jsonl': waiting })).toEqual({ 'csr.requested': 21 * S, 'csr.issued': 23 * S });
  });

  it('is, up to 1.20, the unnamed one after the line about the bootstrap kubeconfig', () => {
    const journal = simulatedJournal([
      certificates(20 * S, 'Using bootstrap kubeconfig to generate TLS client cert, key and kubeconfig file'),
      certificates(21 * S, 'Rotating certificates'),
      certificates(23 * S, 'certificate signing request csr-8wz2k is issued'),
    ]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({ 'csr.requested': 21 * S, 'csr.issued': 23 * S });
  });

  it('has no events on a node with the secure client, which requests only its serving certificate', () => {
    const journal = simulatedJournal([
      certificates(31 * S, '"Rotating certificates" logger="kubernetes.io/kubelet-serving"'),
      certificates(32 * S, '"Certificate signing request is approved, waiting to be issued" csr="csr-q9x4d"'),
      certificates(33 * S, '"Certificate signing request is issued" csr="csr-q9x4d"'),
    ]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({});
  });

  it('has events from kubelet.log, too', () => {
    const log = [
      'I0818 20:32:37.100201    5528 certificate_manager.go:566] "Rotating certificates" logger="kubernetes.io/kube-apiserver-client-kubelet"',
      'I0818 20:32:37.502201    5528 csr.go:274] "Certificate signing request is approved, waiting to be issued" csr="csr-8wz2k"',
      'I0818 20:32:37.702201    5528 csr.go:270] "Certificate signing request is issued" csr="csr-8wz2k"',
    ].join('\n');
    expect(Object.keys(seen({ 'aks/kubelet.log': log }))).toEqual(['csr.requested', 'csr.approved', 'csr.issued']);
  });
});
