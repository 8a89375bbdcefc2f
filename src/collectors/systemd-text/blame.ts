/**
 * `systemd-analyze blame` as printed: a duration and a unit on each line, the longest first. The durations overlap and do not
 * add up to anything. Names have no blanks, so a second duration on a line begins a second unit (two lines pasted as one).
 */
import type { Evidence } from '../../model/timeline.ts';
import type { Us } from '../../model/units.ts';
import { durationAt, isWrapped } from '../reading/duration-text.ts';
import { spokenLines } from '../reading/lines.ts';
import { isCutUnitName, isUnitName } from './unit-name.ts';

interface BlamedUnit {
  readonly unit: string;
  readonly us: Us;
  readonly errorUs: Us;
  readonly evidence: Evidence;
}

export interface BlameText {
  readonly units: readonly BlamedUnit[];
  /** Whether the list or its command line shows that the list is incomplete. */
  readonly cutShort: boolean;
  /** The first few lines that are neither a unit nor a prompt. */
  readonly strange: readonly Evidence[];
}

const UNIT = /[ \t]{1,80}(\S{1,255})(?=[ \t]|$)/y;
const GAP = /[ \t]{0,400}/y;
const MORE = /^\s*(?:\.\.\.|\(\.\.\.\)|…|\[\.\.\.\])\s*$|^lines \d+-\d+/;
const CUT_BY_COMMAND = /systemd-analyze[^\n|]{0,80}\bblame\b[^\n]{0,80}\|\s{0,8}(?:head|tail|grep)\b/;
/** A machine has hundreds of units. */
const MOST_UNITS = 20_000;
const MOST_STRANGE = 5;

export function readBlameText(text: string, file: string): BlameText {
  const units: BlamedUnit[] = [];
  const strange: Evidence[] = [];
  let cutShort = false;
  for (const line of spokenLines(text)) {
    if (units.length >= MOST_UNITS) break;
    const bare = line.text.slice(0, 4096);
    const evidence = { file, line: line.number };
    const found = unitsOf(bare, evidence);
    for (const unit of found) units.push(unit);
    if (found.length > 0) continue;
    if (MORE.test(bare) || CUT_BY_COMMAND.test(bare)) cutShort = true;
    else if (/^[\s>#*|-]*\d/.test(bare) && strange.length < MOST_STRANGE) strange.push(evidence);
  }
  return { units, cutShort, strange };
}

function unitsOf(line: string, evidence: Evidence): BlamedUnit[] {
  const units: BlamedUnit[] = [];
  let at = /^[\s>#*|-]*/.exec(line)?.[0].length ?? 0;
  while (at < line.length) {
    const duration = durationAt(line, at);
    if (duration === undefined) break;
    UNIT.lastIndex = duration.end;
    // A pager marks a truncated name.
    const unit = UNIT.exec(line)?.[1]?.replace(/[…>]$/, '');
    if (unit === undefined || !(isUnitName(unit) || isCutUnitName(unit)) || isWrapped(duration.us)) break;
    units.push({ unit, us: duration.us, errorUs: duration.errorUs, evidence });
    GAP.lastIndex = UNIT.lastIndex;
    GAP.test(line);
    at = GAP.lastIndex;
  }
  return units;
}
