/**
 * Metrics whose definition differs between variants. A change that turns a blocking call into an enqueue, renames a step, or
 * moves the start of an event changes the meaning of the value. Then the values no longer measure one thing, and their
 * difference is no speed-up. Spans can move, and the phases of kernel and initrd; other metrics between two events of the boot
 * mean the same everywhere.
 *
 *   before   ensureContainerd |--- starts containerd, waits ---|        contains containerd's start and its readiness
 *   after    ensureContainerd |-| enqueues                              contains no readiness
 *            containerd          |-----------------------|
 */
import { edgeIdOf, nameIn } from '../model/ids.ts';
import { measure, metricOfSpan, spanOf, stampOf, type Timeline } from './measure.ts';

/** The successful boots of one variant. */
export interface Side {
  readonly variant: string;
  readonly boots: readonly Timeline[];
}

/** At least this share of a variant's boots must agree, so that the variant is the cause: one boot may lose an event. */
const MOST = 0.8;

/** Fewer boots than this show chance, not a definition. */
const FEWEST = 2;

/** Units that provisioning steps start, with or without waiting for them. */
const STARTED_BY_STEPS = ['containerd.service', 'kubelet.service'];

/** Metric id -> how its definition differs. Compares each candidate with the baseline. */
export function movedDefinitions(baseline: Side, candidates: readonly Side[]): ReadonlyMap<string, string> {
  const moved = new Map<string, string>();
  for (const candidate of candidates) {
    if (baseline.boots.length < FEWEST || candidate.boots.length < FEWEST) continue;
    for (const metric of spanMetrics([...baseline.boots, ...candidate.boots])) {
      const how = RULES.reduce<string | undefined>(
        (said, rule) => said ?? rule(metric, baseline, candidate),
        undefined,
      );
      if (how !== undefined && !moved.has(metric)) moved.set(metric, how);
    }
    const initrd = comesOrGoes('boot.initrd', baseline, candidate);
    if (initrd !== undefined) {
      moved.set('boot.initrd', initrd);
      moved.set('boot.kernel', withoutInitrd(baseline, candidate));
    }
  }
  return moved;
}

type Rule = (metric: string, a: Side, b: Side) => string | undefined;

const RULES: readonly Rule[] = [comesOrGoes, startsAgain, stopsWaiting, startMoves];

function spanMetrics(boots: readonly Timeline[]): string[] {
  const ids = boots.flatMap(({ spans }) => spans.flatMap((span) => metricOfSpan(span) ?? []));
  return [...new Set([...ids, 'tls.bootstrap-event'])].sort();
}

const share = (boots: readonly Timeline[], holds: (boot: Timeline) => boolean): number =>
  boots.filter(holds).length / boots.length;

function comesOrGoes(metric: string, a: Side, b: Side): string | undefined {
  const seen = (boot: Timeline) => measure(metric, boot).kind === 'measured';
  for (const [has, lacks] of [
    [a, b],
    [b, a],
  ] as const)
    if (share(has.boots, seen) >= MOST && share(lacks.boots, seen) === 0)
      return `only ${has.variant} has it: it was added, removed or renamed in ${lacks.variant}`;
  return undefined;
}

/** An initrd without systemd is part of the kernel phase; with systemd it has its own phase. */
function withoutInitrd(a: Side, b: Side): string {
  const [apart, inside] = a.boots.some((boot) => measure('boot.initrd', boot).kind === 'measured') ? [a, b] : [b, a];
  return `in ${inside.variant} it contains the initrd, which is a separate phase in ${apart.variant}`;
}

/** A unit's stamps belong to its last start: if one variant starts it once and the other twice, they belong to different starts. */
function startsAgain(metric: string, a: Side, b: Side): string | undefined {
  const again = (boot: Timeline) => spanOf(`${metric}~1`, boot) !== undefined;
  if (nameIn('unit', metric) === undefined || metric.includes('~')) return undefined;
  for (const [twice, once] of [
    [a, b],
    [b, a],
  ] as const)
    if (share(twice.boots, again) >= MOST && share(once.boots, again) === 0)
      return `${twice.variant} restarts it, so this is its last start; ${once.variant} starts it once`;
  return undefined;
}

/** In one variant the step starts a unit and waits until it is up; in the other it continues without waiting. */
function stopsWaiting(metric: string, a: Side, b: Side): string | undefined {
  if (nameIn('task', metric) === undefined) return undefined;
  for (const unit of STARTED_BY_STEPS)
    for (const [waits, enqueues] of [
      [a, b],
      [b, a],
    ] as const)
      if (
        share(waits.boots, (boot) => holds(metric, unit, boot) === 'waits') >= MOST &&
        share(enqueues.boots, (boot) => holds(metric, unit, boot) === 'enqueues') >= MOST
      )
        return `in ${waits.variant} it waits until ${unit} is up, in ${enqueues.variant} it ends earlier: the work moved out of it and was not saved`;
  return undefined;
}

/** The first of the unit's starts that began within the step decides. */
function holds(metric: string, unit: string, boot: Timeline): 'waits' | 'enqueues' | undefined {
  const [start, end] = [stampOf(edgeIdOf(metric, 'start'), boot), stampOf(edgeIdOf(metric, 'end'), boot)];
  const starts = boot.spans.filter(
    ({ kind, name }) => kind === 'unit' && (name === unit || name.startsWith(`${unit}~`)),
  );
  const first = starts
    .filter((each) => start !== undefined && each.start.us >= start.us - start.errorUs)
    .sort((a, b) => a.start.us - b.start.us)[0];
  if (start?.clock !== 'monotonic' || end?.clock !== 'monotonic' || first?.end?.clock !== 'monotonic') return undefined;
  if (first.end.us > end.us + end.errorUs + first.end.errorUs) return 'enqueues';
  return first.start.us <= end.us ? 'waits' : undefined;
}

/** A smaller move of a start does not matter to a reader. */
const MOVED_US = 50_000;

/** The TLS bootstrap event counts from a moment near kubelet's start, which the script chooses. */
function startMoves(metric: string, a: Side, b: Side): string | undefined {
  if (metric !== 'tls.bootstrap-event' || a.boots.length < 3 || b.boots.length < 3) return undefined;
  const [before, after] = [aheadOfKubelet(a.boots), aheadOfKubelet(b.boots)];
  if (before.length < a.boots.length * MOST || after.length < b.boots.length * MOST) return undefined;
  const apart = Math.max(Math.min(...before) - Math.max(...after), Math.min(...after) - Math.max(...before));
  if (apart < MOVED_US) return undefined;
  const words = (lengths: readonly number[]) => {
    const middle = [...lengths].sort((x, y) => x - y)[lengths.length >> 1] ?? 0;
    return `${Math.abs(Math.round(middle / 1000))} ms ${middle >= 0 ? 'before' : 'after'}`;
  };
  return `it starts counting ${words(before)} kubelet.service was started in ${a.variant}, and ${words(after)} it in ${b.variant}`;
}

const aheadOfKubelet = (boots: readonly Timeline[]): number[] =>
  boots.flatMap((boot) => {
    const [event, unit] = [stampOf('tls.bootstrap-event/start', boot), stampOf('unit.kubelet.service/start', boot)];
    return event?.clock === 'monotonic' && unit?.clock === 'monotonic' ? [unit.us - event.us] : [];
  });
