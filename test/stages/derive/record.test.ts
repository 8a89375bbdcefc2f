import { describe, expect, it } from 'vitest';
import { BootRecord } from '../../../src/model/boot.ts';
import { toJson } from '../../../src/model/json.ts';
import { recordBoot } from '../../../src/stages/derive/record.ts';
import { eventFile } from '../../collectors/raw.ts';
import { EPOCH_US, realtimeAt, type Step, simulatedJournal } from '../../collectors/simulated-journal.ts';
import { outcome, rawOf, scenario } from '../boots.ts';

const S = 1_000_000;
const MANAGER = `KernelTimestampMonotonic=0
InitRDTimestampMonotonic=0
UserspaceTimestampMonotonic=2000000
FinishTimestampMonotonic=50000000
`;
const UNITS = `Id=multi-user.target
Names=multi-user.target default.target
After=kubelet.service
ActiveState=active
InactiveExitTimestampMonotonic=45000000
ActiveEnterTimestampMonotonic=45000000

Id=kubelet.service
ActiveState=active
SubState=running
After=containerd.service
InactiveExitTimestampMonotonic=30000000
ExecMainStartTimestampMonotonic=31000000
ActiveEnterTimestampMonotonic=31000000

Id=containerd.service
Type=notify
ActiveState=active
Result=success
InactiveExitTimestampMonotonic=5000000
ActiveEnterTimestampMonotonic=6000000
`;

it('a span that ends before it starts has a warning with its line, and no length', () => {
  const log = [
    '2026-11-24 00:00:09,200 - handlers.py[DEBUG]: start: modules-final: running',
    '2026-11-24 00:00:03,203 - handlers.py[DEBUG]: finish: modules-final: SUCCESS: ran',
  ];
  const raw = rawOf({ 'cloud-init/cloud-init.log': `${log.join('\n')}\n` });
  const { warnings } = recordBoot({ outcome: outcome(), raw, scenario: scenario(), tool: 'bench' });
  expect(warnings).toContainEqual({
    code: 'runs-backwards',
    message: 'modules-final ends 5.997 s before it starts according to its log: its length is unknown',
    evidence: { file: 'raw/cloud-init/cloud-init.log', line: 2 },
  });
});

it('has the start of TLS bootstrap among its events, with the line that it is from', () => {
  const raw = rawOf({ 'systemd/manager.show': MANAGER, 'systemd/units.show': UNITS });
  const { events } = recordBoot({ outcome: outcome(), raw, scenario: scenario(), tool: 'bench' });
  const kubelet = events.find(({ id }) => id === 'kubelet.start');
  expect(events.find(({ id }) => id === 'tls.start')).toEqual({ ...kubelet, id: 'tls.start' });
});

/** A provisioning event between two times of the monotonic clock, stamped by a clock that steps. */
function provisioning(task: string, fromUs: number, toUs: number, steps: readonly Step[]): string {
  const text = (us: number) =>
    new Date(Math.floor(realtimeAt(us, steps) / 1000)).toISOString().slice(0, 23).replace('T', ' ');
  return eventFile(`AKS.CSE.${task}`, text(fromUs), text(toUs));
}

const lines = Array.from({ length: 60 }, (_, second) => ({ monotonicUs: second * S + 500_000 }));
const rawBoot = (steps: readonly Step[] = [], more: Record<string, string> = {}) =>
  rawOf({
    'systemd/manager.show': MANAGER,
    'systemd/units.show': UNITS,
    'journal/boot.jsonl': simulatedJournal(lines, steps),
    'guest-agent/events/1.json': provisioning('ensureKubelet', 10.25 * S, 30.75 * S, steps),
    ...more,
  });
const record = (raw: ReadonlyMap<string, Uint8Array>, more: object = {}, of = outcome()) =>
  recordBoot({ outcome: of, raw, scenario: scenario(more), tool: 'bench 0.1.0' });

describe('a record', () => {
  it('fits its schema, and has the same bytes for the same files', () => {
    const first = record(rawBoot());
    expect(BootRecord.parse(JSON.parse(toJson(first)))).toEqual(first);
    expect(toJson(record(rawBoot()))).toBe(toJson(first));
  });

  it.each([
    ['stays', []],
    ['steps back by 30 minutes', [{ atUs: 20 * S, byUs: -1800 * S }]],
    ['steps forward by 2 hours', [{ atUs: 20 * S, byUs: 7200 * S }]],
    [
      'steps twice',
      [
        { atUs: 3 * S, byUs: 1800 * S },
        { atUs: 20 * S, byUs: -3 * 3600 * S },
      ],
    ],
  ])('has the right length of a step that ran while the clock %s', (_, steps) => {
    const { spans } = record(rawBoot(steps));
    const span = spans.find(({ name }) => name === 'ensureKubelet');
    expect(span?.start.clock).toBe('monotonic');
    expect(Math.abs((span?.start.us ?? 0) - 10.25 * S)).toBeLessThanOrEqual(span?.start.errorUs ?? 0);
    expect(Math.abs((span?.end?.us ?? 0) - (span?.start.us ?? 0) - 20.5 * S)).toBeLessThanOrEqual(1000);
  });

  it('checks a boot against the expectations for its own variant alone', () => {
    const more = { expect: [{ failedUnits: 0 }, { unit: 'kubelet.service', is: 'inactive', of: 'after' }] };
    expect(record(rawBoot(), more).broken).toEqual([]);
    expect(record(rawBoot(), more, outcome({}, { variant: 'after' })).broken).toEqual([
      'kubelet.service is inactive: kubelet.service is active (running), result ',
    ]);
  });

  it('places a step with two ambiguous stamps, as its end comes after its start', () => {
    // Set back by 12 s at 20 s: its start may be at 18.5 or 30.5 s, its end at 18.2 or 30.2 s.
    const steps = [{ atUs: 20 * S, byUs: -12 * S }];
    const raw = rawBoot(steps, {
      'guest-agent/events/1.json': provisioning('ensureKubelet', 18.5 * S, 30.2 * S, steps),
    });
    const span = record(raw).spans.find(({ name }) => name === 'ensureKubelet');
    expect([span?.start.us, span?.end?.us]).toEqual([18.5 * S, 30.2 * S]);
    expect(span?.start.errorUs).toBeLessThan(1100);
  });

  it('leaves out events with a time of another boot, and reports them', () => {
    const old = eventFile('AKS.CSE.configureCNI', '2026-07-01 07:00:00.000', '2026-07-01 07:00:01.000');
    const { spans, warnings } = record(rawBoot([], { 'guest-agent/events/2.json': old }));
    expect(spans.some(({ name }) => name === 'configureCNI')).toBe(false);
    expect(warnings.filter(({ code }) => code === 'not-of-this-boot')).toEqual([
      expect.objectContaining({ evidence: { file: 'raw/guest-agent/events/2.json', line: 1 } }),
    ]);
  });

  it('keeps the second of two reports of one event, and says where sources disagree', () => {
    const said = { monotonicUs: 8 * S, unit: 'containerd.service', message: 'containerd successfully booted in 1s' };
    const { events, warnings } = record(rawBoot([], { 'journal/boot.jsonl': simulatedJournal([...lines, said]) }));
    expect(events.filter(({ id }) => id.startsWith('containerd.ready')).map(({ id, us }) => [id, us])).toEqual([
      ['containerd.ready', 6 * S],
      ['containerd.ready~2', 8 * S],
    ]);
    expect(warnings.find(({ code }) => code === 'sources-disagree')).toEqual({
      code: 'sources-disagree',
      message: 'containerd.ready differs by 2000.000 ms from raw/systemd/units.show:21; the latter is used',
      evidence: { file: 'raw/journal/boot.jsonl', line: 61 },
    });
  });

  it('has the outside events on the clock of the controller, with the request as their zero', () => {
    const evidence = { file: 'outcome.json', line: 0 };
    const mark = { id: 'outside.ssh', clock: 'controller', us: 9 * S, errorUs: 500, evidence };
    const { events } = record(rawBoot(), {}, outcome({ marks: [mark] }));
    expect(events.slice(0, 2).map(({ id, us }) => [id, us])).toEqual([
      ['request.sent', 0],
      ['outside.ssh', 9 * S],
    ]);
  });

  it('has the path of each gate, which adds up to it', () => {
    const gates = { 'kubelet.start': null, 'boot.target': null };
    const { paths } = record(rawBoot(), { gates });
    expect(Object.keys(paths)).toEqual(['kubelet.start', 'boot.target']);
    expect(paths['kubelet.start']?.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0)).toBe(31 * S);
  });

  it('breaks on a violated expectation, and only gets a warning for one that bench cannot judge', () => {
    const expectations = [
      { unit: 'containerd.service', is: 'inactive' },
      { unit: 'gone.service', is: 'active' },
    ];
    const { broken, warnings } = record(rawBoot(), { expect: expectations });
    expect(broken).toEqual(['containerd.service is inactive: containerd.service is active (), result success']);
    expect(warnings.find(({ code }) => code === 'not-judged')?.message).toContain('gone.service is active');
  });

  it('of a boot that failed keeps what it has, and judges nothing', () => {
    const failure = { stage: 'boot', code: 'panic', message: 'the kernel panicked', hint: 'see console.log' };
    const failed = record(new Map(), {}, outcome({ outcome: 'failed', failure }));
    expect(failed).toMatchObject({ outcome: 'failed', failure, events: [], expectations: [], broken: [], paths: {} });
  });
});

describe('times without a link', () => {
  it('stay on their own clock', () => {
    const raw = rawBoot();
    raw.delete('journal/boot.jsonl');
    const [span] = record(raw).spans.filter(({ kind }) => kind === 'task');
    expect(span?.start).toMatchObject({ clock: 'realtime', us: EPOCH_US + 10.25 * S });
  });
});
