/**
 * How much later an item of a boot could have begun for the same end, as the boot's own record has it: what an experiment is checked against.
 *
 *   off the path    the time until what waits for it began, and what that could have waited itself; the least of all that wait
 *   on the path     none; but what it did not run it waited for the processor, which it can do later as well as now
 *   before a lock   what the script did ahead of a step that waited for a lock could have come later by that wait
 *   beside others   work off the path that shares the processor is done sooner when the path stands still
 *
 * Undefined where nothing that leads to the end is known to wait for the item: then a delay of it should not be seen.
 */
import type { PathSegment } from '../model/boot.ts';
import { itemIdOf, itemOf } from '../model/ids.ts';
import { type Us, us } from '../model/units.ts';
import { metricOf } from './catalogue.ts';
import { criticalPath } from './critical-path.ts';
import { measure, stampOf, type Timeline } from './measure.ts';
import { type Boot, bootOf, endNode, type PathNode } from './path-nodes.ts';

export interface PathSlack {
  /** Length of the item's own parts of the path. */
  readonly onPathUs: Us;
  readonly slackUs: Us | undefined;
  /** It is off the path and works beside it: a delay may even help. */
  readonly competes: boolean;
  /** It is on the path for no other reason than the lock that it holds: nothing is ordered after it. */
  readonly byLock: boolean;
}

export function pathSlack(metricId: string, item: string, timeline: Timeline): PathSlack | undefined {
  const path = criticalPath(metricId, timeline);
  const to = stampOf(metricOf(metricId)?.to ?? '', timeline);
  if (path === undefined || to === undefined || measure(metricId, timeline).kind === 'missing') return undefined;
  const boot = bootOf(timeline);
  const own = path.filter((segment) => segment.item === item);
  const slackUs = itemSlack({ boot, path, end: endNode(boot, metricOf(metricId)?.to ?? '', to.us) }, item);
  return {
    onPathUs: us(lengthOf(own)),
    slackUs: slackUs === undefined ? undefined : us(Math.round(slackUs)),
    competes: path.some(({ competes }) => competes?.includes(item)),
    byLock: path.some((segment) => segment.during !== undefined && segment.item.endsWith(`(${itemOf(item).name})`)),
  };
}

interface Walk {
  readonly boot: Boot;
  readonly path: readonly PathSegment[];
  readonly end: PathNode;
}

const lengthOf = (segments: readonly PathSegment[]): number =>
  segments.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0);

function itemSlack(walk: Walk, item: string): number | undefined {
  const { boot, path } = walk;
  const own = path.filter((segment) => segment.item === item);
  const waited = lengthOf(path.filter(({ during }) => during === item));
  if (own.length > 0) {
    const queued = own.reduce(
      (sum, { fromUs, toUs, runningUs }) => sum + (runningUs === undefined ? 0 : toUs - fromUs - runningUs),
      0,
    );
    return waited + queued + competitionAfter(boot, path, own);
  }
  if (waited > 0) return waited;
  const tied = path.some(({ ties }) => ties?.includes(item));
  if (tied) return 0;
  const step = boot.steps.find((each) => each.item === item);
  if (step !== undefined) return stepSlack(walk, step.startUs);
  const slacks = startsOf(boot, item).flatMap((unit) => unitSlack(walk, unit, new Map()) ?? []);
  return slacks.length === 0 ? undefined : Math.min(...slacks);
}

/** What shares the processor with the part behind the item: while the item is held back it gets done. */
function competitionAfter(boot: Boot, path: readonly PathSegment[], own: readonly PathSegment[]): number {
  const last = own.at(-1);
  if (last === undefined) return 0;
  const first = path.indexOf(last);
  const next = path[first + 1];
  if (next === undefined || (next.competes ?? []).length === 0) return 0;
  // A part that mostly waits by itself has no use for the processor.
  const unit = [...boot.units.values()].find(({ item }) => item === next.item);
  const works = unit === undefined || (unit.cpuUs ?? 0) >= (next.toUs - next.fromUs) / 2;
  return works ? lengthOf([next]) : 0;
}

/** A unit that was started several times has a span for each: `containerd.service~1`. */
const startsOf = ({ units }: Boot, item: string): PathNode[] =>
  [...units.values()].filter((unit) => unit.item === item || unit.item.replace(/~\d+$/, '') === item);

/** The script continues in order: a step is waited for by whatever of it is on the path next, through the waits for locks in between. */
function stepSlack({ path, boot }: Walk, startUs: Us): number | undefined {
  const wait = path.filter(({ during, toUs }) => during !== undefined && toUs > startUs);
  if (wait.length > 0) return lengthOf(wait);
  const ofScript = path.filter(({ item }) => boot.steps.some((step) => step.item === item) || item === SCRIPT);
  return ofScript.some(({ fromUs }) => fromUs >= startUs) ? 0 : undefined;
}

const SCRIPT = itemIdOf('provisioning', 'between steps');

function unitSlack(walk: Walk, unit: PathNode, known: Map<string, number | undefined>): number | undefined {
  const { boot, path, end } = walk;
  if (unit.item === end.item || path.some(({ item }) => item === unit.item)) return 0;
  if (known.has(unit.item)) return known.get(unit.item);
  // Ordering has no cycles, but what a machine says need not be so.
  known.set(unit.item, undefined);
  const around = boot.steps.findLast((step) => step.startUs <= unit.startUs && unit.endUs <= step.endUs);
  const waiting = [...boot.units.values()].filter(
    ({ after, startUs }) => after.includes(unit.name) && startUs >= unit.endUs,
  );
  const slacks = [
    around === undefined ? undefined : stepSlack(walk, around.startUs),
    end.after.includes(unit.name) ? Math.max(0, end.startUs - unit.endUs) : undefined,
    ...waiting.map((next) => {
      const then = unitSlack(walk, next, known);
      return then === undefined ? undefined : then + next.startUs - unit.endUs;
    }),
  ].filter((slack) => slack !== undefined);
  const least = slacks.length === 0 ? undefined : Math.min(...slacks);
  known.set(unit.item, least);
  return least;
}
