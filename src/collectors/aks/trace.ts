/**
 * The shell trace of provisioning (`set -x`, cluster-provision.log): what the event files said before the guest agent swept
 * them, and which step was running when the script ended, which has no event at all.
 *
 *   + logs_to_events AKS.CSE.ensureKubelet ensureKubelet          a step is called
 *   + local 'startTime=2026-08-01 07:14:01.209'                   and begins
 *   + echo '{' '"Timestamp":' '"2026-08-01' '07:14:01.209",' ...  it is over: its event, quoted word by word
 */
import type { Evidence, Warning } from '../../model/timeline.ts';
import { readStamp, type StampText } from '../stamp-text.ts';
import { type Line, linesOf, textOf } from '../text.ts';
import { readTaskEvents, type TaskEvent } from './task-event.ts';

export const TRACE = 'aks/cluster-provision.log';

/** A step that was called and left no event. `begun` is undefined where the trace ends before the start was stamped. */
export interface UnfinishedTask {
  readonly task: string;
  readonly called: Evidence;
  readonly begun: { readonly stamp: StampText; readonly evidence: Evidence } | undefined;
}

export interface Trace {
  readonly events: readonly TaskEvent[];
  /** Outermost first; the last one is what the script was doing when the trace ended. */
  readonly unfinished: readonly UnfinishedTask[];
  readonly warnings: readonly Warning[];
}

const CALL = /^\++ logs_to_events '?([\w.+:@/-]{1,200})'?(?: |$)/;
const START = /^\++ (?:local )?'?startTime='?(\d{4}-\d{2}-\d{2} [\d:.]{8,15})'$/;
const ECHO = /^\++ echo (.*"TaskName":.*)$/;
/** Calls nested deeper than this are no provisioning script. */
const DEEPEST = 64;
/** The agent drops events over 6144 characters; quoting makes them longer. */
const LONGEST_EVENT = 65_536;

/** Undefined where the log was not taken. */
export function traceOf(raw: ReadonlyMap<string, Uint8Array>): Trace | undefined {
  const bytes = raw.get(TRACE);
  return bytes && readTrace(textOf(bytes), `raw/${TRACE}`);
}

export function readTrace(text: string, file: string): Trace {
  const events: TaskEvent[] = [];
  const warnings: Warning[] = [];
  const open: UnfinishedTask[] = [];
  for (const line of linesOf(text)) {
    if (line.text.charCodeAt(0) !== 0x2b) continue;
    const call = CALL.exec(line.text.slice(0, 300));
    const begin = START.exec(line.text.slice(0, 100));
    if (call?.[1] !== undefined && open.length < DEEPEST) {
      open.push({ task: call[1], called: { file, line: line.number }, begun: undefined });
    } else if (begin?.[1] !== undefined) {
      markBegun(open, begin[1], { file, line: line.number });
    } else if (line.text.includes('"TaskName":')) {
      const read = readEcho(line, file);
      events.push(...read.events);
      warnings.push(...read.warnings);
      for (const event of read.events) close(open, event.task);
    }
  }
  return { events, unfinished: open, warnings };
}

/** The start stamp belongs to the innermost call that has none yet. */
function markBegun(open: UnfinishedTask[], text: string, evidence: Evidence): void {
  const last = open.at(-1);
  const stamp = readStamp(text);
  if (last && last.begun === undefined && stamp) open[open.length - 1] = { ...last, begun: { stamp, evidence } };
}

/** An event ends the innermost call of its step. Calls inside it that left no event are over too: the step returned. */
function close(open: UnfinishedTask[], task: string): void {
  const at = open.findLastIndex((unfinished) => unfinished.task === task);
  if (at !== -1) open.length = at;
}

function readEcho(line: Line, file: string) {
  const words = ECHO.exec(line.text.slice(0, LONGEST_EVENT))?.[1];
  if (words === undefined) return { events: [], warnings: [] };
  const read = readTaskEvents(unquoted(words), file, 'shell trace');
  const evidence = { file, line: line.number };
  return {
    events: read.events.map((event) => ({ ...event, start: evidence, end: evidence })),
    warnings: read.warnings.map((warning) => ({
      ...warning,
      message: warning.message.replace(`${file}:1:`, `${file}:${line.number}:`),
      evidence,
    })),
  };
}

/** The words as the shell saw them: single quotes removed, `\'` outside of them a quote, one blank between two. */
export function unquoted(words: string): string {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  const special = /['\\]/g;
  for (let match = special.exec(words); match; match = special.exec(words)) {
    if (match[0] === "'") {
      parts.push(words.slice(from, match.index));
      from = match.index + 1;
      quoted = !quoted;
    } else if (!quoted) {
      parts.push(words.slice(from, match.index), words.charAt(match.index + 1));
      from = match.index + 2;
      special.lastIndex = from;
    }
  }
  parts.push(words.slice(from));
  return parts.join('');
}
