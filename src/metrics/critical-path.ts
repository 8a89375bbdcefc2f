/**
 * The critical path of a boot. From kernel start to an end mark, each instant belongs to exactly one item. So a reader can compare
 * the items of two boots, and the items' differences add up to the difference of the whole.
 *
 * The walk goes back from the end mark. It takes the running item's time since the item's start. Then it takes the item that
 * this one waited for: the last to end of all items ordered before it. It continues until the kernel.
 *
 *   kernel     |=======|
 *   a.service          :..|=====|                      c ran last and waited for b (b ended after a); between b's end and
 *   b.service          :....|========|                 c's start nothing known ran: a separate item
 *   c.service          :             :...|======|
 *                                               ^ end mark
 *   path       |kernel |m.|    b     |w:c|  c   |      m: the manager until its first unit
 *
 * If the provisioning script and not the ordering started a unit (nothing ordered before it ended just before, and the script
 * ran), the script's steps up to then are the cause. The path flattens them: the innermost step owns each instant, and
 * `provisioning:between steps` the rest. Before the first step comes the unit that runs the script, or the wait for the guest
 * agent.
 *
 * `wait:<next item>` is a gap before an item, in which nothing known ended or ran. Short gaps are the manager's time between
 * units, and one item.
 * Ordering edges come from `After=`: a unit that a late job, socket, timer or device started shows such a gap. All times are
 * whole microseconds of the guest's monotonic clock.
 */
import type { PathSegment } from '../model/boot.ts';
import { type Us, us } from '../model/units.ts';
import { metricOf } from './catalogue.ts';
import { measure, stampOf, type Timeline } from './measure.ts';
import { at, BETWEEN_STEPS, type Boot, bootOf, endNode, type LockWait, type PathNode } from './path-nodes.ts';
import { type Covering, tilesOf } from './tiles.ts';

/**
 * The manager needs time between the end of a unit and the start of the next: on an emulated processor up to 60 ms. A longer
 * gap has another cause.
 */
const DISPATCH_US = 100_000;

const BETWEEN_UNITS = 'systemd:between units';

/** The path of a metric, in order of time. Undefined if the metric has no value on the guest's monotonic clock. */
export function criticalPath(metricId: string, timeline: Timeline): PathSegment[] | undefined {
  const metric = metricOf(metricId);
  if (metric === undefined || measure(metricId, timeline).kind === 'missing') return undefined;
  const from = stampOf(metric.from, timeline);
  const to = stampOf(metric.to, timeline);
  if (from?.clock !== 'monotonic' || to?.clock !== 'monotonic' || to.us < from.us) return undefined;
  const boot = bootOf(timeline);
  const path = withoutGaps([...phasesOf(timeline), ...walk(boot, endNode(boot, metric.to, to.us), to.us)], to.us);
  return withCompetition(boot, clipped(path, from.us, to.us));
}

/** Back from the end mark to the start of userspace; segments in order of time, with a hole where nothing is known. */
function walk(boot: Boot, end: PathNode, endUs: Us): PathSegment[] {
  const back: PathSegment[] = [];
  const visited = new Set<string>();
  const firstUs = firstUnitUs(boot);
  let untilUs = endUs;
  let ties: readonly string[] = [];
  const take = (item: string, kind: PathSegment['kind'], fromUs: Us, during?: string) => {
    const start = Math.max(fromUs, boot.userspaceUs);
    if (start >= untilUs) return;
    const segment = { item, kind, fromUs: us(start), toUs: untilUs };
    back.push({ ...segment, ...(during !== undefined && { during }), ...(ties.length > 0 && { ties: [...ties] }) });
    ties = [];
    untilUs = us(start);
  };
  for (let node: PathNode | undefined = end; node !== undefined && untilUs > firstUs; ) {
    // systemd's ordering has no cycles, but a damaged artifact may have one.
    if (visited.has(node.item)) break;
    visited.add(node.item);
    const held: HeldUp | undefined = node.hosts ? lockBehind(boot, node, untilUs, visited) : undefined;
    for (const own of ownTime(boot, node, untilUs, held?.holder.endUs)) take(own.item, own.kind, own.fromUs);
    if (held !== undefined) {
      const { wait, holder }: HeldUp = held;
      take(`wait:${wait.lock} (${holder.name})`, 'wait', us(Math.max(wait.startUs, holder.startUs)), wait.item);
      node = { ...holder, endUs: untilUs };
      continue;
    }
    const cause = causeOf(boot, node, untilUs, visited);
    // Nothing waited for units from before the manager started its first unit (the root mount).
    const sinceUs = Math.max(cause?.endUs ?? 0, firstUs);
    if (untilUs - sinceUs <= DISPATCH_US) take(BETWEEN_UNITS, 'work', us(sinceUs));
    else take(`wait:${node.name}`, 'unknown', us(sinceUs));
    ties = cause === undefined ? [] : tiesWith(cause, boot, node, visited);
    node = cause;
  }
  return back.reverse();
}

interface HeldUp {
  readonly wait: LockWait;
  readonly holder: PathNode;
}

/**
 * The last lock that a step of the script waited for until then, with the unit that held it. While the holder worked, nothing
 * waited for the script's earlier steps, so the holder is on the path.
 */
function lockBehind(boot: Boot, script: PathNode, untilUs: Us, visited: ReadonlySet<string>) {
  return boot.lockWaits
    .flatMap((wait) => {
      const holder = boot.units.get(wait.holder);
      return holder === undefined || visited.has(holder.item) ? [] : [{ wait, holder }];
    })
    .filter(({ wait, holder }) => wait.startUs >= script.startUs && holder.endUs > wait.startUs)
    .filter(({ wait, holder }) => holder.endUs <= Math.min(wait.endUs, untilUs))
    .reduce<HeldUp | undefined>(
      (best, each) => (best === undefined || each.holder.endUs > best.holder.endUs ? each : best),
      undefined,
    );
}

/** Two ends nearer than this may swap order in the next boot: with another seed, ends in one virtual boot moved by 10 ms each. */
const TIE_US = 20_000;

/** Other units that the node waited for and that ended as late. */
function tiesWith(cause: PathNode, boot: Boot, node: PathNode, visited: ReadonlySet<string>): string[] {
  return node.after
    .flatMap((name) => boot.units.get(name) ?? [])
    .filter(({ item, startUs, endUs }) => item !== cause.item && !visited.has(item) && endUs > startUs)
    .filter(({ endUs }) => endUs <= cause.endUs && cause.endUs - endUs <= TIE_US)
    .map(({ item }) => item)
    .sort();
}

/** Shorter work delays nothing by an amount that an experiment's dose could show. */
const COMPETES_US = 100_000;
const MOST_COMPETITORS = 3;

/** A unit waits for the processor if the work of others can fill at least this share of the time in which it did not run. */
const QUEUED = 0.5;

/** Otherwise it waited for something outside of this graph: a disk, a sleep. */
function isQueued(busy: readonly PathNode[], { item, fromUs, toUs }: PathSegment, cpuUs: Us): boolean {
  const waitedUs = toUs - fromUs - cpuUs;
  const othersUs = busy
    .filter((unit) => unit.item !== item)
    .reduce((sum, unit) => {
      const togetherUs = Math.min(toUs, unit.endUs) - Math.max(fromUs, unit.startUs);
      return sum + Math.max(0, Math.min(togetherUs, unit.cpuUs ?? 0));
    }, 0);
  return waitedUs > 0 && othersUs >= QUEUED * waitedUs;
}

/** The code checks each part of a path against all of them: beyond this number only the longest count. */
const MOST_BESIDE = 500;

const longest = <T>(things: readonly T[], lengthOf: (thing: T) => number): readonly T[] =>
  things.length <= MOST_BESIDE ? things : [...things].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, MOST_BESIDE);

/** Adds to each part of the path the work that ran in parallel, off the path, and the processor time of a unit's part. */
function withCompetition(boot: Boot, path: readonly PathSegment[]): PathSegment[] {
  const items = new Set(path.flatMap(({ item, during }) => [item, during ?? '']));
  const units = [...boot.units.values()];
  const unitOf = new Map(units.map((unit) => [unit.item, unit]));
  const busy = longest(
    units.filter(({ hosts, cpuUs }) => !hosts && (cpuUs ?? 0) > 0),
    ({ cpuUs }) => cpuUs ?? 0,
  );
  const all = [
    ...boot.steps.map((step) => ({ ...step, mostUs: step.endUs - step.startUs })),
    ...units.map((unit) => ({ ...unit, mostUs: unit.hosts ? 0 : (unit.cpuUs ?? 0) })),
  ].filter(({ item, mostUs }) => !items.has(item) && mostUs >= COMPETES_US);
  const working = longest(all, ({ mostUs }) => mostUs);
  return path.map((segment) => {
    const beside = (segment.toUs - segment.fromUs < COMPETES_US ? [] : working)
      .map(({ item, startUs, endUs, mostUs }) => {
        const togetherUs = Math.min(segment.toUs, endUs) - Math.max(segment.fromUs, startUs);
        return { item, togetherUs: Math.min(togetherUs, mostUs) };
      })
      .filter(({ togetherUs }) => togetherUs >= COMPETES_US)
      .sort((a, b) => b.togetherUs - a.togetherUs || (a.item < b.item ? -1 : 1))
      .slice(0, MOST_COMPETITORS)
      .map(({ item }) => item);
    const cpuUs = unitOf.get(segment.item)?.cpuUs;
    const runs = cpuUs !== undefined && isQueued(busy, segment, cpuUs);
    return {
      ...segment,
      ...(runs && { runningUs: cpuUs }),
      ...(beside.length > 0 && { competes: beside }),
    };
  });
}

/** Mounts, devices and slices exist before the manager starts anything. */
const STARTED = /\.(?:service|socket|target|timer|path)$/;

function firstUnitUs({ units, userspaceUs }: Boot): Us {
  const started = [...units.values()]
    .filter(({ name, startUs }) => STARTED.test(name) && startUs >= userspaceUs)
    .map(({ startUs }) => startUs);
  return started.reduce((first, startUs) => us(Math.min(first, startUs)), started[0] ?? userspaceUs);
}

/** A node's own time until then, latest first; splits a script into its steps and cloud-init into its stages. */
function ownTime(boot: Boot, node: PathNode, untilUs: Us, sinceUs = node.startUs): PathSegment[] {
  const covering = [...(node.hosts ? scriptOf(boot) : []), ...(CLOUD_INIT.test(node.name) ? boot.stages : [])];
  return tilesOf(covering, us(Math.min(sinceUs, untilUs)), untilUs)
    .map(({ item, fromUs, toUs }): PathSegment => {
      const what = item === undefined ? node : { item, kind: 'work' as const };
      return { item: what.item, kind: what.kind, fromUs, toUs };
    })
    .reverse();
}

/** cloud-init's own units, and no others with similar names, because each match checks all stages. */
const CLOUD_INIT = /^cloud-(?:init(?:-local|-main|-network)?|config|final)\.(?:service|target)$/;

function scriptOf({ provisioning, steps }: Boot): Covering[] {
  if (provisioning === undefined) return [];
  return [{ item: BETWEEN_STEPS, startUs: provisioning.startUs, endUs: provisioning.endUs }, ...steps];
}

/** The node that it waited for: the last to end of those ordered before it. */
function causeOf(boot: Boot, node: PathNode, beganUs: Us, visited: ReadonlySet<string>): PathNode | undefined {
  const ordered = node.after.flatMap((name) => boot.units.get(name) ?? []);
  const ended = [...node.causes, ...ordered].filter(
    ({ item, startUs, endUs }) => Math.min(endUs, startUs) <= beganUs && endUs <= beganUs && !visited.has(item),
  );
  const latest = ended.reduce<PathNode | undefined>(
    (best, each) => (best === undefined || later(each, best) ? each : best),
    undefined,
  );
  if (node.causes.length > 0 || beganUs - (latest?.endUs ?? 0) <= DISPATCH_US) return latest;
  const script = scriptAt(boot, beganUs, visited);
  return script === undefined ? latest : { ...script, endUs: beganUs };
}

/** The script that was running then and may have started the next item: provisioning, or a unit that runs such scripts. */
function scriptAt({ provisioning, hosts }: Boot, atUs: Us, visited: ReadonlySet<string>): PathNode | undefined {
  const running = ({ item, startUs, endUs }: PathNode) => startUs < atUs && atUs <= endUs && !visited.has(item);
  if (provisioning !== undefined && running(provisioning)) return provisioning;
  return hosts
    .filter(running)
    .reduce<PathNode | undefined>(
      (best, each) => (best === undefined || best.startUs < each.startUs ? each : best),
      undefined,
    );
}

/** Of two that end together, prefers the later start; the name makes the choice deterministic. */
const later = (a: PathNode, b: PathNode): boolean =>
  a.endUs !== b.endUs ? a.endUs > b.endUs : a.startUs !== b.startUs ? a.startUs > b.startUs : a.name < b.name;

/** Firmware to the start of userspace. */
function phasesOf(timeline: Timeline): PathSegment[] {
  const marks = ['firmware.start', 'loader.start', 'kernel.start', 'initrd.start', 'userspace.start'];
  const items = ['phase:firmware', 'phase:loader', 'phase:kernel', 'phase:initrd'];
  const seen = marks.flatMap((id, index) => {
    const atUs = at(timeline, id);
    return atUs === undefined ? [] : [{ atUs, item: items[index] ?? '' }];
  });
  return seen.slice(0, -1).map(({ atUs, item }, index) => ({
    item,
    kind: 'work',
    fromUs: atUs,
    toUs: us(seen[index + 1]?.atUs ?? atUs),
  }));
}

/** Joins phases and walk into one unbroken line up to `endUs`. A hole after the phases is the manager's own start. */
function withoutGaps(segments: readonly PathSegment[], endUs: Us): PathSegment[] {
  const path: PathSegment[] = [];
  for (const segment of segments) {
    const fromUs = us(Math.max(segment.fromUs, path.at(-1)?.toUs ?? -Infinity));
    const toUs = us(Math.min(segment.toUs, endUs));
    const before = path.at(-1);
    if (toUs <= fromUs) continue;
    if (before !== undefined && before.toUs < fromUs)
      path.push({ item: 'phase:manager', kind: 'work', fromUs: before.toUs, toUs: fromUs });
    if (before?.item === segment.item && before.toUs === fromUs) path[path.length - 1] = { ...before, toUs };
    else path.push({ ...segment, fromUs, toUs });
  }
  const last = path.at(-1);
  if (last !== undefined && last.toUs < endUs)
    path.push({ item: 'phase:manager', kind: 'work', fromUs: last.toUs, toUs: endUs });
  return path;
}

/** The part of a path that a metric covers; a separate item covers the time before everything known. */
function clipped(path: readonly PathSegment[], fromUs: Us, toUs: Us): PathSegment[] {
  const inside = path
    .map((segment) => ({
      ...segment,
      fromUs: us(Math.max(segment.fromUs, fromUs)),
      toUs: us(Math.min(segment.toUs, toUs)),
    }))
    .filter((segment) => segment.fromUs < segment.toUs);
  const firstUs = inside[0]?.fromUs ?? toUs;
  if (firstUs <= fromUs) return inside;
  return [{ item: 'wait:nothing known', kind: 'unknown', fromUs, toUs: firstUs }, ...inside];
}
