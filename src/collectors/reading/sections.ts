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
const SOMEBODY_ELSE = -2;

/** Of a longer line only so much is looked at. */
const LOOKED_AT = 1_000;

export function sectionsOf(text: string, signs: readonly Sign[]): Sections {
  const starts = lineStarts(text);
  const count = starts.length - 1;
  const owners = new Int16Array(count).fill(NOBODY);
  const cutter = new Cutter(text, starts, owners, signs);
  for (let line = 0; line < count; ) line = cutter.take(line);
  return { text, signs, owners, starts, documents: cutter.documents };
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
/** A log of JSON lines has more of them than anybody follows. */
const MOST_DOCUMENTS = 20_000;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The line-by-line state of one text: who has the lines now, and which prompts wait for an owner. */
class Cutter {
  private current = NOBODY;
  private ofUser = false;
  /** Before this line no run belongs to anybody: it has been looked at. */
  private noRunBefore = 0;
  private prompts: number[] = [];
  private readonly interrupting: readonly (readonly [index: number, sign: Sign & { readonly line: RegExp }])[];
  private readonly byLine: readonly (readonly [index: number, sign: Sign & { readonly line: RegExp }])[];
  readonly documents: string[] = [];
  private readonly text: string;
  private readonly starts: Uint32Array;
  private readonly owners: Int16Array;
  private readonly signs: readonly Sign[];

  constructor(text: string, starts: Uint32Array, owners: Int16Array, signs: readonly Sign[]) {
    this.text = text;
    this.starts = starts;
    this.owners = owners;
    this.signs = signs;
    this.byLine = signs.flatMap((sign, index) => {
      const { line } = sign;
      return line === undefined ? [] : [[index, { ...sign, line }] as const];
    });
    this.interrupting = this.byLine.filter(([, { interrupts }]) => interrupts);
  }

  /** Gives the line, and perhaps some after it, to their owner; returns the next line. */
  take(line: number): number {
    const text = this.textOf(line);
    if (text.trim() === '') return line + 1;
    if (DOCUMENT.test(text)) {
      const next = this.takeJson(line);
      if (next !== undefined) return next;
    }
    let runTo = 0;
    const { next, line: same, run: inRuns } = this.signs[this.current] ?? {};
    const interrupting = this.interrupting.find(([, sign]) => sign.line.test(text));
    if (interrupting !== undefined) return this.give(line, line + 1, interrupting[0]);
    // Most lines of a log are like the one before.
    if (next?.test(text) || (inRuns === undefined && same?.test(text))) return this.give(line, line + 1, this.current);
    for (const [index, { line: sign, run }] of this.byLine) {
      if (run === undefined) {
        if (sign.test(text)) return this.give(line, line + 1, index);
      } else if (line >= this.noRunBefore && run.test(text)) {
        const to = this.runEnd(line, run);
        if (this.anyLine(line, to, sign)) return this.give(line, to, index);
        runTo = Math.max(runTo, to);
      }
    }
    this.noRunBefore = Math.max(this.noRunBefore, runTo);
    return this.takeStrange(line, text);
  }

  private takeJson(line: number): number | undefined {
    const from = (this.starts[line] ?? 0) + this.textOf(line).search(/[{[]/);
    const end = jsonEnd(this.text, from);
    const document = this.text.slice(from, end);
    const owner = this.signs.findIndex(({ json }) => json?.test(document));
    let to = line + 1;
    while (to < this.owners.length && (this.starts[to] ?? 0) < (end ?? Infinity)) to += 1;
    if (owner !== -1) return this.give(line, to, owner);
    // What is cut off, or is no JSON for all its braces, may have lines of its own.
    if (end === undefined || !isJson(document)) return undefined;
    if (this.documents.length < MOST_DOCUMENTS) this.documents.push(document);
    this.current = NOBODY;
    return to;
  }

  /** Neither anybody's line nor a continuation: a prompt goes with what follows, other text stays with what it stands in. */
  private takeStrange(line: number, text: string): number {
    if (COMMAND.test(text)) {
      this.current = NOBODY;
      this.ofUser = OF_A_USER.test(text);
      this.prompts.push(line);
    } else if (this.current !== NOBODY && this.owners[line - 1] === this.current) this.owners[line] = this.current;
    return line + 1;
  }

  private give(from: number, to: number, owner: number): number {
    this.current = owner;
    const taken = this.ofUser ? SOMEBODY_ELSE : owner;
    for (const prompt of this.prompts) this.owners[prompt] = taken;
    this.prompts = [];
    this.owners.fill(taken, from, to);
    return to;
  }

  private runEnd(from: number, run: RegExp): number {
    let to = from + 1;
    while (to < this.owners.length && run.test(this.textOf(to))) to += 1;
    return to;
  }

  private anyLine(from: number, to: number, sign: RegExp): boolean {
    for (let line = from; line < to; line += 1) if (sign.test(this.textOf(line))) return true;
    return false;
  }

  private textOf(line: number): string {
    const from = this.starts[line] ?? 0;
    const to = (this.starts[line + 1] ?? from + 1) - 1;
    return this.text.slice(from, Math.min(to, from + LOOKED_AT)).trimEnd();
  }
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
