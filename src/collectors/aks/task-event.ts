/**
 * Provisioning events of an AKS node: one JSON object per step in the guest agent's event folder. The agent dictates the key
 * names, so they mislead: `Timestamp` is the step's start and `OperationId` its end. We never read the file name. It is no
 * identity (steps that begin in one millisecond overwrite each other) and no time (milliseconds or nanoseconds, of the start
 * or of the end). `EventLevel` says nothing about success; the script writes an event whether the step succeeded or not.
 *
 * Source: logs_to_events in AgentBaker's provisioning scripts; the extension telemetry pipeline of WALinuxAgent.
 */
import { excerpt } from '../../model/printable.ts';
import type { Evidence, Warning } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { evidenceOf, type JsonObjectText, jsonObjects } from '../reading/json-text.ts';
import { isMidnight, readStamp } from '../reading/stamp-text.ts';
import { lineCounter, textOf } from '../reading/text.ts';

export const EVENTS_FOLDER = 'guest-agent/events/';

/** One step, or one marker if start and end are equal. Times in microseconds since 1970, zone not yet applied. */
export interface TaskEvent {
  readonly task: string;
  readonly startUs: Us;
  readonly endUs: Us;
  /** One unit of the last digit printed. */
  readonly errorUs: Us;
  readonly zoned: boolean;
  readonly level: string;
  readonly message: string;
  readonly start: Evidence;
  readonly end: Evidence;
  readonly source: 'event file' | 'shell trace';
}

export interface TaskEvents {
  readonly events: readonly TaskEvent[];
  /** Well-formed events of other writers (their OperationId is a GUID), which are not steps. */
  readonly foreign: number;
  readonly warnings: readonly Warning[];
}

/** Steps of one file or one line of text; most files hold one object, pasted collections hold many. */
export function readTaskEvents(text: string, file: string, source: TaskEvent['source'] = 'event file'): TaskEvents {
  const events: TaskEvent[] = [];
  const warnings: Warning[] = [];
  let foreign = 0;
  for (const object of jsonObjects(text)) {
    const found = object.value === undefined ? rescued(object, file) : [whole(object, object.value, file)];
    for (const fields of found) {
      const event = taskEvent(fields, source);
      if (event.kind === 'event') events.push(event.event);
      else if (event.kind === 'foreign') foreign += 1;
      else
        warnings.push({ code: event.code, message: `${file}:${event.at.line}: ${event.reason}`, evidence: event.at });
    }
    if (object.value === undefined && found.length === 0) {
      const reason = 'not a complete JSON object (cut off while being written?); skipped';
      warnings.push({
        code: 'event-damaged',
        message: `${file}:${object.line}: ${reason}`,
        evidence: { file, line: object.line },
      });
    }
  }
  return { events, foreign, warnings };
}

/** All event files of a boot, in the order of their names. */
export function readEventFolder(raw: ReadonlyMap<string, Uint8Array>): TaskEvents & { readonly files: number } {
  const read = [...raw]
    .filter(([path]) => path.startsWith(EVENTS_FOLDER) && path.endsWith('.json'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, bytes]) => readTaskEvents(textOf(bytes), `raw/${path}`));
  return {
    files: read.length,
    events: read.flatMap((one) => one.events),
    foreign: read.reduce((sum, one) => sum + one.foreign, 0),
    warnings: read.flatMap((one) => one.warnings),
  };
}

/** An event's texts by lower-case key (the agent ignores case), and the positions of its two stamps. */
interface Fields {
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly start: Evidence;
  readonly end: Evidence;
}

const READ = new Set(['timestamp', 'operationid', 'taskname', 'eventlevel', 'message']);

function whole(object: JsonObjectText, value: Readonly<Record<string, unknown>>, file: string): Fields {
  const texts: Record<string, string> = {};
  const places: Record<string, Evidence> = {};
  for (const [key, content] of Object.entries(value)) {
    const name = key.toLowerCase();
    if (typeof content !== 'string' || !READ.has(name)) continue;
    texts[name] = content;
    places[name] = evidenceOf(object, key, file);
  }
  const nowhere = { file, line: object.line };
  return { texts, start: places.timestamp ?? nowhere, end: places.operationid ?? nowhere };
}

/** The agent accepts events of at most 6144 characters; colliding writers leave at most two in a file. */
const LONGEST_RESCUE = 65_536;
const FIELD = /"(Timestamp|OperationId|TaskName|EventLevel)" ?: ?"([^"\\]{0,512})"/gi;

/** The fields of events with broken JSON: the shell expanded something in the Message, or the file is cut off near its end. */
function rescued(object: JsonObjectText, file: string): Fields[] {
  const found: { texts: Record<string, string>; lines: Record<string, number> }[] = [];
  const text = object.text.slice(0, LONGEST_RESCUE);
  const lineOf = lineCounter(text);
  for (const { 1: key = '', 2: content = '', index } of text.matchAll(FIELD)) {
    const name = key.toLowerCase();
    let last = found.at(-1);
    if (last === undefined || name in last.texts) {
      last = { texts: {}, lines: {} };
      found.push(last);
    }
    last.texts[name] = content;
    last.lines[name] = object.line + lineOf(index) - 1;
  }
  return found.flatMap(({ texts, lines }) => {
    if (texts.taskname === undefined || texts.operationid === undefined) return [];
    const at = (name: string): Evidence => ({ file, line: lines[name] ?? object.line });
    return [{ texts, start: at('timestamp'), end: at('operationid') }];
  });
}

/** Task names become ids of metrics. */
const TASK_NAME = /^[\w.+:@/-]{1,200}$/;

type Reading =
  | { readonly kind: 'event'; readonly event: TaskEvent }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string; readonly at: Evidence };

const GUID = /^\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i;

function taskEvent({ texts, start: at, end: endsAt }: Fields, source: TaskEvent['source']): Reading {
  const { timestamp = '', operationid = '', taskname = '', eventlevel = '', message = '' } = texts;
  if (GUID.test(operationid) || taskname === '') return { kind: 'foreign' };
  if (!TASK_NAME.test(taskname)) {
    return { kind: 'refused', code: 'event-name', reason: `"${excerpt(taskname)}" is not a valid step name`, at };
  }
  const start = readStamp(timestamp);
  const end = readStamp(operationid);
  if (start === undefined || end === undefined) {
    const which = start === undefined ? `Timestamp "${excerpt(timestamp)}"` : `OperationId "${excerpt(operationid)}"`;
    return {
      kind: 'refused',
      code: 'event-stamp',
      reason: `${excerpt(taskname)}: ${which} is not a date and time`,
      at,
    };
  }
  if (madeOfNothing(start.us, end.us)) {
    const reason = `${excerpt(taskname)}: exactly midnight means that the time is missing; skipped`;
    return { kind: 'refused', code: 'midnight-stamp', reason, at };
  }
  return {
    kind: 'event',
    event: {
      task: taskname,
      startUs: start.us,
      endUs: end.us,
      errorUs: us(Math.max(start.errorUs, end.errorUs)),
      zoned: start.zoned && end.zoned,
      level: eventlevel,
      message,
      start: at,
      end: endsAt,
      source,
    },
  };
}

/** No step takes longer than its script's limit (15 min); a watcher gives up after 5 min. */
const LONGEST_FROM_MIDNIGHT_US = 15 * 60 * 1_000_000;

/** Whether `date -d ""` made the start: it prints today's midnight. A step may really begin at midnight, but then it ends soon after. */
function madeOfNothing(startUs: Us, endUs: Us): boolean {
  if (isMidnight(endUs)) return true;
  return isMidnight(startUs) && Math.abs(endUs - startUs) > LONGEST_FROM_MIDNIGHT_US;
}
