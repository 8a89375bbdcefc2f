/**
 * The nodes of a critical path: units, the provisioning script, the guest agent's wait, kubelet's milestones until the node is
 * ready; each with its known causes. `critical-path.ts` walks along them.
 */
import type { PathSegment } from '../model/boot.ts';
import { edgeOf, itemIdOf, nameIn, WHOLE_SCRIPT } from '../model/ids.ts';
import type { Span } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { launchOf, stampOf, type Timeline } from './measure.ts';
import type { Covering } from './tiles.ts';

/** An activity that the walk can visit. A gap before it gets its name from `name`. */
export interface PathNode {
  readonly name: string;
  readonly item: string;
  readonly kind: PathSegment['kind'];
  readonly startUs: Us;
  readonly endUs: Us;
  /** Names of the units that had to end before it. */
  readonly after: readonly string[];
  readonly causes: readonly PathNode[];
  /** The provisioning script runs inside it: the path splits its time into steps. */
  readonly hosts: boolean;
  /** Processor time of a unit, if systemd counted it. */
  readonly cpuUs?: Us;
}

/** A step that waited for a lock until the unit that held it ended. */
export interface LockWait {
  readonly item: string;
  readonly lock: string;
  readonly startUs: Us;
  readonly endUs: Us;
  readonly holder: string;
}

/** A boot as the walk needs it. */
export interface Boot {
  readonly timeline: Timeline;
  readonly units: ReadonlyMap<string, PathNode>;
  /** The units that run provisioning scripts. */
  readonly hosts: readonly PathNode[];
  readonly steps: readonly Covering[];
  /** Stages that cloud-init reports for its units. */
  readonly stages: readonly Covering[];
  readonly provisioning: PathNode | undefined;
  readonly lockWaits: readonly LockWait[];
  readonly userspaceUs: Us;
}

export const at = (timeline: Timeline, id: string): Us | undefined => {
  const stamp = stampOf(id, timeline);
  return stamp?.clock === 'monotonic' ? stamp.us : undefined;
};

export function bootOf(timeline: Timeline): Boot {
  const spans = timeline.spans.filter(
    ({ start, end }) => start.clock === 'monotonic' && (end?.clock ?? 'monotonic') === 'monotonic',
  );
  const [steps, stages] = [coveringOf(spans, 'task'), coveringOf(spans, 'cloud-init')];
  const startUs = at(timeline, 'cse.start') ?? steps[0]?.startUs;
  const endUs = at(timeline, 'cse.end') ?? us(Math.max(0, ...steps.map((step) => step.endUs)));
  const runs = startUs !== undefined && endUs > startUs ? { startUs, endUs } : undefined;
  const units = new Map(spans.filter(({ kind }) => kind === 'unit').map((span) => [span.name, unitNode(span)]));
  const launch = runs && launchOf(timeline, runs.startUs);
  const host = runs && unitHosting(units, launch ? hookOf(timeline, launch.us) : runs.startUs);
  if (host !== undefined && launch === undefined) units.set(host.name, { ...host, hosts: true });
  const cause = launch
    ? launchedNode(timeline, launch.us, runs?.startUs ?? launch.us, host)
    : (host ?? (runs && agentNode(timeline, units, runs.startUs)));
  const provisioning = runs && provisioningNode(timeline, runs, cause);
  const lockWaits = spans.flatMap(lockWaitOf);
  const hosts = [...units.values()].filter(({ name }) => HOSTS.test(name)).slice(0, MOST_HOSTS);
  return {
    timeline,
    units,
    hosts,
    steps,
    stages,
    provisioning,
    lockWaits,
    userspaceUs: at(timeline, 'userspace.start') ?? us(0),
  };
}

function lockWaitOf({ kind, name, start, end, lock }: Span): LockWait[] {
  if (lock?.holder === undefined || end === undefined) return [];
  return [{ item: itemIdOf(kind, name), lock: lock.name, startUs: start.us, endUs: end.us, holder: lock.holder }];
}

/** Spans of a kind, which may cover the time of others; a span without an end lasts for ever. */
const coveringOf = (spans: readonly Span[], kind: Span['kind']): Covering[] =>
  spans
    // The event of the whole script is not one of its steps.
    .filter((span) => span.kind === kind && span.name !== WHOLE_SCRIPT)
    .map(({ name, start, end }) => ({
      item: itemIdOf(kind, name),
      startUs: start.us,
      endUs: end?.us ?? us(Number.MAX_SAFE_INTEGER),
    }))
    .sort((a, b) => a.startUs - b.startUs);

/** Units whose activation is nothing but waiting: for a device, for the network. */
const WAITS = /\.device$|wait-online|udev-settle/;

const unitNode = ({ name, start, end, after, cpuUs }: Span): PathNode => ({
  name,
  item: itemIdOf('unit', name),
  kind: WAITS.test(name) ? 'wait' : 'work',
  startUs: start.us,
  endUs: end?.us ?? us(Number.MAX_SAFE_INTEGER),
  after: after ?? [],
  causes: [],
  hosts: false,
  ...(cpuUs !== undefined && { cpuUs }),
});

/** Units that run provisioning scripts on the images we know; any other unit only if no further unit is starting. */
const HOSTS = /provision|custom-?script|cse|boot-?hook|node-controller|cloud-(?:init|config|final)|ignition/i;

/** Images have a handful; the walk checks every gap of the path against each. */
const MOST_HOSTS = 200;

/** The unit that was starting when provisioning began, and therefore runs provisioning. */
function unitHosting(units: ReadonlyMap<string, PathNode>, startUs: Us): PathNode | undefined {
  const around = [...units.values()]
    .filter((unit) => unit.name.endsWith('.service') && unit.startUs <= startUs && unit.endUs > startUs)
    .sort((a, b) => b.startUs - a.startUs || (a.name < b.name ? -1 : 1));
  return around.find(({ name }) => HOSTS.test(name)) ?? (around.length === 1 ? around[0] : undefined);
}

/** The start of the boothook that launched provisioning. A boothook that launched nothing is no part of provisioning. */
const hookOf = (timeline: Timeline, launchUs: Us): Us =>
  us(Math.min(at(timeline, 'boothook.start') ?? launchUs, launchUs));

/**
 * From the boothook's launch until provisioning starts: nothing waits for the guest agent, and the hook's unit continues in
 * parallel. If the hook reports its start, its earlier work (it writes the node's configuration, or waits for it) is a
 * separate item.
 */
function launchedNode(timeline: Timeline, launchUs: Us, startUs: Us, host: PathNode | undefined): PathNode {
  const hookUs = hookOf(timeline, launchUs);
  const unit = host && { ...host, endUs: us(Math.min(host.endUs, hookUs)) };
  const before = unit ? [unit] : [];
  const hook =
    hookUs < launchUs ? [made('controller.launch', 'boothook:until launch', 'work', hookUs, launchUs, before)] : before;
  return made('provisioning', 'controller:until provisioning', 'work', launchUs, startUs, hook);
}

/** Without such a unit the guest agent runs provisioning, some time after the agent's start. */
function agentNode(timeline: Timeline, units: ReadonlyMap<string, PathNode>, startUs: Us): PathNode | undefined {
  const agentUs = at(timeline, 'agent.start');
  if (agentUs === undefined || agentUs > startUs) return undefined;
  const agent = [...units.values()].filter(({ name }) => /^(?:walinuxagent|waagent)\.service$/.test(name));
  return made('provisioning', 'agent:wait for provisioning', 'wait', agentUs, startUs, agent);
}

function provisioningNode(
  { events }: Timeline,
  { startUs, endUs }: { readonly startUs: Us; readonly endUs: Us },
  cause: PathNode | undefined,
): PathNode {
  const before = cause && { ...cause, endUs: us(Math.min(cause.endUs, startUs)), hosts: false };
  const name = events.some(({ id }) => id === 'cse.start') ? 'cse.start' : 'provisioning';
  return { ...made(name, BETWEEN_STEPS, 'work', startUs, endUs, before ? [before] : []), hosts: true };
}

export const BETWEEN_STEPS = 'provisioning:between steps';

function made(
  name: string,
  item: string,
  kind: PathNode['kind'],
  startUs: Us,
  endUs: Us,
  causes: readonly PathNode[],
): PathNode {
  return { name, item, kind, startUs, endUs, after: [], causes, hosts: false };
}

/** The activity that ended, or was still running, at the mark. */
export function endNode(boot: Boot, mark: string, endUs: Us): PathNode {
  const milestones = milestonesUntil(boot, mark, endUs);
  if (milestones !== undefined) return milestones;
  const unit = unitOfMark(boot, mark);
  if (unit !== undefined) return { ...unit, endUs };
  if (boot.provisioning !== undefined && /^cse\./.test(mark)) return { ...boot.provisioning, endUs };
  // Any unit may be the last: start-up finishes when no job is left.
  return { ...made(mark, `wait:${mark}`, 'unknown', endUs, endUs, []), after: [...boot.units.keys()] };
}

function unitOfMark({ units, timeline }: Boot, mark: string): PathNode | undefined {
  if (mark === 'kubelet.start') return units.get('kubelet.service');
  if (mark === 'containerd.ready') return units.get('containerd.service');
  const unit = nameIn('unit', edgeOf(mark)?.of ?? mark);
  if (unit !== undefined) return units.get(unit);
  // The target's own stamp made the event: they share their line.
  const evidence = stampOf(mark, timeline)?.evidence;
  const span = timeline.spans.find(
    ({ kind, end }) =>
      kind === 'unit' && end?.evidence.line === evidence?.line && end?.evidence.file === evidence?.file,
  );
  return span && units.get(span.name);
}

/** Milestones until the node is ready: kubelet needs each for the next. An item has the name of the mark that ends it. */
const MILESTONES: readonly { readonly id: string; readonly item: string; readonly kind: PathNode['kind'] }[] = [
  { id: 'node.ready', item: 'node:ready', kind: 'work' },
  { id: 'node.registered', item: 'node:registered', kind: 'wait' },
  { id: 'node.registering', item: 'node:registering', kind: 'work' },
  { id: 'tls.kubeconfig', item: 'tls:bootstrap', kind: 'wait' },
];

/** The unit of secure TLS bootstrapping, if it started before kubelet and was running when the kubeconfig appeared. */
function secureClient({ units, timeline }: Boot, endUs: Us): PathNode | undefined {
  const client = units.get('secure-tls-bootstrap.service');
  const kubeletUs = at(timeline, 'kubelet.start') ?? Infinity;
  if (client === undefined || client.startUs > Math.min(kubeletUs, endUs) || client.endUs < endUs) return undefined;
  return { ...client, endUs };
}

/** The chain of milestones up to `mark`; undefined if it is no milestone. The chain omits a mark that is out of order. */
function milestonesUntil(boot: Boot, mark: string, endUs: Us): PathNode | undefined {
  const index = MILESTONES.findIndex(({ id }) => id === mark);
  const milestone = MILESTONES[index];
  if (milestone === undefined) return undefined;
  const client = mark === 'tls.kubeconfig' ? secureClient(boot, endUs) : undefined;
  if (client !== undefined) return client;
  const previous = MILESTONES.slice(index + 1)
    .map(({ id }) => ({ id, us: at(boot.timeline, id) }))
    .find((each): each is { id: string; us: Us } => each.us !== undefined && each.us <= endUs);
  const kubeletUs = at(boot.timeline, 'kubelet.start');
  if (previous !== undefined && previous.us >= (kubeletUs ?? 0)) {
    const cause = milestonesUntil(boot, previous.id, previous.us);
    return made(mark, milestone.item, milestone.kind, previous.us, endUs, cause ? [cause] : []);
  }
  const kubelet = boot.units.get('kubelet.service');
  if (kubeletUs === undefined || kubeletUs > endUs) return made(mark, milestone.item, milestone.kind, endUs, endUs, []);
  const started = kubelet && { ...kubelet, endUs: kubeletUs };
  return made(mark, milestone.item, milestone.kind, kubeletUs, endUs, started ? [started] : []);
}
