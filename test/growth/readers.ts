/** Artifacts of one boot, of any size, through every step that makes a record: readers, links between clocks, critical paths. */
import { ImportedScenario } from '../../src/providers/imported.ts';
import { recordBoot } from '../../src/stages/derive/record.ts';
import { eventFile } from '../collectors/raw.ts';
import { syntheticBoot, syntheticOutcome } from '../support/synthetic-boot.ts';
import type { Growth } from './measure.ts';

const encoder = new TextEncoder();

export const SCENARIO = ImportedScenario.parse({
  name: 'growth',
  provider: { kind: 'import' },
  variants: { before: {}, after: {} },
  gates: { 'boot.target': {}, 'kubelet.start': {} },
  markers: { m: { unit: 'a.service', match: 'never|\\pL{40} seen' } },
  expect: [
    { unit: 'unit-3.service', is: 'active' },
    { failedUnits: 0 },
    { unit: 'unit-3.service', inImage: 'enabled' },
    { file: '/etc/x3', mode: '644' },
  ],
});

export const EPOCH_MS = 1_785_568_416_000;
const CLOCK = `realtime_ns=${EPOCH_MS + 41e3}000000\nzone=+0000\nuptime_s=41.00\n`;
export const iso = (ms: number) => new Date(ms).toISOString();

export const lines = (n: number, of: (index: number) => string): string =>
  `${Array.from({ length: n }, (_, i) => of(i)).join('\n')}\n`;

const record = (texts: Readonly<Record<string, string>>) => {
  const raw = new Map(Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)]));
  return () => recordBoot({ outcome: syntheticOutcome('0001-before'), raw, scenario: SCENARIO, tool: 'bench' });
};

export const one = (
  name: string,
  path: string,
  text: (n: number) => string,
  beside: Readonly<Record<string, string>> = {},
  to?: number,
): Growth => ({
  name,
  reads: path,
  of: (n) => record({ ...beside, [path]: text(n) }),
  ...(to !== undefined && { to }),
});

/** Each event has the name of a step and an end in milliseconds; it starts at the end of the one before. */
const cseEvents = (name: string, event: (i: number, n: number) => readonly [step: string, end: number]): Growth => ({
  name,
  of: (n) =>
    record({
      'clock/guest.txt': CLOCK,
      ...Object.fromEntries(
        Array.from({ length: n }, (_, i) => {
          const [step, end] = event(i, n);
          const text = eventFile(`AKS.CSE.${step}`, stamp(EPOCH_MS + i), stamp(EPOCH_MS + end));
          return [`guest-agent/events/${EPOCH_MS + i}.json`, text];
        }),
      ),
    }),
});

const MANAGER = 'UserspaceTimestampMonotonic=3500000\nFinishTimestampMonotonic=28500000\nVersion=257\nNJobs=0\n';

/** Units as `systemctl show` prints them; `after` names the predecessors of one. */
const units = (n: number, after: (index: number) => string): string =>
  lines(n, (i) => {
    const start = 3_500_000 + Math.floor((i / n) * 20e6);
    const name = ['kubelet.service', 'containerd.service', 'multi-user.target'][i - n + 3] ?? `unit-${i}.service`;
    return `Id=${name}\nNames=${name}\nAfter=${after(i)}\nLoadState=loaded\nActiveState=active\nSubState=running\nInactiveExitTimestampMonotonic=${start}\nActiveEnterTimestampMonotonic=${start + 900}\nExecMainStartTimestampMonotonic=${start + 10}\n`;
  });

const show = (name: string, after: (index: number) => string) =>
  one(`systemctl show, ${name}`, 'systemd/units.show', (n) => units(n, after), { 'systemd/manager.show': MANAGER });

const journal = (n: number, entry: (index: number) => Readonly<Record<string, string>>): string =>
  lines(n, (i) => {
    const us = Math.floor((i / n) * 40e6);
    return JSON.stringify({
      __REALTIME_TIMESTAMP: String(EPOCH_MS * 1000 + us),
      __MONOTONIC_TIMESTAMP: String(us),
      SYSLOG_IDENTIFIER: 'unit',
      ...entry(i),
    });
  });

const klog = (i: number, text: string) =>
  `Aug 01 07:14:${String(Math.floor(i / 1000) % 60).padStart(2, '0')} n1 kubelet[1]: I0801 07:14:${String(Math.floor(i / 1000) % 60).padStart(2, '0')}.${String(i % 1000).padStart(3, '0')}000    1 ${text}`;

export const stamp = (ms: number): string => iso(ms).replace('T', ' ').slice(0, 23);

const SHORT = (i: number, text: string) => `Aug 01 07:14:${String(i % 60).padStart(2, '0')}.000000 n1 ${text}`;

export const readers: readonly Growth[] = [
  show('a chain', (i) => (i === 0 ? '' : `unit-${i - 1}.service`)),
  show('a fan', (i) => (i === 0 ? '' : 'unit-0.service')),
  show('ten before each', (i) =>
    lines(Math.min(i, 10), (k) => `unit-${Math.floor((i * (k + 1)) / 11)}.service`)
      .trim()
      .replaceAll('\n', ' '),
  ),
  show('in a circle', (i) => `unit-${i + 1}.service`),
  show('all of one name', () => 'unit-0.service'),
  one(
    'one unit after all others',
    'systemd/units.show',
    (n) =>
      `${units(3, () => Array.from({ length: n }, (_, i) => `unit-${i}.service`).join(' '))}\n${units(n, () => '')}`,
  ),
  one('systemctl show of one unit again and again', 'systemd/units.show', (n) =>
    `Id=a.service\nInactiveExitTimestampMonotonic=5\nActiveEnterTimestampMonotonic=9\n\n`.repeat(n),
  ),
  one(
    'systemd-analyze blame',
    'systemd/analyze-blame.txt',
    (n) => lines(n, (i) => `${i + 5}ms unit-${i}.service`),
    {},
    20_000,
  ),
  one(
    'systemd-analyze critical-chain',
    'systemd/analyze-critical-chain.txt',
    (n) =>
      `multi-user.target @9.0s\n${lines(n, (i) => `${'  '.repeat(Math.min(i, 60))}└─unit-${i}.service @${i}ms +1ms`)}`,
    {},
    2_000,
  ),
  one('systemd-analyze time', 'systemd/analyze-time.txt', (n) =>
    'Startup finished in 1.0s (kernel) + 2.0s (userspace) = 3.0s\n'.repeat(n),
  ),
  one(
    'systemd-analyze dump',
    'systemd/dump.txt',
    (n) => lines(n, (i) => `Timestamp firmware: ${i}.083523s\nTimestamp kernel: Sat 2026-08-01 07:13:36 UTC`),
    {},
    1_000,
  ),
  one(
    'plot.svg',
    'systemd/plot.svg',
    (n) =>
      `<svg>\n${lines(n, (i) => `  <rect class="activating" x="${i}.000" y="20.000" width="3.000" height="19.000" />\n<text class="left" x="${i}" y="14.0">unit-${i}.service (${i}ms)</text>`)}</svg>\n`,
    {},
    20_000,
  ),
  one('plot.json', 'systemd/plot.json', (n) =>
    JSON.stringify(
      Array.from({ length: n }, (_, i) => ({
        name: `unit-${i}.service`,
        activated: i + 2000,
        activating: i + 1000,
        time: 1000,
        deactivated: 0,
        deactivating: 0,
      })),
    ),
  ),
  one('journal of many units', 'journal/boot.jsonl', (n) =>
    journal(n, (i) => ({ _SYSTEMD_UNIT: `unit-${i}.service`, MESSAGE: `message ${i}` })),
  ),
  one('journal of a manager that starts units', 'journal/boot.jsonl', (n) =>
    journal(n, (i) => ({
      _PID: '1',
      UNIT: `unit-${i >> 1}.service`,
      JOB_TYPE: 'start',
      MESSAGE_ID: i % 2 ? '39f53479d3a045ac8e11786248231fbf' : '7d4958e842da4a758f6c1cdc7b36dcc5',
      MESSAGE: `${i % 2 ? 'Started' : 'Starting'} unit-${i >> 1}.service`,
    })),
  ),
  one('journal of one unit that restarts', 'journal/boot.jsonl', (n) =>
    journal(n, (i) => ({
      _PID: '1',
      UNIT: 'kubelet.service',
      JOB_TYPE: 'restart',
      MESSAGE_ID: i % 2 ? '39f53479d3a045ac8e11786248231fbf' : '7d4958e842da4a758f6c1cdc7b36dcc5',
      MESSAGE: `${i % 2 ? 'Started' : 'Starting'} kubelet.service`,
    })),
  ),
  one('journal of clocks that step', 'journal/boot.jsonl', (n) =>
    journal(n, (i) => ({ __REALTIME_TIMESTAMP: String(EPOCH_MS * 1000 + i * 1000 + (i % 2) * 9e6), MESSAGE: 'x' })),
  ),
  one('journal of clocks that step, with stamped tasks', 'journal/boot.jsonl', (n) =>
    journal(n, (i) => ({
      __REALTIME_TIMESTAMP: String(EPOCH_MS * 1000 + i * 1000 + (i % 2) * 9e6),
      _SYSTEMD_UNIT: 'kubelet.service',
      MESSAGE: klog(i, 'kubelet_node_status.go:73] "Attempting to register node"').slice(28),
    })),
  ),
  one('journal as text', 'journal/boot.txt', (n) =>
    lines(n, (i) =>
      SHORT(
        i,
        `systemd[1]: ${i % 2 ? 'Started' : 'Starting'} unit-${i >> 1}.service - Unit ${i >> 1}${i % 2 ? '.' : '...'}`,
      ),
    ),
  ),
  one('journal as text, one unit', 'journal/boot.txt', (n) =>
    lines(n, (i) => SHORT(i, `systemd[1]: ${i % 2 ? 'Started' : 'Starting'} a.service - A${i % 2 ? '.' : '...'}`)),
  ),
  one('journal as text, starting for ever', 'journal/boot.txt', (n) =>
    lines(n, (i) => SHORT(i, 'systemd[1]: Starting a.service - A...')),
  ),
  one('dmesg', 'console/console.txt', (n) =>
    lines(
      n,
      (i) =>
        `[${(i / 1000).toFixed(6).padStart(12)}] ${i % 3 ? `usb ${i}: new device` : `systemd[1]: Started unit-${i}.service.`}`,
    ),
  ),
  one('kubelet', 'aks/kubelet.log', (n) =>
    lines(n, (i) =>
      klog(
        i,
        i % 3
          ? 'kubelet_node_status.go:73] "Attempting to register node" node="n1"'
          : 'kubelet_node_status.go:724] "Recording event message for node" node="n1" event="NodeReady"',
      ),
    ),
  ),
  one('cloud-init.log', 'cloud-init/cloud-init.log', (n) =>
    lines(
      n,
      (i) =>
        `${stamp(EPOCH_MS + i).replace('.', ',')} - handlers.py[DEBUG]: ${i % 2 ? 'finish' : 'start'}: modules-final/config-${i >> 1}: ${i % 2 ? 'SUCCESS: ' : ''}running config-${i >> 1}`,
    ),
  ),
  one('cloud-init.log, stages that only start', 'cloud-init/cloud-init.log', (n) =>
    lines(
      n,
      (i) => `${stamp(EPOCH_MS + i).replace('.', ',')} - handlers.py[DEBUG]: start: modules-final/config-${i}: running`,
    ),
  ),
  one(
    'cloud-init analyze dump',
    'cloud-init/analyze-dump.json',
    (n) =>
      JSON.stringify(
        Array.from({ length: n }, (_, i) => ({
          description: 'x',
          event_type: i % 2 ? 'finish' : 'start',
          name: `modules-final/config-${i >> 1}`,
          origin: 'cloudinit',
          timestamp: EPOCH_MS / 1000 + i,
          ...(i % 2 && { result: 'SUCCESS' }),
        })),
      ),
    {},
    20_000,
  ),
  one(
    'cloud-init analyze show',
    'cloud-init/analyze-show.txt',
    (n) =>
      `-- Boot Record 01 --\n${lines(n, (i) => `Starting stage: modules-${i}\n|\`->config-${i} ran successfully @01.00000s +00.00100s\nFinished stage: (modules-${i}) 00.50000 seconds`)}`,
  ),
  one('cloud-init status', 'cloud-init/status.json', (n) =>
    JSON.stringify({
      v1: Object.fromEntries(
        Array.from({ length: n }, (_, i) => [`stage-${i}`, { errors: ['bad'], finished: 2, start: 1 }]),
      ),
    }),
  ),
  one('provision.json', 'aks/provision.json', (n) =>
    JSON.stringify({
      ExitCode: '0',
      Output: lines(n, (i) => `+ logs_to_events AKS.CSE.step${i} step${i}\n+ local 'startTime=${stamp(EPOCH_MS + i)}'`),
      Error: '',
      ExecDuration: '30',
      KernelStartTime: 'Sat 2026-08-01 07:13:36 UTC',
      SystemdSummary: 'Startup finished in 1.0s (kernel) + 2.0s (userspace) = 3.0s',
    }),
  ),
  cseEvents('CSE events', (i) => [`step${i}`, i + 900]),
  cseEvents('CSE events of one name', (i) => ['ensureKubelet', i + 900]),
  cseEvents('CSE events within one another', (i, n) => [`step${i}`, 2 * n - i]),
  {
    name: 'CSE events with a package lock each',
    of: (n) =>
      record({
        'clock/guest.txt': CLOCK,
        'aks/cluster-provision.log': lines(
          n,
          () => 'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 5 (apt)',
        ),
        ...Object.fromEntries(
          Array.from({ length: n }, (_, i) => [
            `guest-agent/events/${EPOCH_MS + i}.json`,
            eventFile(
              `AKS.CSE.step${i}`,
              stamp(EPOCH_MS + i),
              stamp(EPOCH_MS + i + 900),
              'E: Could not get lock /var/lib/dpkg/lock',
            ),
          ]),
        ),
      }),
  },
  one('aks-node-controller.log', 'aks/aks-node-controller.log', (n) =>
    lines(
      n,
      (i) =>
        `{"time":"2026-07-01T12:00:${String(i % 60).padStart(2, '0')}.${String(i % 1000).padStart(3, '0')}Z","level":"INFO","msg":"aks-node-controller started","task":"Provision"}`,
    ),
  ),
  one('aks-early-boothook.log', 'aks/aks-early-boothook.log', (n) =>
    lines(n, (i) => `[ ${(i / 1000).toFixed(3)}s] goal state fetched`),
  ),
  one('cluster-provision.log', 'aks/cluster-provision.log', (n) =>
    lines(
      n,
      (i) =>
        `+ logs_to_events AKS.CSE.step${i} step${i}\n+ local 'startTime=${stamp(EPOCH_MS + i)}'\n+ step${i}\n+ endTime='${stamp(EPOCH_MS + i + 1)}'`,
    ),
  ),
  one('cluster-provision.log, calls within calls', 'aks/cluster-provision.log', (n) =>
    lines(n, (i) => `+ logs_to_events AKS.CSE.step${i} step${i}\n+ local 'startTime=${stamp(EPOCH_MS + i)}'`),
  ),
  one('waagent.log', 'guest-agent/waagent.log', (n) =>
    lines(
      n,
      (i) =>
        `${iso(EPOCH_MS + i)} INFO ExtHandler ExtHandler ${i % 3 ? `[CGW] step ${i}` : 'Agent WALinuxAgent-2.9.1.1 is running as the goal state agent'}`,
    ),
  ),
  one(
    'links of units',
    'systemd/unit-links.txt',
    (n) =>
      lines(
        n,
        (i) =>
          `1735689600.0000000000 l /etc/systemd/system/multi-user.target.wants/unit-${i}.service -> /lib/systemd/system/unit-${i}.service`,
      ),
    {
      'clock/guest.txt': CLOCK,
      'systemd/manager.show': MANAGER,
      'systemd/units.show':
        'Id=unit-3.service\nNames=unit-3.service\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n',
    },
  ),
  one('facts of a machine', 'machine/facts.txt', (n) => lines(n, (i) => `/etc/os-release:KEY_${i}=${i}`)),
  {
    name: 'all of a boot',
    of: (n) => {
      const { raw } = syntheticBoot({ units: n, journalLines: n, tasks: n }, 1);
      return () => recordBoot({ outcome: syntheticOutcome('0001-before'), raw, scenario: SCENARIO, tool: 'bench' });
    },
  },
];
