/**
 * Starts of a unit before its last one. systemd keeps the stamps of the last start only; what it said in the journal keeps
 * the others, to the time that a line needs to get there. Wordings of systemd's manager (`unit.c`, `job.c`), which names the
 * unit in the field UNIT.
 *
 *   containerd.service~1   Starting ... Started        the first start, from the journal
 *   containerd.service                                 the last one, from `systemctl show`
 */
import type { Span, Stamp } from '../model/timeline.ts';
import { type JournalLine, journalOf } from './journal-lines.ts';
import { receivedAt } from './reception.ts';
import type { Unit } from './systemd-units.ts';

const STARTING = /^Starting /;
const STARTED = /^(?:Started|Finished) /;

/** The starts before the last, as spans of their own, for units that systemd says were stopped in between. */
export function earlierStarts(raw: ReadonlyMap<string, Uint8Array>, units: readonly Unit[]): Span[] {
  const last = new Map(units.flatMap(({ name, activating }) => (activating ? [[name, activating] as const] : [])));
  const counts = new Map<string, number>();
  const starting = new Map<string, JournalLine>();
  const spans: Span[] = [];
  for (const line of journalOf(raw).lines) {
    const lastStart = line.source === 'systemd' ? last.get(line.unit) : undefined;
    // The last start is said in the journal as well, a little after its own stamp.
    if (lastStart === undefined || line.monotonicUs >= lastStart.us) continue;
    if (STARTING.test(line.message)) starting.set(line.unit, line);
    const begun = starting.get(line.unit);
    if (begun === undefined || !STARTED.test(line.message)) continue;
    starting.delete(line.unit);
    const count = (counts.get(line.unit) ?? 0) + 1;
    counts.set(line.unit, count);
    spans.push({ kind: 'unit', name: `${line.unit}~${count}`, start: stampOf(begun), end: stampOf(line) });
  }
  return spans;
}

function stampOf(line: JournalLine): Stamp {
  const { id: _, ...stamp } = receivedAt('', line);
  return stamp;
}
