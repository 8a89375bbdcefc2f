/**
 * The promises of every parser for every input: it does not throw, and each number is finite. Each stamp and warning points to a line
 * that exists. The line of a stamp contains its seconds (the parser invents nothing).
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { collectorsFor } from '../../src/collectors/index.ts';
import { withoutColours } from '../../src/collectors/reading/text.ts';
import type { Collector, Parsed } from '../../src/model/collector.ts';
import type { Evidence, Stamp } from '../../src/model/timeline.ts';

export interface Target {
  readonly name: string;
  readonly collector: Collector;
  /** The artifact whose text the test mutates. */
  readonly path: string;
  readonly seeds: readonly string[];
}

/** vitest and npm scripts both run at the root of the repository; a bundle does not know its own path. */
const CORPUS = 'test/fixtures/corpus';

function corpus(kind: string): string[] {
  return readdirSync(CORPUS)
    .filter((name) => name.startsWith(`${kind}-`) && name.endsWith('.txt'))
    .map((name) => readFileSync(path.join(CORPUS, name), 'utf8').replace(/^# source: .*\n/, ''));
}

const TRACE = [
  '+ logs_to_events AKS.CSE.ensureKubelet ensureKubelet',
  "+ local 'startTime=2026-08-01 07:14:02.000'",
  '+ logs_to_events AKS.CSE.ensureKubelet.getPrimaryNicIP getPrimaryNicIP',
  "+ startTime='2026-08-01 07:14:02.500'",
  '',
].join('\n');
const CLOUD_INIT_LOG = [
  "2026-08-01 07:13:41,122 - util.py[DEBUG]: Cloud-init v. 24.1 running 'init-local' at Sat, 01 Aug 2026 07:13:41 +0000. Up 5.12 seconds.",
  '2026-08-01 07:13:41,200 - handlers.py[DEBUG]: start: init-local/check-cache: attempting to read from cache [check]',
  '2026-08-01 07:13:41,203 - handlers.py[DEBUG]: finish: init-local/check-cache: SUCCESS: no cache found',
  '2026-08-01 07:13:41,300 - handlers.py[DEBUG]: start: azure-ds/_poll_imds: _poll_imds',
  '2026-08-01 07:13:42,300 - handlers.py[DEBUG]: finish: init-local: FAIL: broken',
  '2026-08-01 07:13:42,400 - util.py[WARNING]: failed',
  '',
].join('\n');
const STATUS =
  '{"v1": {"datasource": "DataSourceAzure", "init": {"errors": ["bad"], "finished": 1.5, "start": 1.0}, "stage": null}}';
const FILE_TIMES =
  '/var/lib/kubelet/kubeconfig|2026-08-01 07:14:06.123456789 +0000|2026-08-01 07:14:09.000000000 +0000\n';
const JOURNAL = [
  '{"__REALTIME_TIMESTAMP":"1785568441207000","__MONOTONIC_TIMESTAMP":"5207000","_SYSTEMD_UNIT":"kubelet.service","MESSAGE":"I0801 07:14:01.207000 1 kubelet_node_status.go:73] \\"Attempting to register node\\""}',
  '{"__REALTIME_TIMESTAMP":"1785568442207000","__MONOTONIC_TIMESTAMP":"6207000","_TRANSPORT":"kernel","MESSAGE":[72,105]}',
  '',
].join('\n');

const KUBELET_STARTED = [
  'Aug 01 07:14:30 n1 systemd[1]: Started kubelet.service - Kubelet.',
  'Dec 31 23:59:59 n1 kubelet[1]: I1231 23:59:59.284519    1 kubelet_node_status.go:73] "Attempting to register node"',
  '',
].join('\n');
const KUBELET_METRICS = [
  'kubelet_node_startup_duration_seconds 41.234567',
  'kubelet_node_startup_pre_kubelet_duration_seconds 2.75e+01',
  '# status 403 of https://127.0.0.1:10250/metrics',
  '',
].join('\n');

/** Every artifact that a collector reads, with its seed texts. */
export function targets(): Target[] {
  const events = [...corpus('aks-event-file'), ...corpus('aks-tls-event'), ...corpus('aks-windows-event')];
  const seeds: Readonly<Record<string, readonly (readonly [artifact: string, texts: readonly string[]])[]>> = {
    aks: [
      ['guest-agent/events/1.json', events],
      ['aks/cluster-provision.log', [...corpus('aks-xtrace'), TRACE]],
      ['aks/provision.json', [...corpus('aks-provision-json'), ...corpus('aks-instanceview-message')]],
    ],
    'guest-agent': [['guest-agent/waagent.log', corpus('waagent-log')]],
    'tls-bootstrap': [
      ['guest-agent/events/1.json', events],
      ['aks/secure-tls-bootstrap.log', corpus('aks-tls-log')],
      ['aks/file-times.txt', [FILE_TIMES]],
      ['aks/tls-bootstrap-start-time', ['2026-08-01 07:14:05.000\n']],
    ],
    'cloud-init': [
      ['cloud-init/cloud-init.log', [CLOUD_INIT_LOG]],
      ['cloud-init/analyze-dump.json', corpus('cloudinit-dump')],
      ['cloud-init/status.json', [STATUS]],
      ['cloud-init/analyze-show.txt', corpus('cloudinit-show')],
      ['cloud-init/analyze-blame.txt', corpus('cloudinit-blame')],
      ['cloud-init/analyze-boot.txt', corpus('cloudinit-boot')],
    ],
    'systemd-text': [
      ['systemd/analyze-time.txt', corpus('systemd-time')],
      ['systemd/analyze-blame.txt', corpus('systemd-blame')],
      ['systemd/analyze-critical-chain.txt', corpus('systemd-chain')],
    ],
    systemd: [
      ['systemd/manager.show', corpus('systemctl-show')],
      ['systemd/units.show', corpus('systemctl-show')],
    ],
    kubelet: [
      ['aks/kubelet.log', [...corpus('kubelet-log'), KUBELET_STARTED]],
      ['aks/kubelet-metrics.txt', [KUBELET_METRICS]],
    ],
    journal: [['journal/boot.jsonl', [JOURNAL]]],
    'node-controller': [
      ['aks/aks-node-controller.log', [CONTROLLER_LOG]],
      ['aks/aks-early-boothook.log', ['[  0.412s] goal state fetched\n[  1.020s] ERROR: nothing published\n']],
    ],
  };
  const collectors = new Map(collectorsFor({ markers: {}, expect: [] }).map((each) => [each.id, each]));
  return Object.entries(seeds).flatMap(([id, paths]) => {
    const collector = collectors.get(id);
    if (collector === undefined) throw new Error(`there is no collector ${id}`);
    return paths.map(([artifact, texts]) => ({ name: `${id}: ${artifact}`, collector, path: artifact, seeds: texts }));
  });
}

const CONTROLLER_LOG = [
  '{"time":"2026-08-01T07:13:44.409811123Z","level":"INFO","msg":"aks-node-controller started","task":"Provision"}',
  '{"time":"2026-08-01T07:13:55.900512Z","level":"ERROR","msg":"aks-node-controller failed","error":"exit status 50"}',
].join('\n');

const encoder = new TextEncoder();

/** The first broken promise, in words; undefined where the parser keeps all of them. */
export function brokenPromise({ collector, path: artifact }: Target, text: string): string | undefined {
  let parsed: Parsed;
  try {
    parsed = collector.parse(new Map([[artifact, encoder.encode(text)]]));
  } catch (error) {
    return `threw ${String(error)}`;
  }
  const lines = text.split('\n');
  return brokenNumber(parsed, '') ?? brokenEvidence(parsed, artifact, lines) ?? invented(parsed, lines);
}

function brokenNumber(value: unknown, at: string): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${at} is ${value}`;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const broken = brokenNumber(part, `${at}.${key}`);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

function brokenEvidence(parsed: Parsed, artifact: string, lines: readonly string[]): string | undefined {
  for (const { what, evidence } of evidenceOf(parsed)) {
    if (evidence === undefined) return `${what} names no file and line`;
    if (evidence.file !== `raw/${artifact}` && !/^raw\/[\w./-]+$/.test(evidence.file))
      return `${what} names ${evidence.file}`;
    if (evidence.file === `raw/${artifact}` && evidence.line > lines.length)
      return `${what} names line ${evidence.line}`;
  }
  return undefined;
}

function evidenceOf(parsed: Parsed): { what: string; evidence: Evidence | undefined }[] {
  return [
    ...parsed.events.map((event) => ({ what: event.id, evidence: event.evidence })),
    ...parsed.spans.flatMap((span) =>
      [span.start, span.end].flatMap((stamp) => (stamp ? [{ what: span.name, evidence: stamp.evidence }] : [])),
    ),
    ...(parsed.printed ?? []).map((one) => ({ what: one.name, evidence: one.evidence })),
    ...parsed.warnings.map((warning) => ({ what: `warning ${warning.code}`, evidence: warning.evidence })),
  ];
}

/** Parsers copy wall-clock stamps, so each line contains the seconds of its stamp: as digits, or in seconds since 1970. */
function invented(parsed: Parsed, lines: readonly string[]): string | undefined {
  const stamps: { what: string; stamp: Stamp }[] = [
    // The end of provisioning may be its start plus its duration; the start of the kernel may be a stamp minus the uptime.
    ...parsed.events.flatMap((event) =>
      ['cse.end', 'kernel.start'].includes(event.id) ? [] : [{ what: event.id, stamp: event }],
    ),
    ...parsed.spans.flatMap((span) =>
      [span.start, span.end].flatMap((stamp) => (stamp ? [{ what: span.name, stamp }] : [])),
    ),
  ];
  for (const { what, stamp } of stamps) {
    if (stamp.clock !== 'realtime') continue;
    // JSON may have a line break between a key, which the evidence names, and its value.
    const line = withoutColours(lines.slice(stamp.evidence.line - 1, stamp.evidence.line + 2).join('\n'));
    const seconds = Math.floor(stamp.us / 1e6);
    const second = String(((seconds % 60) + 60) % 60).padStart(2, '0');
    const shown =
      line.includes(`:${second}`) ||
      line.includes(String(seconds)) ||
      // A leap second is the second after the last; a fraction of .9999999 is the next second in microseconds.
      (second === '00' && line.includes(':60')) ||
      (stamp.us % 1e6 === 0 && line.includes(`${seconds - 1}.999999`));
    if (!shown) return `${what} is at second :${second}, which its line does not show: ${line.slice(0, 200)}`;
  }
  return undefined;
}
