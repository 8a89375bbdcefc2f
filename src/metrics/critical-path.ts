/**
 * What held a boot up: from kernel start to an end mark, each instant belongs to exactly one item, so that the items of two
 * boots can be set against each other and their differences add up to the difference of the whole.
 *
 * The walk goes back from the end mark. Of whatever was being done, it takes the time since that began; then asks what that
 * had been waiting for, which is the latest to end of all that was ordered before it; and so on until the kernel.
 *
 *   kernel     |=======|
 *   a.service          :..|=====|                      c ran last; b is what it waited for (b ended after a); between b's
 *   b.service          :....|========|                 end and c's start nothing known ran: an item of its own
 *   c.service          :             :...|======|
 *                                               ^ end mark
 *   path       |kernel |m.|    b     |w:c|  c   |      m: the manager until its first unit
 *
 * Where a unit was started by the provisioning script and not by its ordering (nothing ordered before it ended just before,
 * and the script ran), the script's steps up to then are the cause: they are laid flat, innermost step first, what no step
 * covers being `provisioning:between steps`; before its first step comes the unit that runs the script, or the wait for the
 * guest agent.
 *
 * What it cannot know, it names: `wait:<what came next>` is a gap before something in which nothing known ended or ran;
 * short ones are the manager's own time between units, and one item.
 * Ordering edges are those of `After=`: a unit that was pulled in late, or triggered by a socket, timer or device shows such
 * a gap. All times are whole microseconds of the guest's monotonic clock.
 */
import type { PathSegment } from '../model/boot.ts';
import { us } from '../model/units.ts';
import { metricOf } from './catalogue.ts';
import { measure, stampOf, type Timeline } from './measure.ts';
import { at, BETWEEN_STEPS, type Boot, bootOf, endThing, HOSTS, type Thing } from './path-nodes.ts';
import { type Covering, tilesOf } from './tiles.ts';

/**
 * Between the end of a unit and the start of the next one the manager needs time: on an emulated processor up to 60 ms. A
 * longer gap has another cause.
 */
const DISPATCH_US = 100_000;

const BETWEEN_UNITS = 'systemd:between units';

/** The path of a metric, in order of time. Undefined where the metric has no value on the guest's monotonic clock. */
export function criticalPath(metricId: string, timeline: Timeline): PathSegment[] | undefined {
  const metric = metricOf(metricId);
  if (metric === undefined || measure(metricId, timeline).kind === 'missing') return undefined;
  const from = stampOf(metric.from, timeline);
  const to = stampOf(metric.to, timeline);
  if (from?.clock !== 'monotonic' || to?.clock !== 'monotonic' || to.us < from.us) return undefined;
  const boot = bootOf(timeline);
  const path = withoutGaps([...phasesOf(timeline), ...walk(boot, endThing(boot, metric.to, to.us), to.us)], to.us);
  return clipped(path, from.us, to.us);
}

/** Back from the end mark to the start of userspace; segments in order of time, with a hole where nothing was known. */
function walk(boot: Boot, end: Thing, endUs: number): PathSegment[] {
  const back: PathSegment[] = [];
  const visited = new Set<string>();
  const firstUs = firstUnitUs(boot);
  let untilUs = endUs;
  const take = (item: string, kind: PathSegment['kind'], fromUs: number) => {
    const start = Math.max(fromUs, boot.userspaceUs);
    if (start >= untilUs) return;
    back.push({ item, kind, fromUs: us(start), toUs: us(untilUs) });
    untilUs = start;
  };
  for (let thing: Thing | undefined = end; thing !== undefined && untilUs > firstUs; ) {
    // Ordering has no cycles, but what a machine says need not be so.
    if (visited.has(thing.item)) break;
    visited.add(thing.item);
    for (const own of ownTime(boot, thing, untilUs)) take(own.item, own.kind, own.fromUs);
    const cause = causeOf(boot, thing, untilUs, visited);
    // What was there before the manager started its first unit (the root mount) was waited for by nobody.
    const sinceUs = Math.max(cause?.endUs ?? 0, firstUs);
    if (untilUs - sinceUs <= DISPATCH_US) take(BETWEEN_UNITS, 'work', sinceUs);
    else take(`wait:${thing.name}`, 'unknown', sinceUs);
    thing = cause;
  }
  return back.reverse();
}

/** Mounts, devices and slices are there before the manager starts anything. */
const STARTED = /\.(?:service|socket|target|timer|path)$/;

function firstUnitUs({ units, userspaceUs }: Boot): number {
  const started = [...units.values()]
    .filter(({ name, startUs }) => STARTED.test(name) && startUs >= userspaceUs)
    .map(({ startUs }) => startUs);
  return started.reduce((first, startUs) => Math.min(first, startUs), started[0] ?? userspaceUs);
}

/** A thing's own time until then, latest first; that of a script by its steps, that of cloud-init by its stages. */
function ownTime(boot: Boot, thing: Thing, untilUs: number): PathSegment[] {
  const covering = [...(thing.hosts ? scriptOf(boot) : []), ...(CLOUD_INIT.test(thing.name) ? boot.stages : [])];
  return tilesOf(covering, Math.min(thing.startUs, untilUs), untilUs)
    .map(({ item, fromUs, toUs }): PathSegment => {
      const what = item === undefined ? thing : { item, kind: 'work' as const };
      return { item: what.item, kind: what.kind, fromUs: us(fromUs), toUs: us(toUs) };
    })
    .reverse();
}

const CLOUD_INIT = /^cloud-(?:init|config|final)/;

function scriptOf({ provisioning, steps }: Boot): Covering[] {
  if (provisioning === undefined) return [];
  return [{ item: BETWEEN_STEPS, startUs: provisioning.startUs, endUs: provisioning.endUs }, ...steps];
}

/** What it had waited for when it began: the latest to end of what was ordered before it. */
function causeOf(boot: Boot, thing: Thing, beganUs: number, visited: ReadonlySet<string>): Thing | undefined {
  const ordered = thing.after.flatMap((name) => boot.units.get(name) ?? []);
  const ended = [...thing.causes, ...ordered].filter(
    ({ item, startUs, endUs }) => Math.min(endUs, startUs) <= beganUs && endUs <= beganUs && !visited.has(item),
  );
  const latest = ended.reduce<Thing | undefined>(
    (best, each) => (best === undefined || later(each, best) ? each : best),
    undefined,
  );
  if (thing.causes.length > 0 || beganUs - (latest?.endUs ?? 0) <= DISPATCH_US) return latest;
  const script = scriptAt(boot, beganUs, visited);
  return script === undefined ? latest : { ...script, endUs: beganUs };
}

/** The script that was running then, and may have started what came next: provisioning, or a unit that runs such scripts. */
function scriptAt({ provisioning, units }: Boot, atUs: number, visited: ReadonlySet<string>): Thing | undefined {
  const running = ({ item, startUs, endUs }: Thing) => startUs < atUs && atUs <= endUs && !visited.has(item);
  if (provisioning !== undefined && running(provisioning)) return provisioning;
  return [...units.values()]
    .filter((unit) => HOSTS.test(unit.name) && running(unit))
    .reduce<Thing | undefined>(
      (best, each) => (best === undefined || best.startUs < each.startUs ? each : best),
      undefined,
    );
}

/** Of two that end together the one that began later says more; the name makes it the same every time. */
const later = (a: Thing, b: Thing): boolean =>
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
    fromUs: us(atUs),
    toUs: us(seen[index + 1]?.atUs ?? atUs),
  }));
}

/** Joins phases and walk into one unbroken line up to `endUs`. A hole after the phases is the manager's own start. */
function withoutGaps(segments: readonly PathSegment[], endUs: number): PathSegment[] {
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
    path.push({ item: 'phase:manager', kind: 'work', fromUs: last.toUs, toUs: us(endUs) });
  return path;
}

/** The part of a path that a metric covers; what lies before everything known is named so. */
function clipped(path: readonly PathSegment[], fromUs: number, toUs: number): PathSegment[] {
  const inside = path
    .map((segment) => ({
      ...segment,
      fromUs: us(Math.max(segment.fromUs, fromUs)),
      toUs: us(Math.min(segment.toUs, toUs)),
    }))
    .filter((segment) => segment.fromUs < segment.toUs);
  const firstUs = inside[0]?.fromUs ?? toUs;
  if (firstUs <= fromUs) return inside;
  return [{ item: 'wait:nothing known', kind: 'unknown', fromUs: us(fromUs), toUs: us(firstUs) }, ...inside];
}
