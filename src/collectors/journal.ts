/**
 * The journal: the link of the guest's clocks, the kernel's hand-over to init, and the markers of a scenario, which time any
 * event that a unit logs.
 */
import { RE2JS } from 're2js';
import type { Collector, Parsed } from '../model/collector.ts';
import type { BootEvent } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { CLOCK_COMMAND, CLOCK_PATH, readClocks } from './clock.ts';
import { JOURNAL_FIELDS, JOURNAL_PATH, type JournalLine, journalOf } from './journal-lines.ts';
import { JOURNAL_SIGNS } from './log-text/signs.ts';
import { nothingYet, warn } from './parsed.ts';
import { lineOf } from './reading/lines.ts';
import { receivedAt } from './reception.ts';

/** Unit and pattern by the marker's name, as in a scenario. */
export type Markers = Readonly<Record<string, { readonly unit: string; readonly match: string }>>;

export function journal(markers: Markers): Collector {
  return {
    id: 'journal',
    signs: JOURNAL_SIGNS,
    monotonic: /^raw\/journal\/boot\.(?:jsonl|export|verbose)$/,
    artifacts: [
      { path: CLOCK_PATH, command: CLOCK_COMMAND, maxBytes: 4096 },
      {
        path: JOURNAL_PATH,
        command: `journalctl --no-pager --quiet --boot --output=json --output-fields=${JOURNAL_FIELDS.join(',')}`,
        maxBytes: 64 * 1024 * 1024,
      },
    ],
    parse: (raw) => parse(raw, markers),
  };
}

function parse(raw: ReadonlyMap<string, Uint8Array>, markers: Markers): Parsed {
  const found = nothingYet();
  const { path, lines, unread, boots } = journalOf(raw);
  if (boots > 1)
    warn(
      found,
      'journal-boots',
      `the journal contains ${boots} boots; bench uses the last one, which begins here`,
      lineOf(path, lines[0]?.line ?? 0),
    );
  if (unread.count > 0)
    warn(
      found,
      'unread-lines',
      `${unread.count} lines of the journal could not be read; this is the first`,
      lineOf(path, unread.firstLine),
    );
  readClocks(raw, lines, found);
  for (const event of kernelEvents(lines)) found.events.push(event);
  for (const [name, marker] of Object.entries(markers)) {
    const line = firstMatch(lines, marker);
    if (line !== undefined) found.events.push(receivedAt(`marker.${name}`, line));
    else {
      const message = `no line of ${marker.unit} matches ${marker.match}`;
      warn(found, `missing:marker.${name}`, message, lineOf(JOURNAL_PATH, 0));
    }
  }
  return found;
}

/** RE2 takes time linear in the text. Reading the scenario rejects a pattern that RE2 does not support; here it matches nothing. */
function firstMatch(lines: readonly JournalLine[], { unit, match }: Markers[string]): JournalLine | undefined {
  const pattern = compiled(match);
  return pattern && lines.find((line) => line.unit === unit && pattern.matcher(line.message).find());
}

function compiled(match: string): RE2JS | undefined {
  try {
    return RE2JS.compile(match);
  } catch {
    return undefined;
  }
}

/** The problem of a marker's pattern, for the check of a scenario; undefined if there is none. */
export const patternProblem = (match: string): string | undefined =>
  compiled(match) === undefined
    ? `"${match}" is not a valid RE2 regular expression (no look-around, no back-references)`
    : undefined;

/** Events with the kernel's own stamps, from before journald ran. */
function kernelEvents(lines: readonly JournalLine[]): BootEvent[] {
  const init = lines.find(
    (line) =>
      line.transport === 'kernel' && line.kernelUs !== undefined && /^Run \S+ as init process/.test(line.message),
  );
  if (init?.kernelUs === undefined) return [];
  const evidence = lineOf(init.path, init.line);
  return [{ id: 'kernel.init', clock: 'monotonic', us: init.kernelUs, errorUs: us(1), evidence }];
}
