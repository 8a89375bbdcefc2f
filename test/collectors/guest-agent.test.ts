import { describe, expect, it } from 'vitest';
import { guestAgent } from '../../src/collectors/guest-agent.ts';
import { corpusText, eventFile, rawOf, utc } from './raw.ts';

const LOG = 'guest-agent/waagent.log';
const EVENT = eventFile('AKS.CSE.ensureKubelet', '2026-08-01 07:14:05.000', '2026-08-01 07:14:09.000');
const daemon = '2026-08-01T07:13:44.120394Z INFO Daemon Daemon Azure Linux Agent Version: 2.9.1.1\n';
const collected = (n: number) =>
  `2026-08-01T07:18:44.120394Z INFO TelemetryEventsCollector ExtHandler Collected ${n} events for extension: Microsoft.Azure.Extensions.CustomScript\n`;

describe('guest agent', () => {
  it('starts with the daemon line of this boot, not with the last lines of the previous boot', () => {
    const { events, facts } = guestAgent.parse(rawOf({ [LOG]: corpusText('waagent-log-01') }));
    expect(events).toMatchObject([
      { id: 'agent.daemon', us: utc('2019-10-31 14:10:43.788009'), evidence: { file: `raw/${LOG}`, line: 3 } },
      { id: 'agent.start', us: utc('2019-10-31 14:10:43.788009') },
    ]);
    expect(facts['agent.version']).toBe('2.2.40');
  });

  it('leaves its start to systemd if the units are available', () => {
    const { events } = guestAgent.parse(rawOf({ [LOG]: daemon, 'systemd/units.show': 'Id=walinuxagent.service\n' }));
    expect(events.map(({ id }) => id)).toEqual(['agent.daemon']);
  });

  it('uses the last of several starts, and reports it', () => {
    const { events, warnings } = guestAgent.parse(rawOf({ [LOG]: daemon.replace('07:13', '06:10') + daemon }));
    expect(events[0]).toMatchObject({ us: utc('2026-08-01 07:13:44.120394'), evidence: { line: 2 } });
    expect(warnings).toMatchObject([{ code: 'agent-starts', evidence: { line: 2 } }]);
  });

  it.each([
    ['no sweep', daemon, 'yes, 1 of 1', []],
    ['a sweep of 16 events', daemon + collected(16), 'no, 1 of 17', ['events-swept']],
    ['a sweep in an earlier boot', collected(16) + daemon.replace('07:13', '09:13'), 'yes, 1 of 1', []],
    ["a log that is not the agent's", 'hello\n', 'unknown, 1 of an unknown number', ['agent-log', 'events-unknown']],
  ])('reports whether all events are there after %s', (_, log, text, codes) => {
    const { facts, warnings } = guestAgent.parse(rawOf({ [LOG]: log, 'guest-agent/events/1.json': EVENT }));
    expect(facts['provisioning-events.complete']).toBe(text);
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it('counts swept events that the shell trace restores', () => {
    const trace = corpusText('aks-xtrace-01');
    const { facts } = guestAgent.parse(
      rawOf({ [LOG]: daemon + collected(1), 'guest-agent/events/1.json': EVENT, 'aks/cluster-provision.log': trace }),
    );
    expect(facts['provisioning-events.complete']).toBe('yes, 2 of 2');
  });

  it('knows that a machine without an agent loses nothing', () => {
    const raw = rawOf({ 'guest-agent/events/1.json': EVENT, 'systemd/units.show': 'Id=ssh.service\n' });
    expect(guestAgent.parse(raw)).toMatchObject({
      facts: { 'provisioning-events.complete': 'yes, 1 of 1' },
      warnings: [],
    });
  });

  it('reports nothing without artifacts', () => {
    expect(guestAgent.parse(new Map())).toMatchObject({ events: [], facts: {}, warnings: [] });
  });
});

it('the first start after the kernel counts for this boot: an agent restarts within a boot after an update', () => {
  const start = (clock: string) =>
    `2026-08-01T${clock}.000000Z INFO Daemon Daemon Azure Linux Agent Version: 2.9.1.1\n`;
  const log = start('05:06:47') + start('07:06:47') + start('07:10:00');
  const parse = (extra: [string, string][]) =>
    guestAgent.parse(rawOf({ 'guest-agent/waagent.log': log, ...Object.fromEntries(extra) }));
  const daemon = ({ events }: ReturnType<typeof parse>) =>
    events.find(({ id }) => id === 'agent.daemon')?.evidence.line;
  expect(daemon(parse([]))).toBe(3);
  expect(daemon(parse([['systemd/manager.show', 'KernelTimestamp=Sat 2026-08-01 07:06:40 UTC\n']]))).toBe(2);
  expect(
    daemon(parse([['aks/provision.json', '{"ExitCode":"0","KernelStartTime":"Sat 2026-08-01 07:06:40 UTC"}']])),
  ).toBe(2);
});

/** From the format strings of each release: `daemon/main.py`, `ga/update.py`, `ga/exthandlers.py`, `ga/collect_telemetry_events.py`. */
const IN_2_7 = (version: string) => [
  `Azure Linux Agent Version:${version}`,
  `Agent WALinuxAgent-${version} is running as the goal state agent`,
  '[Microsoft.Azure.Extensions.CustomScript-2.1.10] Target handler state: enabled [incarnation 2]',
  'ProcessExtensionsInGoalState completed [Incarnation: 2; 4711 ms; Activity Id: 0a-1b; Correlation Id: 2c; GS Creation Time: 2026-08-01T07:13:40.000000Z]',
];
const SINCE_2_8 = (version: string) => [
  `Azure Linux Agent Version: ${version}`,
  `Azure Linux Agent (Goal State Agent version ${version})`,
  '[Microsoft.Azure.Extensions.CustomScript-2.1.10] Target handler state: enabled [etag_2]',
  'ProcessExtensionsGoalState completed [etag_2 4711 ms]',
];
const RELEASES = [
  '2.8.0.11',
  '2.9.0.4',
  '2.9.1.1',
  '2.10.0.8',
  '2.11.1.4',
  '2.11.1.12',
  '2.12.0.4',
  '2.13.1.1',
  '2.14.0.1',
  '2.15.0.1',
];

it.each([
  ...['2.7.0.6', '2.7.1.0', '2.7.3.0'].map((version) => [version, IN_2_7(version)] as const),
  ...RELEASES.map((version) => [version, SINCE_2_8(version)] as const),
])('reads what agent %s writes', (version, [start = '', runs = '', handles = '', completed = '']) => {
  const lines = [
    `07:13:44.120394Z INFO Daemon Daemon ${start}`,
    '07:13:45.000000Z INFO Daemon Daemon Finished provisioning',
    `07:13:46.000000Z INFO ExtHandler ExtHandler ${runs}`,
    `07:13:47.000000Z INFO ExtHandler ${handles}`,
    `07:13:52.000000Z INFO ExtHandler ExtHandler ${completed}`,
    '07:18:44.120394Z INFO TelemetryEventsCollector ExtHandler Collected 16 events for extension: microsoft.azure.extensions.customscript',
  ];
  const { events, facts } = guestAgent.parse(rawOf({ [LOG]: lines.map((line) => `2026-08-01T${line}\n`).join('') }));
  expect(events.map(({ id, evidence }) => [id, evidence.line])).toEqual([
    ['agent.daemon', 1],
    ['agent.start', 1],
    ['agent.provisioned', 2],
    ['agent.custom-script', 4],
  ]);
  expect(facts).toMatchObject({
    'agent.version': version,
    'agent.goal-state-version': version,
    'agent.goal-state-ms': 4711,
    'provisioning-events.swept': 16,
  });
});

it('distinguishes the agent that handles goal states from the daemon that started it: an agent updates itself', () => {
  const log = `${daemon}2026-08-01T07:13:46.000000Z INFO ExtHandler ExtHandler Azure Linux Agent (Goal State Agent version 2.15.0.1)\n`;
  const { facts } = guestAgent.parse(rawOf({ [LOG]: log }));
  expect([facts['agent.version'], facts['agent.goal-state-version']]).toEqual(['2.9.1.1', '2.15.0.1']);
});
