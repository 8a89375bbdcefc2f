/**
 * How many boots a text reports. Each summary of `systemd-analyze` is a boot, unless it repeats the one before word for word. Lines between
 * two summaries belong to the one above, or to the one below if the text began that way.
 *
 *   Startup finished in 2.0s ...      boot 1
 *   1.8s wicked.service               boot 1
 *   Startup finished in 0.6s ...      boot 2
 */

import { NOBODY, type Sections } from '../../collectors/reading/sections.ts';
import type { Sign } from '../../model/collector.ts';

export interface LineRange {
  readonly from: number;
  readonly to: number;
}

const SUMMARY = /Startup\s{1,8}finished\s{1,8}in\s{1,8}(.{1,400})/;
/** A user's manager prints one duration without a name; beside durations with names, it is no boot. */
const NAMED = /\([a-z]/i;
/** Each boot's artifacts also hold the lines before it, blank: this many lines in all, a file of 10,000 boots with a line each. */
const MOST_LINES = 1e8;

/** Whether a text reports more boots than any user collects in one. */
export const isBeyondLimit = (ranges: readonly LineRange[]): boolean =>
  ranges.reduce((sum, { to }) => sum + to, 0) > MOST_LINES;

export function bootRanges(sections: Sections): LineRange[] {
  const { owners } = sections;
  const all: LineRange = { from: 0, to: owners.length };
  const summaries = summariesIn(sections);
  if (summaries.length < 2) return [all];
  const first = summaries[0] ?? 0;
  const last = summaries.at(-1) ?? 0;
  const isOther = (owner: number, line: number) => owner !== NOBODY && owner !== owners[first] && line !== first;
  const above = owners.some((owner, line) => line < first && isOther(owner, line));
  const below = owners.some((owner, line) => line > last && isOther(owner, line));
  if (above && !below)
    return summaries.map((line, index) => ({
      from: index === 0 ? 0 : endOfSummary(sections, summaries[index - 1] ?? 0),
      to: index === summaries.length - 1 ? owners.length : endOfSummary(sections, line),
    }));
  return summaries.map((line, index) => ({
    from: index === 0 ? 0 : line,
    to: summaries[index + 1] ?? owners.length,
  }));
}

/** Lines that summarise one boot each. */
function summariesIn({ text, starts, owners, signs }: Sections): number[] {
  const found: { line: number; said: string }[] = [];
  for (let line = 0; line < owners.length; line += 1) {
    const { raw } = signs[owners[line] ?? NOBODY] ?? {};
    if (raw !== 'systemd/analyze-time.txt') continue;
    const said = SUMMARY.exec(text.slice(starts[line], starts[line + 1]))?.[1]?.trim();
    if (said !== undefined) found.push({ line, said });
  }
  const named = found.filter(({ said }) => NAMED.test(said));
  const boots = named.length > 0 ? named : found.slice(0, 1);
  return boots.filter(({ said }, index) => said !== boots[index - 1]?.said).map(({ line }) => line);
}

function endOfSummary({ owners }: Sections, line: number): number {
  let to = line + 1;
  while (to < owners.length && owners[to] === owners[line]) to += 1;
  return to;
}

/** Journal lines that a user picked for their summaries are summaries, one per boot, and no journal. */
export function pickedSummaries({ text, starts, owners, signs }: Sections): void {
  const time = signs.findIndex(({ raw, line }) => raw === 'systemd/analyze-time.txt' && line !== undefined);
  const journal = new Set(signs.flatMap(({ raw }, index) => (isJournal(raw) ? [index] : [])));
  const lines: number[] = [];
  for (const [line, owner] of owners.entries()) {
    if (!journal.has(owner)) continue;
    if (!/Startup finished in .*\([a-z]/.test(text.slice(starts[line], starts[line + 1]))) return;
    lines.push(line);
  }
  for (const line of lines) owners[line] = time;
}

const isJournal = (raw: Sign['raw']): boolean => typeof raw === 'function' && raw('x').startsWith('journal/');
