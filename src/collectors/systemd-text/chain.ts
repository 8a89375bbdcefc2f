/**
 * `systemd-analyze critical-chain` as printed: units from the last to the first, `@` when it became active (after the start of
 * userspace), `+` how long it took to start. The tree's drawing is decoration (it is lost, or uneven, in many pastes): only
 * the order counts. A unit's `@` may be later than its parent's, and two units may leave a hole that nothing in the chain
 * fills: the chain shows orderings, not causes.
 */
import type { Evidence } from '../../model/timeline.ts';
import { durationAt, isWrapped } from '../reading/duration-text.ts';
import { spokenLines } from '../reading/lines.ts';
import { isCutUnitName, isUnitName } from './unit-name.ts';

export interface ChainLink {
  readonly unit: string;
  /** After the start of userspace. */
  readonly atUs: number | undefined;
  readonly tookUs: number | undefined;
  readonly errorUs: number;
  readonly evidence: Evidence;
}

/** The drawing, well or badly decoded; no unit but `-.slice` and `-.mount` begins with anything else than these. */
const DECORATION = /^[^A-Za-z0-9_]{0,400}/;
const ROOT = /(?:^|[^A-Za-z0-9_.])(-\.(?:slice|mount))(?=[ \t]|$)/;
/** A pager marks what it cut off at the right edge. */
const NAME = /^(\S{1,255}?)(?:[ \t]|[>…]?$)/;
const MOST_LINKS = 10_000;

export function readChainText(text: string, file: string): ChainLink[] {
  const chain: ChainLink[] = [];
  for (const line of spokenLines(text)) {
    // Two links on one line have lost the line break between them.
    for (const part of line.text.slice(0, 4096).split(/(?=[└├]─)/)) {
      const link = readLink(part, { file, line: line.number });
      if (link) chain.push(link);
    }
    if (chain.length >= MOST_LINKS) break;
  }
  return chain;
}

function readLink(line: string, evidence: Evidence): ChainLink | undefined {
  const start = afterDecoration(line);
  const name = NAME.exec(line.slice(start))?.[1];
  if (name === undefined) return undefined;
  const rest = line.slice(start + name.length);
  const timed = /^[ \t]+[@+]\d/.test(rest);
  const bare = /^[ \t>…]*$/.test(rest);
  // A chain's line is a unit and its times; anything else with a unit in it is prose or a prompt.
  if (!(isUnitName(name) && (timed || bare)) && !(isCutUnitName(name) && bare)) return undefined;
  const at = valueAfter(rest, '@');
  const took = valueAfter(rest, '+');
  return {
    unit: name,
    atUs: at?.us,
    tookUs: took?.us,
    errorUs: Math.max(at?.errorUs ?? 0, took?.errorUs ?? 0),
    evidence,
  };
}

/** `-.slice` and `-.mount` begin with a dash, which is also part of a tree drawn in plain text. */
function afterDecoration(line: string): number {
  const root = ROOT.exec(line.slice(0, 500));
  if (root?.[1] !== undefined) return root.index + root[0].length - root[1].length;
  return DECORATION.exec(line)?.[0].length ?? 0;
}

function valueAfter(text: string, sign: string) {
  const at = text.indexOf(` ${sign}`);
  const duration = at === -1 ? undefined : durationAt(text, at + 2);
  return duration === undefined || isWrapped(duration.us) ? undefined : duration;
}
