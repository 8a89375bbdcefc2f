import { describe, expect, it } from 'vitest';
import { fullTaskName, shortTaskName } from '../../src/collectors/aks/task-name.ts';
import { unquoted } from '../../src/collectors/aks/trace.ts';
import { aks } from '../../src/collectors/aks.ts';
import { corpusText, eventFile, rawOf, utc } from './raw.ts';

const DAY = '2026-08-01';
const at = (time: string) => `${DAY} ${time}`;
const event = (task: string, start: string, end: string, message?: string) =>
  eventFile(`AKS.CSE.${task}`, at(start), at(end), message);
const echo = (task: string, start: string, end: string) =>
  `+ echo '{' '"Timestamp":' '"${DAY}' '${start}",' '"OperationId":' '"${DAY}' '${end}",' '"Version":' '"1.23",' '"TaskName":' '"AKS.CSE.${task}",' '"EventLevel":' '"Informational",' '"Message":' '"Completed:' '${task}",' '"EventPid":' '"0",' '"EventTid":' '"0"' '}'\n`;
const codes = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code);

const RESULT = JSON.stringify({
  ExitCode: '0',
  E2E: '28',
  KernelStartTime: '2026-08-01 07:13:36.000',
  KubeletReadyTime: '2026-08-01 00:00:00.000',
  GuestAgentStartTime: '',
});

describe('provisioning of an AKS node', () => {
  it('starts and ends as its own event states, to a millisecond', () => {
    const raw = rawOf({ 'guest-agent/events/9.json': event('cse_start', '07:13:51.402', '07:14:19.880', RESULT) });
    const { events, facts, spans } = aks.parse(raw);
    expect(events.slice(0, 2)).toEqual([
      {
        id: 'cse.start',
        clock: 'realtime',
        us: utc('2026-08-01 07:13:51.402'),
        errorUs: 1000,
        evidence: { file: 'raw/guest-agent/events/9.json', line: 1 },
      },
      {
        id: 'cse.end',
        clock: 'realtime',
        us: utc('2026-08-01 07:14:19.880'),
        errorUs: 1000,
        evidence: { file: 'raw/guest-agent/events/9.json', line: 1 },
      },
    ]);
    expect(facts).toMatchObject({ 'cse.exit-code': 0, 'cse.exit-meaning': 'success', 'cse.zone': 'UTC (assumed)' });
    expect(spans.map(({ name }) => name)).toEqual(['cse_start']);
  });

  it('rejects and reports the midnight that replaces a missing time', () => {
    const raw = rawOf({ 'guest-agent/events/9.json': event('cse_start', '07:13:51.402', '07:14:19.880', RESULT) });
    const { events, warnings } = aks.parse(raw);
    expect(events.map(({ id }) => id)).toEqual(['cse.start', 'cse.end', 'provision-result.kernel', 'kernel.start']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({
      code: 'midnight-stamp',
      evidence: { file: 'raw/guest-agent/events/9.json', line: 1 },
    });
    expect(warnings[0]?.message).toContain('KubeletReadyTime');
  });

  it('keeps a step that really begins at midnight, and rejects one whose start was lost', () => {
    const raw = rawOf({
      'guest-agent/events/1.json': event('quick', '00:00:00.000', '00:00:03.418'),
      'guest-agent/events/2.json': event('lost', '00:00:00.000', '07:14:03.418'),
    });
    const { spans, warnings } = aks.parse(raw);
    expect(spans.map(({ name }) => name)).toEqual(['quick']);
    expect(codes(warnings)).toEqual(['midnight-stamp']);
  });

  it('takes each step once from event files and trace, and reports which only the trace has', () => {
    const raw = rawOf({
      'guest-agent/events/1.json': event('ensureContainerd', '07:14:01.209', '07:14:02.061'),
      'aks/cluster-provision.log':
        echo('ensureContainerd', '07:14:01.209', '07:14:02.061') +
        echo('ensureKubelet', '07:14:02.100', '07:14:05.000'),
    });
    const { spans } = aks.parse(raw);
    expect(spans.map(({ name, note, start }) => [name, note !== undefined, start.evidence])).toEqual([
      ['ensureContainerd', false, { file: 'raw/guest-agent/events/1.json', line: 1 }],
      ['ensureKubelet', true, { file: 'raw/aks/cluster-provision.log', line: 2 }],
    ]);
  });

  it('nests by time and not by the dots in names, and numbers repeated steps', () => {
    const raw = rawOf({
      'guest-agent/events/1.json': event('cse_start', '07:13:50.000', '07:14:20.000', ''),
      'guest-agent/events/2.json': event('ensureContainerd', '07:14:01.000', '07:14:04.000'),
      'guest-agent/events/3.json': event('ensureKubelet.ensureKubeletCgroupHierarchy', '07:14:01.000', '07:14:02.000'),
      'guest-agent/events/4.json': event('ensureKubelet', '07:14:05.000', '07:14:09.000'),
      'guest-agent/events/5.json': event('ensureKubelet.ensureKubeletCgroupHierarchy', '07:14:06.000', '07:14:07.000'),
    });
    const { spans } = aks.parse(raw);
    expect(spans.map(({ name, within }) => [name, within])).toEqual([
      ['cse_start', undefined],
      ['ensureContainerd', 'cse_start'],
      ['ensureKubelet.ensureKubeletCgroupHierarchy', 'ensureContainerd'],
      ['ensureKubelet', 'cse_start'],
      ['ensureKubelet.ensureKubeletCgroupHierarchy#2', 'ensureKubelet'],
    ]);
  });

  it('turns a marker into an event, and a step too quick for the clock into a span', () => {
    const raw = rawOf({
      'guest-agent/events/1.json': event('ensureKubelet.kubeletActiveFlags', '07:14:01.000', '07:14:01.000', '{}'),
      'guest-agent/events/2.json': event('setCPUArch', '07:14:01.500', '07:14:01.500'),
    });
    const { events, spans } = aks.parse(raw);
    expect(events.map(({ id }) => id)).toEqual(['cse.marker/ensureKubelet.kubeletActiveFlags']);
    expect(spans.map(({ name, end }) => [name, end?.us])).toEqual([['setCPUArch', utc('2026-08-01 07:14:01.500')]]);
  });

  it('names the step in which it died, with a start and no end', () => {
    const trace = [
      '+ logs_to_events AKS.CSE.configureK8s configureK8s',
      '+ local task=AKS.CSE.configureK8s',
      "+ local 'startTime=2026-08-01 07:14:01.000'",
      echo('configureK8s', '07:14:01.000', '07:14:01.700').trim(),
      '+ logs_to_events AKS.CSE.ensureKubelet ensureKubelet',
      "+ local 'startTime=2026-08-01 07:14:02.000'",
      '+ ensureKubelet',
      '+ logs_to_events AKS.CSE.ensureKubelet.getPrimaryNicIP getPrimaryNicIP',
      "+ startTime='2026-08-01 07:14:02.500'",
      '+ exit 34',
    ];
    const raw = rawOf({
      'aks/cluster-provision.log': `${trace.join('\n')}\n`,
      'aks/provision.json': '{"ExitCode": "34", "ExecDuration": "12", "CSEStartTime": "Sat Aug  1 07:13:51 UTC 2026"}',
    });
    const { spans, warnings, events } = aks.parse(raw);
    expect(spans.map(({ name, within, end, open }) => [name, within, end !== undefined, open])).toEqual([
      ['configureK8s', undefined, true, undefined],
      ['ensureKubelet', undefined, false, 'left no event: the script ended (exit 34)'],
      ['ensureKubelet.getPrimaryNicIP', 'ensureKubelet', false, 'left no event: the script ended (exit 34)'],
    ]);
    expect(spans[2]?.start).toMatchObject({ us: utc('2026-08-01 07:14:02.500'), evidence: { line: 9 } });
    expect(codes(warnings)).toEqual(['provisioning-failed', 'step-without-end']);
    expect(warnings[1]?.message).toContain('AKS.CSE.ensureKubelet.getPrimaryNicIP');
    expect(events.slice(0, 2)).toMatchObject([
      { id: 'cse.start', us: utc('2026-08-01 07:13:51'), errorUs: 1_000_000 },
      { id: 'cse.end', us: utc('2026-08-01 07:14:03'), errorUs: 2_000_000 },
    ]);
  });

  it('reads both date formats of provision.json, and omits "n/a"', () => {
    const { events } = aks.parse(rawOf({ 'aks/provision.json': corpusText('aks-provision-json-01') }));
    const seconds = new Map(events.map((one) => [one.id, (one.us - utc('2023-05-23 08:34:10')) / 1e6]));
    expect(Object.fromEntries(seconds)).toEqual({
      'cse.start': 79,
      'cse.end': 129,
      'provision-result.kernel': 0,
      'provision-result.cloud-init-local': 2,
      'provision-result.networkd': 3,
      'provision-result.cloud-init': 5,
      'provision-result.guest-agent': 11,
      'provision-result.cloud-final': 12,
      'provision-result.cse': 79,
      // From systemd's stamp in the result, the only source of it.
      'agent.start': 11,
      'kernel.start': 0,
    });
  });

  it('reports a half-written provision.json, and keeps the rest', () => {
    const raw = rawOf({
      'guest-agent/events/1.json': event('ensureKubelet', '07:14:05.000', '07:14:09.000'),
      'aks/provision.json': '{"ExitCo',
    });
    const { spans, warnings } = aks.parse(raw);
    expect(spans).toHaveLength(1);
    expect(codes(warnings)).toEqual(['provision-result-damaged']);
  });

  it('takes the complete values of a provision.json that is cut off anywhere, and reports where the cut is', () => {
    const text = corpusText('aks-provision-json-01');
    const read = (upTo: number) => aks.parse(rawOf({ 'aks/provision.json': text.slice(0, upTo) }));
    const whole = read(text.length);
    const told = ({ events, facts }: typeof whole) => [
      ...events.map(({ id, us, evidence }) => [id, us, evidence.line]),
      ...Object.entries(facts),
    ];
    const end = text.lastIndexOf('}');
    let most = 0;
    for (let upTo = 1; upTo <= end; upTo += 1) {
      const part = read(upTo);
      for (const each of told(part)) expect(told(whole), `cut at ${upTo}`).toContainEqual(each);
      most = Math.max(most, told(part).length);
      const [warning] = part.warnings.filter(({ code }) => code === 'provision-result-damaged');
      const lines = text.slice(0, upTo).split('\n').length;
      expect(warning?.evidence, `cut at ${upTo}`).toMatchObject({ file: 'raw/aks/provision.json' });
      expect(warning?.evidence?.line).toBeLessThanOrEqual(lines);
    }
    expect(most).toBe(told(whole).length);
  });

  it('reads the intact parts of a damaged event file, and names a file without any', () => {
    const whole = event('ensureKubelet', '07:14:05.000', '07:14:09.000');
    const raw = rawOf({
      'guest-agent/events/1.json': whole.replace('Completed: ensureKubelet', 'Completed: "a" b'),
      'guest-agent/events/2.json': whole.slice(0, 40),
    });
    const { spans, warnings } = aks.parse(raw);
    expect(spans.map(({ name }) => name)).toEqual(['ensureKubelet']);
    expect(warnings).toMatchObject([
      { code: 'event-damaged', evidence: { file: 'raw/guest-agent/events/2.json', line: 1 } },
    ]);
  });

  it('reads stamps in the zone that the machine reports, with a warning', () => {
    const raw = rawOf({
      'guest-agent/events/1.json': event('ensureKubelet', '09:14:05.000', '09:14:09.000'),
      'clock/guest.txt': 'realtime_ns=1785568441207000000\nzone=+0200\n',
    });
    const { spans, facts, warnings } = aks.parse(raw);
    expect(spans[0]?.start.us).toBe(utc('2026-08-01 07:14:05.000'));
    expect(facts).toMatchObject({ 'cse.zone': '+0200' });
    expect(warnings).toMatchObject([{ code: 'guest-zone', evidence: { file: 'raw/clock/guest.txt', line: 2 } }]);
  });

  it('omits steps of the image build, days before, that the same trace reports', () => {
    const baked = echo('installDeps', '07:14:01.000', '07:15:01.000').replaceAll(DAY, '2026-07-20');
    const raw = rawOf({ 'aks/cluster-provision.log': baked + echo('installDeps', '07:14:02.000', '07:14:03.000') });
    const { spans, warnings } = aks.parse(raw);
    expect(spans.map(({ name, start }) => [name, start.us])).toEqual([['installDeps', utc('2026-08-01 07:14:02.000')]]);
    expect(warnings).toMatchObject([
      { code: 'not-of-this-boot', evidence: { file: 'raw/aks/cluster-provision.log', line: 1 } },
    ]);
  });

  it('reads a trace with the prefix of another log, and an event that the script quoted as a whole', () => {
    const prefixed = `Aug 01 07:14:03 node1 provision[99]: ${echo('ensureContainerd', '07:14:01.209', '07:14:02.061')}`;
    const quoted = `+ echo '{\n  "Timestamp": "${DAY} 07:14:03.000",\n  "OperationId": "${DAY} 07:14:04.000",\n  "TaskName": "AKS.CSE.repoInit",\n  "Message": "Completed: x"\n}'\n`;
    const { spans, warnings } = aks.parse(rawOf({ 'aks/cluster-provision.log': prefixed + quoted }));
    expect(spans.map(({ name, start }) => [name, start.evidence.line])).toEqual([
      ['ensureContainerd', 1],
      ['repoInit', 3],
    ]);
    expect(warnings).toEqual([]);
  });

  it('reports every run, and uses the first for the metrics', () => {
    const raw = rawOf({
      'guest-agent/events/1.json': event('cse_start', '07:13:51.402', '07:14:19.880', '{"ExitCode":"1"}'),
      'guest-agent/events/2.json': event('cse_start', '07:20:00.000', '07:21:00.000', '{"ExitCode":"0"}'),
    });
    const { events, warnings } = aks.parse(raw);
    expect(events.filter(({ id }) => id === 'cse.start').map(({ us }) => us)).toEqual([
      utc('2026-08-01 07:13:51.402'),
      utc('2026-08-01 07:20:00.000'),
    ]);
    expect(codes(warnings)).toEqual(['provisioning-failed', 'provisioning-runs']);
  });

  it('reports nothing for a machine without provisioning', () => {
    expect(aks.parse(new Map())).toMatchObject({ events: [], spans: [], warnings: [] });
  });
});

describe('names of steps', () => {
  it('are short and lead back to the full name', () => {
    for (const [full, short] of [
      ['AKS.CSE.ensureKubelet', 'ensureKubelet'],
      ['AKS.CSE.ensureKubelet.getPrimaryNicIP', 'ensureKubelet.getPrimaryNicIP'],
      ['AKS.Runtime.validateKubeletCredentials', 'runtime/validateKubeletCredentials'],
      ['AKS.AKSNodeController.Provision', 'AKS.AKSNodeController.Provision'],
      ['AKS.CSE.AKS.odd', 'AKS.CSE.AKS.odd'],
    ] as const) {
      expect(shortTaskName(full)).toBe(short);
      expect(fullTaskName(short)).toBe(full);
    }
    expect(fullTaskName('ensureKubelet#2')).toBe('AKS.CSE.ensureKubelet');
  });
});

describe('words of a shell trace', () => {
  it('lose their quoting and nothing else', () => {
    expect(unquoted(`'{' '"Message":' '"it'\\''s' done"`)).toBe(`{ "Message": "it's done"`);
  });
});
