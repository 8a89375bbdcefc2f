/**
 * `systemd-analyze critical-chain` as printed: units from the last to the first. `@` is when a unit became active (after the
 * start of userspace), `+` how long it took to start. Only the order counts, since many pastes lose or damage the drawing of
 * the tree. A unit's `@` may be later than its parent's, and two units may leave a gap that nothing in the chain fills. The
 * chain shows orderings, not causes.
 */
import type { Evidence } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { durationAt, isWrapped } from '../reading/duration-text.ts';
import { spokenLines } from '../reading/lines.ts';
import { isCutUnitName, isUnitName } from './unit-name.ts';

export interface ChainLink {
  readonly unit: string;
  /** After the start of userspace. */
  readonly atUs: Us | undefined;
  readonly tookUs: Us | undefined;
  readonly errorUs: Us;
  readonly evidence: Evidence;
}

/** The drawing, well or badly decoded; only `-.slice` and `-.mount` begin with one of these characters themselves. */
const DECORATION = /^[^A-Za-z0-9_]{0,400}/;
const ROOT = /(?:^|[^A-Za-z0-9_.])(-\.(?:slice|mount))(?=[ \t]|$)/;
/** A pager marks a name that it truncated at the right edge. */
const NAME = /^(\S{1,255}?)(?:[ \t]|[>…]?$)/;
const MOST_LINKS = 2_000;

/** The chains of a text: of the default target, and of each requested unit. Units from the last to the first. */
export function readChains(text: string, file: string): ChainLink[][] {
  const chains: ChainLink[][] = [];
  let drawn = false;
  let links = 0;
  for (const line of spokenLines(text)) {
    // A line with two links has lost the line break between them.
    for (const part of line.text.slice(0, 4096).split(/(?=[└├]─)/)) {
      const link = readLink(part, { file, line: line.number });
      if (link === undefined) continue;
      const current = chains.at(-1);
      const branch = /[└├│`|]/.test(part.slice(0, 400));
      // A link without a drawing after links with one is the root of the next chain; so is a repeated unit.
      const next: boolean = (drawn && !branch) || current?.some(({ unit }) => unit === link.unit) === true;
      if (current === undefined || next) chains.push([link]);
      else current.push(link);
      drawn = next ? branch : drawn || branch;
      links += 1;
    }
    if (links >= MOST_LINKS) break;
  }
  return chains;
}

/** The chain of the default target, which comes first if the user requested no unit. */
export const mainChain = (chains: readonly ChainLink[][]): ChainLink[] =>
  chains.find(([root]) => root?.unit.endsWith('.target')) ?? chains[0] ?? [];

/** All links of a text. */
export const readChainText = (text: string, file: string): ChainLink[] => readChains(text, file).flat();

function readLink(line: string, evidence: Evidence): ChainLink | undefined {
  const start = afterDecoration(line);
  const name = NAME.exec(line.slice(start))?.[1];
  if (name === undefined) return undefined;
  const rest = line.slice(start + name.length);
  const timed = /^[ \t]+[@+]\d/.test(rest);
  const bare = /^[ \t>…]*$/.test(rest);
  // A chain's line is a unit and its times; any other line with a unit is prose or a prompt.
  if (!(isUnitName(name) && (timed || bare)) && !(isCutUnitName(name) && bare)) return undefined;
  const at = valueAfter(rest, '@');
  const took = valueAfter(rest, '+');
  return {
    unit: name,
    atUs: at?.us,
    tookUs: took?.us,
    errorUs: us(Math.max(at?.errorUs ?? 0, took?.errorUs ?? 0)),
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
