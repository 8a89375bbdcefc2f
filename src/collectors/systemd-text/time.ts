/**
 * `systemd-analyze time` as printed and pasted: with prompts, quote marks and comment signs before the lines, wrapped after a
 * `+`, with the phases that the machine reports and no others, with or without a total, finished or not.
 *
 *   Startup finished in 7.709s (firmware) + 4.005s (loader) + 820ms (kernel) + 6.064s (userspace) = 18.598s
 *   graphical.target reached after 6.032s in userspace.
 *
 * We read a summary whole or not at all.
 */
import type { Evidence } from '../../model/timeline.ts';
import type { Us } from '../../model/units.ts';
import { type DurationText, durationAt, isWrapped, readDuration } from '../reading/duration-text.ts';
import { spokenLines } from '../reading/lines.ts';
import { lineCounter } from '../reading/text.ts';

interface PrintedDuration {
  readonly us: Us;
  readonly errorUs: Us;
  readonly evidence: Evidence;
}

export interface Phase extends PrintedDuration {
  /** `firmware`, `loader`, `kernel`, `initrd`, `userspace`, or what a newer systemd calls it. */
  readonly name: string;
}

export type TimeText =
  | {
      readonly kind: 'finished';
      readonly phases: readonly Phase[];
      /** A user's manager or a container prints one duration without a name. */
      readonly unnamed: PrintedDuration | undefined;
      readonly total: PrintedDuration | undefined;
      readonly target:
        | {
            readonly name: string;
            readonly reached: PrintedDuration | undefined;
            /** The text has a time that no boot can take. */
            readonly impossible: boolean;
            readonly evidence: Evidence;
          }
        | undefined;
      /** Number of summaries in the text; this is the first with named phases. */
      readonly summaries: number;
    }
  | { readonly kind: 'not-finished'; readonly evidence: Evidence }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly evidence: Evidence };

/** A text with more summaries than this is a log of something else. */
const MOST_SUMMARIES = 1_000;

export function readTimeText(text: string, file: string): TimeText {
  const bare = unprefixed(text);
  const lineOf = lineCounter(bare);
  const summaries: Summary[] = [];
  const begins = /Startup\s{1,80}finished\s{1,80}in\s{0,80}/g;
  let broken: Evidence | undefined;
  for (let match = begins.exec(bare); match && summaries.length < MOST_SUMMARIES; match = begins.exec(bare)) {
    const evidence = { file, line: lineOf(match.index) };
    const summary = readSummary(bare, begins.lastIndex, evidence);
    if (summary) summaries.push(summary);
    else broken ??= evidence;
  }
  const best = summaries.find(({ phases }) => phases.length > 0) ?? summaries[0];
  if (best) {
    const { phases, unnamed, total } = best;
    return {
      kind: 'finished',
      phases,
      unnamed,
      total,
      target: readTarget(bare, best.end, file),
      summaries: summaries.length,
    };
  }
  if (broken)
    return { kind: 'unreadable', reason: 'bench does not understand all parts of the summary', evidence: broken };
  const unfinished = bare.indexOf('Bootup is not yet finished');
  if (unfinished !== -1) return { kind: 'not-finished', evidence: { file, line: lineCounter(bare)(unfinished) } };
  return { kind: 'unreadable', reason: 'it has no summary of systemd-analyze', evidence: { file, line: 1 } };
}

/** Removes quote marks, comment signs, list bullets and indentation before the lines; line numbers stay the same. */
function unprefixed(text: string): string {
  const lines: string[] = [];
  for (const { number, text: line } of spokenLines(text)) {
    for (let blank = lines.length + 1; blank < number; blank += 1) lines.push('');
    // A summary inside a JSON string has its line break as an escape.
    lines.push(line.replace(/^[\s>#*|]+/, '').replaceAll('\\n', '  '));
  }
  return lines.join('\n');
}

interface Summary {
  readonly phases: readonly Phase[];
  readonly unnamed: PrintedDuration | undefined;
  readonly total: PrintedDuration | undefined;
  readonly end: number;
}

const NAME = /\s{0,80}\(([a-zA-Z][\w -]{0,40})\)/y;
const PLUS = /\s{0,80}\+\s{0,80}/y;
const EQUALS = /\s{0,80}=\s{0,80}/y;
/** Matches the end of a summary, unless more of a summary follows, there or later on its line: then the match is incomplete. */
const CLOSED = /(?![\w(+])(?!.{0,400}\d(?:min|ms|us|s)\s{0,4}\()/y;
/** systemd knows five phases. */
const MOST_PHASES = 16;

/** Old names of phases (systemd 188 and older). */
const ALIASES: Readonly<Record<string, string>> = { initramfs: 'initrd' };

function readSummary(text: string, from: number, evidence: Evidence): Summary | undefined {
  const phases: Phase[] = [];
  let unnamed: PrintedDuration | undefined;
  let at = from;
  while (phases.length < MOST_PHASES) {
    const duration = durationAt(text, at);
    if (duration === undefined) return undefined;
    at = duration.end;
    const name = matchAt(NAME, text, at);
    at = name?.end ?? at;
    if (name?.group !== undefined)
      phases.push({ name: ALIASES[name.group] ?? name.group, ...printed(duration, evidence) });
    else if (phases.length > 0 || unnamed) return undefined;
    else unnamed = printed(duration, evidence);
    const plus = matchAt(PLUS, text, at);
    if (plus === undefined) break;
    at = plus.end;
  }
  const equals = matchAt(EQUALS, text, at);
  const total = equals && durationAt(text, equals.end);
  if (equals && !total) return undefined;
  at = total?.end ?? at;
  if (matchAt(CLOSED, text, at) === undefined) return undefined;
  return { phases, unnamed, total: total && printed(total, evidence), end: at };
}

const printed = ({ us, errorUs }: DurationText, evidence: Evidence): PrintedDuration => ({ us, errorUs, evidence });

function matchAt(pattern: RegExp, text: string, at: number): { group: string | undefined; end: number } | undefined {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match ? { group: match[1], end: pattern.lastIndex } : undefined;
}

const REACHED =
  /([\w@.:-]{1,200}\.target)\s{1,4}(?:reached\s{1,4}after\s{1,4}([^()]{2,60}?)\s{1,4}in\s{1,4}userspace|(?:was\s{1,4})?never\s{1,4}reached)/;

/** The line about the default target comes right after the summary; a later one belongs to another summary. */
function readTarget(text: string, from: number, file: string) {
  const next = text.slice(from, from + 1_000);
  const match = REACHED.exec(next);
  if (match?.[1] === undefined) return undefined;
  const evidence = { file, line: lineCounter(text)(from + match.index) };
  const reached = match[2] === undefined ? undefined : readDuration(match[2].replace(/\s+/g, ' '));
  if (match[2] !== undefined && reached === undefined) return undefined;
  const impossible = reached !== undefined && isWrapped(reached.us);
  return {
    name: match[1],
    reached: reached && !impossible ? printed(reached, evidence) : undefined,
    impossible,
    evidence,
  };
}
