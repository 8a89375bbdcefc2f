import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kubelet } from '../../src/collectors/kubelet.ts';
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
  it('is placed when it wrote its line, not when journald got to it', () => {
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

  it('that was a node before is ready in other words', () => {
    const journal = simulatedJournal([line(9 * S, '"Fast updating node status as it just became ready"')]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({ 'node.ready': 9 * S });
  });

  it('in another zone is placed the same', () => {
    const journal = simulatedJournal([{ ...line(9 * S, READY), message: klog(9 * S + 5.5 * 3600 * S, READY) }]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({ 'node.ready': 9 * S });
  });

  it('whose line quotes a stamp of another time is placed where journald took it in', () => {
    const journal = simulatedJournal([{ ...line(9 * S, READY, 0), message: klog(9 * S - 400 * S, READY) }]);
    expect(parse({ 'journal/boot.jsonl': journal }).events).toMatchObject([{ us: 9 * S, errorUs: 10_000 }]);
  });

  it('is not believed when another unit says it', () => {
    const journal = simulatedJournal([{ ...line(9 * S, READY), unit: 'aks-log-collector.service' }]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({});
  });
});

describe('the process of kubelet', () => {
  it('starts after all that is run before it', () => {
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
    ['Id=ssh.service\n', 'kubelet.service is not among the units that are up or failed'],
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

  it('without a year anywhere keeps the times between its lines, and says so', () => {
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

  it('may be ready before it is registered, when the node is known', () => {
    const { events } = log(corpusText('kubelet-log-05'));
    expect(events.map(({ id }) => id)).toEqual(['node.ready', 'node.registering', 'node.registered']);
    expect(events[0]?.us).toBe(Date.UTC(1970, 0, 8, 22, 10, 19) * 1000 + 52192);
  });

  it('that a pager has cut is read as far as it goes', () => {
    expect(log(corpusText('kubelet-log-06')).events.map(({ id }) => id)).toEqual(['node.ready']);
  });

  it('is left aside where there is a journal, which has the same lines with better clocks', () => {
    const journal = simulatedJournal([line(9 * S, READY)]);
    expect(log(klog(9 * S, READY), { 'journal/boot.jsonl': journal }).events).toHaveLength(1);
  });

  it('never throws, whatever is in it', () => {
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
