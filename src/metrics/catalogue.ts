/**
 * All event and metric ids. The ids are public: scenarios, `samples.json` and other programs use them, and we never rename
 * them. A metric is data: two events and the question that it answers. Five families are open, because the machine decides
 * their members: `unit.<unit>`, `cloud-init.<stage>`, `cse.<task>`, `marker.<name>` and `outside.<mark>`.
 */
import { closest } from 'fastest-levenshtein';
import { edgeIdOf, metricIdOf, nameIn, prefixOf } from '../model/ids.ts';
import type { Metric } from '../model/metric.ts';

/** The meaning of an event and its source; bench explains a missing event with both. */
export interface EventMeaning {
  readonly id: string;
  readonly title: string;
  readonly source: string;
}

const event = (id: string, title: string, source: string): EventMeaning => ({ id, title, source });

const MANAGER = 'raw/systemd/manager.show';
const UNITS = 'raw/systemd/units.show';
const JOURNAL = 'raw/journal/boot.jsonl';
const CONTROLLER_LOG = 'raw/aks/aks-node-controller.log';
const EVENT_FILES = 'raw/guest-agent/events or raw/aks/cluster-provision.log';

const EVENTS: readonly EventMeaning[] = [
  event('firmware.start', 'firmware starts', MANAGER),
  event('loader.start', 'boot loader starts', MANAGER),
  event('kernel.start', 'kernel starts (zero of the monotonic clock)', MANAGER),
  event('kernel.init', 'kernel runs init', JOURNAL),
  event('kernel.end', 'kernel hands over to the initrd, or to the system if there is none', MANAGER),
  event('initrd.start', 'initrd starts', MANAGER),
  event('userspace.start', "the system's own manager starts", MANAGER),
  event('target.reached', 'default target is reached', UNITS),
  event('startup.finish', 'start-up is finished: no start job is left', MANAGER),
  event('machine.parked', 'the machine, booted in advance, is parked in a warm pool', 'raw/cloud-init/cloud-init.log'),
  event('agent.start', 'guest agent is up', UNITS),
  event('cloud-init.start', 'the network stage of cloud-init starts, in which boothooks run', UNITS),
  event('boothook.start', 'the boothook in the custom data starts', JOURNAL),
  event('controller.launch', 'the boothook launches the node controller', JOURNAL),
  event('controller.start', 'the node controller starts to provision', CONTROLLER_LOG),
  event('controller.end', 'the node controller is done with provisioning', CONTROLLER_LOG),
  event('cse.start', 'provisioning starts', EVENT_FILES),
  event('cse.end', 'provisioning ends', EVENT_FILES),
  event('containerd.ready', 'containerd answers', `${UNITS} or ${JOURNAL}`),
  event('kubelet.start', 'the kubelet process starts, after all of its ExecStartPre', UNITS),
  event('secure-tls.start', 'the secure TLS bootstrap client starts, by its own account', EVENT_FILES),
  event('tls.start', 'secure TLS bootstrapping or kubelet starts, whichever comes first', UNITS),
  event('tls.kubeconfig', 'TLS bootstrap has written the kubeconfig', EVENT_FILES),
  event('tls.event.start', "the node's own measurement of TLS bootstrap starts", EVENT_FILES),
  event('tls.event.end', "the node's own measurement of TLS bootstrap ends", EVENT_FILES),
  event('csr.requested', 'kubelet has asked for its client certificate', JOURNAL),
  event('csr.approved', 'the request for the client certificate is approved', JOURNAL),
  event('csr.issued', 'the client certificate is issued', JOURNAL),
  event('node.registering', 'kubelet first asks to register the node', JOURNAL),
  event('node.registered', 'the node is registered', JOURNAL),
  event('node.ready', 'kubelet first says that the node is ready', JOURNAL),
  event('request.sent', 'the machine was requested', 'outcome.json'),
];

const metric = (id: string, from: string, to: string, title: string, question: string): Metric => ({
  id,
  title,
  question,
  from,
  to,
});

const OUTSIDE = ['accepted', 'running', 'tcp-refused', 'tcp-open', 'ssh'].map((mark) =>
  metric(
    metricIdOf('outside', mark),
    'request.sent',
    metricIdOf('outside', mark),
    `Request to ${mark}`,
    `Seen from outside: how long from the request to ${mark}?`,
  ),
);

export const METRICS: readonly Metric[] = [
  metric('boot.firmware', 'firmware.start', 'loader.start', 'Firmware', 'How long did the firmware take?'),
  metric('boot.loader', 'loader.start', 'kernel.start', 'Boot loader', 'How long did the boot loader take?'),
  metric('boot.kernel', 'kernel.start', 'kernel.end', 'Kernel', 'How long until the kernel handed over?'),
  metric('boot.initrd', 'initrd.start', 'userspace.start', 'Initrd', 'How long did the initrd take?'),
  metric(
    'boot.userspace',
    'userspace.start',
    'startup.finish',
    'Userspace',
    "How long from the manager's start until no start job was left?",
  ),
  metric(
    'boot.target',
    'kernel.start',
    'target.reached',
    'Default target reached',
    'When is a plain machine up? Kernel start to default target.',
  ),
  metric(
    'boot.finish',
    'kernel.start',
    'startup.finish',
    'Start-up finished',
    'When did the last start job end? This includes timers and long oneshots that nothing else waits for.',
  ),
  metric(
    'agent.wait',
    'agent.start',
    'cse.start',
    'Wait for provisioning',
    'How long did the guest agent wait until provisioning started?',
  ),
  metric('cse.start', 'kernel.start', 'cse.start', 'Provisioning starts', 'How late does provisioning start?'),
  metric(
    'cse.kernel-to-start',
    'kernel.start',
    'cse.start',
    'Kernel to provisioning',
    'How long from kernel start until provisioning starts?',
  ),
  metric(
    'cse.boot-to-start',
    'userspace.start',
    'cse.start',
    'Boot to provisioning',
    "How long from the start of the system's own manager, which sets the host name, until provisioning starts?",
  ),
  metric(
    'cse.cloud-init-to-start',
    'cloud-init.start',
    'cse.start',
    'cloud-init to provisioning',
    "How long from the start of cloud-init's network stage, in which boothooks run, until provisioning starts?",
  ),
  metric('cse.total', 'cse.start', 'cse.end', 'Provisioning', 'How long does provisioning take in total?'),
  metric(
    'containerd.ready',
    'kernel.start',
    'containerd.ready',
    'containerd ready',
    'When can containers start? Kernel start until containerd answers, after its last restart if there is one.',
  ),
  metric(
    'kubelet.start',
    'kernel.start',
    'kubelet.start',
    'kubelet starts',
    'When does kubelet run? Kernel start to the kubelet process.',
  ),
  {
    ...metric(
      'tls.bootstrap',
      'tls.start',
      'tls.kubeconfig',
      'TLS bootstrap',
      'How long from the start of secure TLS bootstrapping or of the kubelet process, whichever comes first, to the kubeconfig?',
    ),
    // 1 counted from kubelet's start: if the secure client ran before kubelet, only the client's failures had a value.
    definition: 2,
  },
  metric(
    'tls.bootstrap-event',
    'tls.bootstrap-event/start',
    'tls.bootstrap-event/end',
    'TLS bootstrap, according to the node',
    "How long did TLS bootstrap take according to the node's own event?",
  ),
  metric(
    'node.ready',
    'kernel.start',
    'node.ready',
    'Node ready',
    'When is the node usable? Kernel start to NodeReady.',
  ),
  ...OUTSIDE,
];

/** A metric from the start to the end of the span with its name. */
const spanMetric = (id: string, title: string, question: string): Metric =>
  metric(id, edgeIdOf(id, 'start'), edgeIdOf(id, 'end'), title, question);

const FAMILIES = {
  unit: (id: string, name: string) => spanMetric(id, name, `How long from activating ${name} to active?`),
  'cloud-init': (id: string, name: string) => spanMetric(id, `cloud-init ${name}`, `How long did ${name} take?`),
  task: (id: string, name: string) => spanMetric(id, name, `How long did the step ${name} take?`),
  marker: (id: string, name: string) => metric(id, 'kernel.start', id, name, `When was the marker ${name} first seen?`),
} as const;
/** Questions of the open families, for the reference. */
export const FAMILY_MEANINGS = [
  ['unit.<unit>', 'How long from activating the unit to active?'],
  ['cloud-init.<stage>', 'How long did the stage of cloud-init take?'],
  ['cse.<task>', 'How long did the provisioning step take?'],
  ['marker.<name>', 'When was the marker of the scenario first seen?'],
] as const;
const FAMILY_NAMES = ['unit', 'cloud-init', 'task', 'marker'] as const;

const BY_ID: ReadonlyMap<string, Metric> = new Map(METRICS.map((each) => [each.id, each]));

/** The metric of an id, or undefined if there is no such metric. */
export function metricOf(id: string): Metric | undefined {
  const known = BY_ID.get(id);
  if (known !== undefined) return known;
  for (const family of FAMILY_NAMES) {
    const name = nameIn(family, id);
    if (name !== undefined) return FAMILIES[family](id, name);
  }
  return undefined;
}

/** Events by id, for reports and for the reason why one is missing. */
export const eventMeaning: ReadonlyMap<string, EventMeaning> = new Map(EVENTS.map((each) => [each.id, each]));

/** The problem of a scenario's metric id, with the nearest existing id; undefined if there is none. */
export function checkMetricId(id: string, markers: readonly string[]): string | undefined {
  const marker = id.startsWith(prefixOf('marker')) ? id.slice(prefixOf('marker').length) : undefined;
  if (marker === undefined ? metricOf(id) !== undefined : markers.includes(marker)) return undefined;
  const known = [...METRICS.map((each) => each.id), ...markers.map((name) => metricIdOf('marker', name))];
  const families = FAMILY_NAMES.map((family) => `${prefixOf(family)}<name>`).join(', ');
  return `there is no metric "${id.slice(0, 80)}"; did you mean ${closest(id.slice(0, 80), known)}? Known are ${METRICS.map((each) => each.id).join(', ')}, and ${families}`;
}

/**
 * The same for a pattern, in which `*` stands for any part of an id: it must be able to match something. Only the boot shows which
 * units and steps a machine has.
 */
export function checkMetricPattern(pattern: string, markers: readonly string[]): string | undefined {
  const [start = ''] = pattern.split('*');
  const known = [...METRICS.map((each) => each.id), ...markers.map((name) => metricIdOf('marker', name))];
  const open = FAMILY_NAMES.filter((family) => family !== 'marker').map(prefixOf);
  const starts = (prefix: string) => prefix.startsWith(start) || start.startsWith(prefix);
  if (open.some(starts) || known.some((id) => id.startsWith(start))) return undefined;
  return `no metric matches "${pattern.slice(0, 80)}"; patterns are like ${open.map((prefix) => `${prefix}*`).join(', ')}`;
}
