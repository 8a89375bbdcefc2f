import { expect, test } from 'vitest';
import { measure } from '../../../src/metrics/measure.ts';
import { instant } from '../../../src/model/clock.ts';
import { ImportedScenario } from '../../../src/providers/imported.ts';
import { recordBoot } from '../../../src/stages/derive/record.ts';
import { eventFile } from '../../collectors/raw.ts';
import { syntheticOutcome } from '../../support/synthetic-boot.ts';

const EPOCH_S = 1_785_568_416;
const stamp = (s: number) => new Date((EPOCH_S + s) * 1000).toISOString().replace('T', ' ').slice(0, 23);
const CLOCK = `realtime_ns=${EPOCH_S + 41}000000000\nzone=+0000\nuptime_s=41.00\n`;
const SCENARIO = ImportedScenario.parse({
  name: 'x',
  provider: { kind: 'import' },
  variants: { before: {}, after: {} },
});

function recordOf(texts: Readonly<Record<string, string>>, marks = syntheticOutcome('0001-before').marks) {
  const raw = new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const outcome = { ...syntheticOutcome('0001-before'), marks };
  return recordBoot({ outcome, raw, scenario: SCENARIO, tool: 'bench' });
}

const UNIT = (from: number, to: number) =>
  `Id=kubelet.service\nNames=kubelet.service\nLoadState=loaded\nActiveState=active\nSubState=running\nInactiveExitTimestampMonotonic=${from}\nActiveEnterTimestampMonotonic=${to}\n`;

const entry = (us: number, verb: string, id: string) =>
  JSON.stringify({
    __REALTIME_TIMESTAMP: String(EPOCH_S * 1e6 + us),
    __MONOTONIC_TIMESTAMP: String(us),
    SYSLOG_IDENTIFIER: 'systemd',
    _PID: '1',
    UNIT: 'kubelet.service',
    JOB_TYPE: 'start',
    MESSAGE_ID: id,
    MESSAGE: `${verb} kubelet.service`,
  });

/** Each artifact, the metric that it would give, and the code of the warning. */
const ARTIFACTS: readonly (readonly [
  artifact: string,
  metric: string,
  code: string,
  texts: Readonly<Record<string, string>>,
])[] = [
  [
    'the manager of systemd',
    'boot.userspace',
    'missing:startup.finish',
    {
      'systemd/manager.show':
        'UserspaceTimestampMonotonic=3500000\nFinishTimestampMonotonic=500000\nVersion=257\nNJobs=0\n',
    },
  ],
  ['a unit of systemd', 'unit.kubelet.service', 'runs-backwards', { 'systemd/units.show': UNIT(9_000_000, 4_000_000) }],
  [
    'the console',
    'boot.target',
    'runs-backwards',
    {
      'console/console.txt':
        '[    0.000000] Linux version 6.1\n[    9.000000] systemd[1]: Starting kubelet.service - K...\n[    3.000000] systemd[1]: Reached target multi-user.target - Multi-User System.\n',
    },
  ],
  [
    'a unit on the console',
    'unit.kubelet.service',
    'runs-backwards',
    {
      'console/console.txt':
        '[    9.000000] systemd[1]: Starting kubelet.service - K...\n[    4.000000] systemd[1]: Started kubelet.service - K.\n',
    },
  ],
  [
    'the journal',
    'unit.kubelet.service',
    'runs-backwards',
    {
      'journal/boot.jsonl': `${entry(9e6, 'Starting', '7d4958e842da4a758f6c1cdc7b36dcc5')}\n${entry(4e6, 'Started', '39f53479d3a045ac8e11786248231fbf')}\n`,
    },
  ],
  [
    'the journal as text',
    'unit.kubelet.service',
    'runs-backwards',
    {
      'journal/boot.txt':
        'Aug 01 07:14:09.000000 n1 systemd[1]: Starting kubelet.service - K...\nAug 01 07:14:04.000000 n1 systemd[1]: Started kubelet.service - K.\n',
    },
  ],
  [
    'cloud-init.log',
    'cloud-init.modules-final/config-x',
    'runs-backwards',
    {
      'clock/guest.txt': CLOCK,
      'cloud-init/cloud-init.log': `${stamp(9).replace('.', ',')} - handlers.py[DEBUG]: start: modules-final/config-x: x\n${stamp(4).replace('.', ',')} - handlers.py[DEBUG]: finish: modules-final/config-x: SUCCESS: x\n`,
    },
  ],
  [
    'the status of cloud-init',
    'cloud-init.init-local',
    'runs-backwards',
    {
      'clock/guest.txt': CLOCK,
      'cloud-init/status.json': JSON.stringify({
        v1: { 'init-local': { errors: [], start: EPOCH_S + 9, finished: EPOCH_S + 4 } },
      }),
    },
  ],
  [
    'an event of provisioning',
    'cse.ensureKubelet',
    'step-across-clock-step',
    {
      'clock/guest.txt': CLOCK,
      [`guest-agent/events/${EPOCH_S}000.json`]: eventFile('AKS.CSE.ensureKubelet', stamp(9), stamp(4)),
    },
  ],
  [
    'kubelet',
    'node.registration',
    'clock-step',
    {
      'aks/kubelet.log':
        'I0801 07:14:09.000000    1 kubelet_node_status.go:73] "Attempting to register node" node="n1"\nI0801 07:14:04.000000    1 kubelet_node_status.go:76] "Successfully registered node" node="n1"\n',
    },
  ],
];

test.each(ARTIFACTS)('stamps of %s that run backwards give no %s, and a warning (%s)', (_, metric, code, texts) => {
  const record = recordOf(texts);
  expect(measure(metric, record).kind).toBe('missing');
  expect(record.warnings.map((warning) => warning.code)).toContain(code);
});

test('an interval across a backward step of the wall clock has no length', () => {
  // 11 s, of which the log shows 6.
  const log = [
    '07:14:05.000000 n1 systemd[1]: Starting kubelet.service - K...',
    '07:14:09.000000 n1 systemd[1]: Starting a.service - A...',
    '07:14:04.000000 n1 systemd[1]: Started a.service - A.',
    '07:14:11.000000 n1 systemd[1]: Started kubelet.service - K.',
  ];
  const record = recordOf({ 'journal/boot.txt': log.map((line) => `Aug 01 ${line}\n`).join('') });
  expect(record.spans.filter(({ end }) => end !== undefined)).toEqual([]);
  expect(record.warnings).toContainEqual(
    expect.objectContaining({ code: 'runs-backwards', evidence: { file: 'raw/journal/boot.txt', line: 3 } }),
  );
});

test('a late quotation of kernel messages moves no mark', () => {
  const line = (s: number, text: string) => `[${s.toFixed(6).padStart(12)}] ${text}\n`;
  const console = `${line(1, 'systemd[1]: Starting a.service - A...')}${line(4, 'systemd[1]: Started a.service - A.')}${line(1, 'systemd[1]: Started a.service - A.')}${line(5, 'usb 1-1: new device')}`;
  expect(measure('unit.a.service', recordOf({ 'console/console.txt': console }))).toMatchObject({ valueUs: 3_000_000 });
});

test('a metric whose end comes before its start has no value, and the output names the lines of both marks', () => {
  const mark = (id: string, seconds: number) => ({
    ...instant('monotonic', seconds * 1e6, 0),
    id,
    evidence: { file: 'outcome.json', line: seconds },
  });
  const record = recordOf({}, [mark('kernel.start', 9), mark('startup.finish', 4)]);
  expect(measure('boot.finish', record).kind).toBe('missing');
  expect(record.warnings.map(({ message }) => message)).toContain(
    'boot.finish has no value: startup.finish (outcome.json:4) is before kernel.start (outcome.json:9)',
  );
});
