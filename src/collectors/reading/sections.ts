/**
 * A text -> its sections: which lines are of which artifact. People paste several commands into one text, a console has a
 * program's log between the kernel's lines, a report has headings. Each line is of at most one artifact:
 *
 *   $ systemd-analyze; systemd-analyze blame     a prompt goes with what comes after it
 *   Startup finished in 2.1s (kernel) + ...      analyze-time
 *   multi-user.target reached after ...          analyze-time, by the sign's `next`
 *   5.201s cloud-init.service                    analyze-blame
 *   {"v1": {                                     status.json, to the brace that closes it
 *
 * An artifact is the text with all lines of others blank, so that its line numbers are those of the file that it is from.
 */
import type { Sign } from '../../model/collector.ts';
import { jsonOrUndefined } from '../../model/json.ts';
import { jsonEnd } from './json-text.ts';

/** Lines of one artifact in a text. `owner` of a line is the index of its sign, or `NOBODY`. */
export interface Sections {
  readonly text: string;
  readonly signs: readonly Sign[];
  readonly owners: Int16Array;
  /** Where each line begins; one more at the end. */
  readonly starts: Uint32Array;
  /** Documents of JSON that are no artifact, and may quote one. */
  readonly documents: readonly string[];
}

export const NOBODY = -1;
/** A line of a session that is not the machine's: a user's manager. */
export const SOMEBODY_ELSE = -2;

/** Of a longer line only so much is looked at. */
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

/** A line that a document of JSON may begin with, a record separator or the field of an event stream before it; `[    0.000000]` and `[  OK  ]` are none. */
const DOCUMENT = /^\s*(?:\u001e|data: ?)?(?:\{\s*(?:["}]|$)|\[\s*(?:[{["\]]|$))/;
/** A log of JSON lines has more of them than can be followed. */
const MOST_DOCUMENTS = 20_000;

/** Braces that nothing closes are each looked for to the end of the text: so many times its length in all. */
const MOST_LOOKED_THROUGH = 20;

type LineSign = readonly [index: number, sign: Sign & { readonly line: RegExp }];

/** The line-by-line state of one text: who has the lines now, and which prompts wait for an owner. */
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
  /** Before this line no run belongs to an artifact: it has been looked at. */
  noRunBefore: number;
  prompts: number[];
  /** Characters that were read for the end of documents that have none. */
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

/** Gives the line, and perhaps some after it, to their owner; returns the next line. */
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
  // Most lines of a log are like the one before.
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
  // A text that was cut off, or that only looks like JSON, may still hold plain lines.
  if (end === undefined || jsonOrUndefined(document) === undefined) return undefined;
  if (cut.documents.length < MOST_DOCUMENTS) cut.documents.push(document);
  cut.current = NOBODY;
  return to;
}

/** A line of no artifact and no continuation: a prompt goes with what follows, other text stays with what it stands in. */
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

/** The lines of a text, from `from` up to `to`, that `keep` says are wanted; all others, those before `from` too, are blank. */
export function masked({ text, owners, starts }: Sections, to: number, keep: (owner: number, line: number) => boolean) {
  const parts: string[] = [];
  for (let line = 0; line < Math.min(to, owners.length); line += 1) {
    if (keep(owners[line] ?? NOBODY, line)) parts.push(text.slice(starts[line], (starts[line + 1] ?? 1) - 1));
    else parts.push('');
  }
  return `${parts.join('\n').trimEnd()}\n`;
}
