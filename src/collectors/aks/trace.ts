/**
 * The shell trace of provisioning (`set -x`, cluster-provision.log). It repeats the event files, which the guest agent may
 * have swept, and shows the step that was running when the script ended, which has no event.
 *
 *   + logs_to_events AKS.CSE.ensureKubelet ensureKubelet          the script calls a step
 *   + local 'startTime=2026-08-01 07:14:01.209'                   and begins
 *   + echo '{' '"Timestamp":' '"2026-08-01' '07:14:01.209",' ...  it ends: its event, quoted word by word
 */
import type { Evidence, Warning } from '../../model/timeline.ts';
import { type Line, spokenLines } from '../reading/lines.ts';
import { readStamp, type StampText } from '../reading/stamp-text.ts';
import { artifactText } from '../reading/text.ts';
import { readTaskEvents, type TaskEvent } from './task-event.ts';

export const TRACE = 'aks/cluster-provision.log';

/** A step that the script called and that left no event. `begun` is undefined if the trace ends before the start stamp. */
export interface UnfinishedTask {
  readonly task: string;
  readonly called: Evidence;
  readonly begun: { readonly stamp: StampText; readonly evidence: Evidence } | undefined;
}

export interface Trace {
  readonly events: readonly TaskEvent[];
  /** Outermost first; the last one was running when the trace ended. */
  readonly unfinished: readonly UnfinishedTask[];
  readonly warnings: readonly Warning[];
  /** The script's exit code, if the trace ends with it. */
  readonly exit: { readonly code: number; readonly evidence: Evidence } | undefined;
}

/** An aggregating log puts its own prefix before each line. */
const CALL = /(?:^|[\s:])\++ logs_to_events '?([\w.+:@/-]{1,200})'?(?: |$)/;
const START = /(?:^|[\s:])\++ (?:local )?'?startTime='?(\d{4}-\d{2}-\d{2} [\d:.]{8,15})'$/;
const EXIT = /(?:^|[\s:])\+ exit (\d{1,3})$/;
const ECHO = /(?:^|[\s:])\++ echo /;
/** If a script quotes its whole event, the trace has it unchanged, line by line. */
const OPENING = /(?:^|[\s:])\++ (?:echo |json_string=)'\{$/;
const CLOSING = /^\}'/;
/** An event has eight keys. */
const MOST_EVENT_LINES = 16;
/** No provisioning script nests calls deeper than this. */
const DEEPEST = 64;
/** The agent drops events over 6144 characters; quoting makes them longer. */
const LONGEST_EVENT = 65_536;

/** Undefined if the log is missing. */
export function traceOf(raw: ReadonlyMap<string, Uint8Array>): Trace | undefined {
  const text = artifactText(raw, TRACE);
  return text === undefined ? undefined : readTrace(text, `raw/${TRACE}`);
}

export function readTrace(text: string, file: string): Trace {
  const events: TaskEvent[] = [];
  const warnings: Warning[] = [];
  const open: UnfinishedTask[] = [];
  const take = (read: Pick<Trace, 'events' | 'warnings'>) => {
    for (const event of read.events) events.push(event);
    for (const warning of read.warnings) warnings.push(warning);
    for (const event of read.events) close(open, event.task);
  };
  let quoted: Line[] = [];
  let exit: Trace['exit'];
  for (const line of spokenLines(text)) {
    if (quoted.length > 0) {
      quoted.push(line);
      if (CLOSING.test(line.text)) take(readQuoted(quoted, file));
      if (CLOSING.test(line.text) || quoted.length > MOST_EVENT_LINES) quoted = [];
      continue;
    }
    if (!line.text.includes('+ ')) continue;
    const code = EXIT.exec(line.text.slice(0, 300))?.[1];
    exit = code === undefined ? undefined : { code: Number(code), evidence: { file, line: line.number } };
    const call = CALL.exec(line.text.slice(0, 500));
    const begin = START.exec(line.text.slice(0, 300));
    if (call?.[1] !== undefined && open.length < DEEPEST) {
      open.push({ task: call[1], called: { file, line: line.number }, begun: undefined });
    } else if (begin?.[1] !== undefined) markBegun(open, begin[1], { file, line: line.number });
    else if (line.text.includes('"TaskName":')) take(readEcho(line, file));
    else if (OPENING.test(line.text.slice(0, 300))) quoted = [line];
  }
  return { events, unfinished: open, warnings, exit };
}

/** The start stamp belongs to the innermost call that has none yet. */
function markBegun(open: UnfinishedTask[], text: string, evidence: Evidence): void {
  const last = open.at(-1);
  const stamp = readStamp(text);
  if (last && last.begun === undefined && stamp) open[open.length - 1] = { ...last, begun: { stamp, evidence } };
}

/** An event ends the innermost call of its step. It also ends calls inside it that left no event, because the step returned. */
function close(open: UnfinishedTask[], task: string): void {
  const at = open.findLastIndex((unfinished) => unfinished.task === task);
  if (at !== -1) open.length = at;
}

function readEcho(line: Line, file: string): Pick<Trace, 'events' | 'warnings'> {
  const text = line.text.slice(0, LONGEST_EVENT);
  const echo = ECHO.exec(text);
  const words = echo ? text.slice(echo.index + echo[0].length) : '';
  // Other lines with the key are no events: `[[ ... "TaskName": ... ]]` tests one.
  if (!words.includes('"TaskName":')) return { events: [], warnings: [] };
  return readAt(unquoted(words), file, line.number);
}

function readQuoted(lines: readonly Line[], file: string): Pick<Trace, 'events' | 'warnings'> {
  const text = lines.map((line, index) => (index === 0 ? '{' : line.text)).join('\n');
  return text.length > LONGEST_EVENT ? { events: [], warnings: [] } : readAt(text, file, lines[0]?.number ?? 0);
}

/** The event's evidence is its first line: the shell put all or nearly all of the event there. */
function readAt(text: string, file: string, line: number): Pick<Trace, 'events' | 'warnings'> {
  const read = readTaskEvents(text, file, 'shell trace');
  const evidence = { file, line };
  return {
    events: read.events.map((event) => {
      const after = { file, line: line + event.start.line - 1 };
      return { ...event, start: after, end: { file, line: line + event.end.line - 1 } };
    }),
    warnings: read.warnings.map((warning) => ({
      ...warning,
      message: warning.message.replace(/:\d+: /, `:${line}: `),
      evidence,
    })),
  };
}

/**
 * The words as the shell saw them: without single quotes (also those of `$'...'`), `\'` outside of quotes as a quote, one
 * space between words.
 */
export function unquoted(words: string): string {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  const special = /['\\]/g;
  for (let match = special.exec(words); match; match = special.exec(words)) {
    if (match[0] === "'") {
      const dollar = !quoted && words.charAt(match.index - 1) === '$' ? 1 : 0;
      parts.push(words.slice(from, Math.max(from, match.index - dollar)));
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
