/**
 * The slack of an item: how much later it could have begun for the same end, according to the boot's record. Experiments check
 * this prediction.
 *
 *   off the path    the time until a waiting item began, plus that item's own slack; the least over all waiting items
 *   on the path     none, except the time in which it waited for the processor, because it can wait later instead
 *   before a lock   a step of the script before a step that waited for a lock could have come later by that wait
 *   beside others   work off the path that shares the processor finishes sooner while the path stands still
 *
 * Undefined if no item on a known way to the end waits for this item: then a delay of it should have no visible effect.
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
  /** It works in parallel to the path, off the path: a delay may even help. */
  readonly competes: boolean;
  /** It is on the path only because it holds a lock: no unit is ordered after it. */
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

/** Length of the path's next part, if other work competes with it: that work can run while the item waits. */
function competitionAfter(boot: Boot, path: readonly PathSegment[], own: readonly PathSegment[]): number {
  const last = own.at(-1);
  if (last === undefined) return 0;
  const first = path.indexOf(last);
  const next = path[first + 1];
  if (next === undefined || (next.competes ?? []).length === 0) return 0;
  // A part that mostly waits does not need the processor.
  const unit = [...boot.units.values()].find(({ item }) => item === next.item);
  const works = unit === undefined || (unit.cpuUs ?? 0) >= (next.toUs - next.fromUs) / 2;
  return works ? lengthOf([next]) : 0;
}

/** A unit that started several times has one span per start: `containerd.service~1`. */
const startsOf = ({ units }: Boot, item: string): PathNode[] =>
  [...units.values()].filter((unit) => unit.item === item || unit.item.replace(/~\d+$/, '') === item);

/** The script runs in order: the slack is the total of later lock waits on the path, else 0; undefined without later steps there. */
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
  // systemd's ordering has no cycles, but a damaged artifact may have one.
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
