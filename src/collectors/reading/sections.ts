/**
 * A text -> its sections: assigns lines to artifacts. People paste several commands into one text, a console has a program's
 * log between the kernel's lines, a report has headings. Each line belongs to at most one artifact:
 *
 *   $ systemd-analyze; systemd-analyze blame     a prompt belongs to the text after it
 *   Startup finished in 2.1s (kernel) + ...      analyze-time
 *   multi-user.target reached after ...          analyze-time, by the sign's `next`
 *   5.201s cloud-init.service                    analyze-blame
 *   {"v1": {                                     status.json, to the brace that closes it
 *
 * An artifact is the text with all other lines blank, so that its line numbers are those of the original file.
 */
import type { Sign } from '../../model/collector.ts';
import { jsonOrUndefined } from '../../model/json.ts';
import { jsonEnd } from './json-text.ts';

/** Lines of one artifact in a text. `owner` of a line is the index of its sign, or `NOBODY`. */
export interface Sections {
  readonly text: string;
  readonly signs: readonly Sign[];
  readonly owners: Int16Array;
  /** The start of each line, and the end of the text. */
  readonly starts: Uint32Array;
  /** JSON documents that are not artifacts, but may quote one. */
  readonly documents: readonly string[];
}

export const NOBODY = -1;
/** A line from a user's manager, not from the machine. */
export const SOMEBODY_ELSE = -2;

/** Matches at most this many characters of a line. */
const LOOKED_AT = 1_000;

export function sectionsOf(text: string, signs: readonly Sign[]): Sections {
  const starts = lineStarts(text);
  const cut = cutOf(text, starts, signs);
  for (let line = 0; line < cut.owners.length; ) line = take(cut, line);
  return { text, signs, owners: cut.owners, starts, documents: cut.documents };
}

function lineStarts(text: string): Uint32Array {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  const starts = new Uint32Array(count + 1);
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts[line++] = at + 1;
  starts[count] = text.length + 1;
  return starts;
}

const COMMAND = /\bsystemd-analyze\b|\bsystemctl\b|\bjournalctl\b|\bcloud-init\b/;
const OF_A_USER = /\b(?:systemd-analyze|systemctl|journalctl)\b[^|;&\n]{0,200}\s--user\b/;

/** A line that may begin a JSON document, optionally after `\u001e` or `data: `; `[    0.000000]` and `[  OK  ]` begin none. */
const DOCUMENT = /^\s*(?:\u001e|data: ?)?(?:\{\s*(?:["}]|$)|\[\s*(?:[{["\]]|$))/;
/** Limit of JSON documents per text; a log of JSON lines may have more. */
const MOST_DOCUMENTS = 20_000;

/** Each unclosed brace costs a search to the end of the text; limits the total to this many times the text's length. */
const MOST_LOOKED_THROUGH = 20;

type LineSign = readonly [index: number, sign: Sign & { readonly line: RegExp }];

/** The line-by-line state of one text: the current owner of lines, and the prompts that wait for an owner. */
interface Cut {
  readonly text: string;
  readonly starts: Uint32Array;
  readonly owners: Int16Array;
  readonly signs: readonly Sign[];
  readonly byLine: readonly LineSign[];
  readonly interrupting: readonly LineSign[];
  readonly documents: string[];
  current: number;
  ofUser: boolean;
  /** Up to this line we have checked the run, and it belongs to no artifact. */
  noRunBefore: number;
  prompts: number[];
  /** Characters searched in vain for the end of documents. */
  lookedThrough: number;
}

function cutOf(text: string, starts: Uint32Array, signs: readonly Sign[]): Cut {
  const byLine = signs.flatMap((sign, index): LineSign[] => {
    const { line } = sign;
    return line === undefined ? [] : [[index, { ...sign, line }]];
  });
  return {
    ...{ text, starts, signs, byLine, owners: new Int16Array(starts.length - 1).fill(NOBODY), documents: [] },
    interrupting: byLine.filter(([, { interrupts }]) => interrupts),
    ...{ current: NOBODY, ofUser: false, noRunBefore: 0, prompts: [], lookedThrough: 0 },
  };
}

/** Assigns the line, and perhaps some after it, to an owner; returns the next line. */
function take(cut: Cut, line: number): number {
  const text = textOf(cut, line);
  if (text.trim() === '') return line + 1;
  if (DOCUMENT.test(text)) {
    const next = takeJson(cut, line);
    if (next !== undefined) return next;
  }
  let runTo = 0;
  const { next, line: same, run: inRuns } = cut.signs[cut.current] ?? {};
  const interrupting = cut.interrupting.find(([, sign]) => sign.line.test(text));
  if (interrupting !== undefined) return give(cut, line, line + 1, interrupting[0]);
  // Most lines of a log resemble the line before.
  if (next?.test(text) || (inRuns === undefined && same?.test(text))) return give(cut, line, line + 1, cut.current);
  for (const [index, { line: sign, run }] of cut.byLine) {
    if (run === undefined) {
      if (sign.test(text)) return give(cut, line, line + 1, index);
    } else if (line >= cut.noRunBefore && run.test(text)) {
      const to = runEnd(cut, line, run);
      if (anyLine(cut, line, to, sign)) return give(cut, line, to, index);
      runTo = Math.max(runTo, to);
    }
  }
  cut.noRunBefore = Math.max(cut.noRunBefore, runTo);
  return takeStrange(cut, line, text);
}

function takeJson(cut: Cut, line: number): number | undefined {
  const from = (cut.starts[line] ?? 0) + textOf(cut, line).search(/[{[]/);
  if (cut.lookedThrough > MOST_LOOKED_THROUGH * cut.text.length) return undefined;
  const end = jsonEnd(cut.text, from);
  if (end === undefined) cut.lookedThrough += cut.text.length - from;
  const document = cut.text.slice(from, end);
  const owner = cut.signs.findIndex(({ json }) => json?.test(document));
  let to = line + 1;
  while (to < cut.owners.length && (cut.starts[to] ?? 0) < (end ?? Infinity)) to += 1;
  if (owner !== -1) return give(cut, line, to, owner);
  // A text that is cut off, or only looks like JSON, may still contain plain lines.
  if (end === undefined || jsonOrUndefined(document) === undefined) return undefined;
  if (cut.documents.length < MOST_DOCUMENTS) cut.documents.push(document);
  cut.current = NOBODY;
  return to;
}

/** A line that matches no sign and continues nothing: a prompt belongs to the text after it, other text to the section around it. */
function takeStrange(cut: Cut, line: number, text: string): number {
  if (COMMAND.test(text)) {
    cut.current = NOBODY;
    cut.ofUser = OF_A_USER.test(text);
    cut.prompts.push(line);
  } else if (cut.current !== NOBODY && cut.owners[line - 1] === cut.current) cut.owners[line] = cut.current;
  return line + 1;
}

function give(cut: Cut, from: number, to: number, owner: number): number {
  cut.current = owner;
  const taken = cut.ofUser ? SOMEBODY_ELSE : owner;
  for (const prompt of cut.prompts) cut.owners[prompt] = taken;
  cut.prompts = [];
  cut.owners.fill(taken, from, to);
  return to;
}

function runEnd(cut: Cut, from: number, run: RegExp): number {
  let to = from + 1;
  while (to < cut.owners.length && run.test(textOf(cut, to))) to += 1;
  return to;
}

function anyLine(cut: Cut, from: number, to: number, sign: RegExp): boolean {
  for (let line = from; line < to; line += 1) if (sign.test(textOf(cut, line))) return true;
  return false;
}

function textOf(cut: Cut, line: number): string {
  const from = cut.starts[line] ?? 0;
  const to = (cut.starts[line + 1] ?? from + 1) - 1;
  return cut.text.slice(from, Math.min(to, from + LOOKED_AT)).trimEnd();
}

/** The signs that have lines between `from` and `to`, in order of their first line. */
export function ownersIn({ owners }: Sections, from: number, to: number): number[] {
  const found = new Set<number>();
  for (let line = from; line < to; line += 1) {
    const owner = owners[line] ?? NOBODY;
    if (owner >= 0) found.add(owner);
  }
  return [...found];
}

/** The text up to `to` with only the lines that `keep` accepts; all others, also those before `from`, are blank. */
export function masked({ text, owners, starts }: Sections, to: number, keep: (owner: number, line: number) => boolean) {
  const parts: string[] = [];
  for (let line = 0; line < Math.min(to, owners.length); line += 1) {
    if (keep(owners[line] ?? NOBODY, line)) parts.push(text.slice(starts[line], (starts[line + 1] ?? 1) - 1));
    else parts.push('');
  }
  return `${parts.join('\n').trimEnd()}\n`;
}
