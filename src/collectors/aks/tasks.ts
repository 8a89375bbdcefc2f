/**
 * Provisioning events as spans. Merges the event files and the shell trace, keeps each step once, and separates markers from
 * steps. Nests steps by containment in time, as the dots in task names say nothing about nesting: any step may call another.
 */
import type { BootEvent, Span, Stamp } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { type Parsing, warn } from '../parsed.ts';
import type { TaskEvent } from './task-event.ts';
import { shortTaskName } from './task-name.ts';
import type { UnfinishedTask } from './trace.ts';

/** Two events with the same step, start and end are one event, whichever source reports it. The first source wins. */
export function united(sources: readonly (readonly TaskEvent[])[]): TaskEvent[] {
  const seen = new Map<string, TaskEvent>();
  for (const event of sources.flat()) {
    const key = `${event.task} ${event.startUs} ${event.endUs}`;
    if (!seen.has(key)) seen.set(key, event);
  }
  return [...seen.values()].sort(
    (a, b) => a.startUs - b.startUs || b.endUs - a.endUs || a.task.length - b.task.length || (a.task < b.task ? -1 : 1),
  );
}

/** A boot takes less than a day. Events that the image's build left days ago may precede the events of the boot. */
const LONGEST_BOOT_US = 86_400e6;

/** Drops events of an earlier run, with a warning that calls them `what`. `events` are in order of start, as from `united`. */
export function ofTheLastRun(parsing: Parsing, events: readonly TaskEvent[], what: string): readonly TaskEvent[] {
  const lastUs = events.at(-1)?.startUs ?? 0;
  const recent = events.filter((event) => lastUs - event.startUs <= LONGEST_BOOT_US);
  const [older] = events;
  if (older !== undefined && recent.length < events.length) {
    const message = `${events.length - recent.length} ${what} are more than a day older than the last; they belong to an earlier run and are skipped.`;
    warn(parsing, 'not-of-this-boot', message, older.start);
  }
  return recent;
}

/**
 * A marker has no length and does not report a command as completed. A step too quick for the clock has no length either, but
 * stays a step.
 */
const isMarker = (event: TaskEvent): boolean =>
  event.startUs === event.endUs && !event.message.startsWith('Completed: ');

/** Load figures that the node emits all the time through the same folder. */
export const isNoise = (event: TaskEvent): boolean => /^AKS\.Runtime\.(?:memory|pressure)_telemetry_/.test(event.task);

export const realtime = (atUs: Us, event: { readonly errorUs: Us }, zoneUs: Us) => ({
  clock: 'realtime' as const,
  us: us(atUs - zoneUs),
  errorUs: event.errorUs,
});

export function startStamp(event: TaskEvent, guestZoneUs: Us): Stamp {
  return { ...realtime(event.startUs, event, event.zoned ? us(0) : guestZoneUs), evidence: event.start };
}

export function endStamp(event: TaskEvent, guestZoneUs: Us): Stamp {
  return { ...realtime(event.endUs, event, event.zoned ? us(0) : guestZoneUs), evidence: event.end };
}

export interface Steps {
  readonly spans: readonly Span[];
  readonly markers: readonly BootEvent[];
}

/** `events` are in order of start, as from `united`. `openReason` says why an unfinished step has no end. */
export function steps(
  events: readonly TaskEvent[],
  unfinished: readonly UnfinishedTask[],
  openReason: string,
  guestZoneUs: Us,
): Steps {
  const finished = events
    .filter((event) => !isMarker(event))
    .map((event): Bare => {
      const note =
        event.source === 'shell trace' ? { note: 'taken from the shell trace; its event file is missing' } : {};
      return { task: event.task, start: startStamp(event, guestZoneUs), end: endStamp(event, guestZoneUs), ...note };
    });
  const open = unfinished.flatMap((task): Bare[] => {
    if (task.begun === undefined) return [];
    const { stamp, evidence } = task.begun;
    return [{ task: task.task, start: { ...realtime(stamp.us, stamp, guestZoneUs), evidence }, open: openReason }];
  });
  const spans = nested(named([...finished, ...open].sort((a, b) => a.start.us - b.start.us)));
  return { spans, markers: markers(events.filter(isMarker), guestZoneUs) };
}

type Bare = {
  readonly task: string;
  readonly start: Stamp;
  readonly end?: Stamp;
  readonly open?: string;
  readonly note?: string;
};

function named(all: readonly Bare[]): Span[] {
  const runs = new Map<string, number>();
  return all.map(({ task, ...rest }) => ({ kind: 'task', name: numbered(shortTaskName(task), runs), ...rest }));
}

function markers(events: readonly TaskEvent[], guestZoneUs: Us): BootEvent[] {
  const runs = new Map<string, number>();
  return events.map((event) => ({
    id: `cse.marker/${numbered(shortTaskName(event.task), runs)}`,
    ...startStamp(event, guestZoneUs),
  }));
}

function numbered(name: string, runs: Map<string, number>): string {
  const run = (runs.get(name) ?? 0) + 1;
  runs.set(name, run);
  return run === 1 ? name : `${name}#${run}`;
}

/** A step during which the clock went back contains nothing; a step that never ended contains everything that began later. */
function nested(spans: readonly Span[]): Span[] {
  const around: Span[] = [];
  return spans.map((span) => {
    while (around.length > 0 && !contains(around.at(-1), span)) around.pop();
    const within = around.at(-1)?.name;
    if (span.end === undefined || span.end.us >= span.start.us) around.push(span);
    return within === undefined ? span : { ...span, within };
  });
}

function contains(outer: Span | undefined, inner: Span): boolean {
  if (outer === undefined || inner.start.us < outer.start.us) return false;
  return outer.end === undefined || (inner.end !== undefined ? inner.end.us : inner.start.us) <= outer.end.us;
}
