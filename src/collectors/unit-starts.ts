/**
 * Starts of units that only the journal reports. `systemctl show` has the stamps of a unit's last start, and covers only active
 * or failed units, as each costs the manager work. systemd's journal lines have the other starts, late by the time that a line
 * needs to reach journald. Wordings of systemd's manager (`unit.c`, `job.c`); the unit is in the field UNIT, or in the text of
 * lines from before journald ran (systemd 250 and later).
 *
 *   containerd.service~1   Starting ... Started        the first start, from the journal
 *   containerd.service                                 the last one, from `systemctl show`
 *   update.service         Starting ... Finished       a oneshot that is over, from the journal
 */

import { addTo } from '../model/grouped.ts';
import type { Span, Stamp } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { type JournalLine, journalOf } from './journal-lines.ts';
import { lineOf } from './reading/lines.ts';
import { receivedAt } from './reception.ts';
import type { Unit } from './systemd-units.ts';
import { comparableName, isOfTheLogin } from './unit-names.ts';

/** The starts that `units` from systemctl lack. */
export function startsInJournal(raw: ReadonlyMap<string, Uint8Array>, units: readonly Unit[]): Span[] {
  const shown = new Map(units.map((unit) => [unit.name, unit]));
  return [...startsByUnit(journalOf(raw).lines)].flatMap(([name, starts]) => {
    const unit = shown.get(name);
    if (unit === undefined) return numbered(name, starts, starts.length - 1);
    // The journal also reports the last start, a little after the unit's own stamp.
    const lastUs = unit.stoppedBefore && unit.activating?.clock === 'monotonic' ? unit.activating.us : undefined;
    return lastUs === undefined
      ? []
      : numbered(
          name,
          starts.filter(({ start }) => start.us < lastUs),
        );
  });
}

interface Start {
  readonly start: Stamp;
  readonly end: Stamp;
}

const SAID = /^(Starting|Started|Finished) (?:(\S{1,255}\.service) - )?/;

function startsByUnit(lines: readonly JournalLine[]): ReadonlyMap<string, readonly Start[]> {
  const starting = new Map<string, JournalLine>();
  const starts = new Map<string, Start[]>();
  for (const line of lines) {
    const [, what, named] = (line.source === 'systemd' && SAID.exec(line.message)) || [];
    const unit = line.unit.endsWith('.service') ? line.unit : named;
    if (what === undefined || unit === undefined || isOfTheLogin(unit)) continue;
    const name = comparableName(unit);
    if (what === 'Starting') starting.set(name, line);
    const begun = starting.get(name);
    if (what === 'Starting' || begun === undefined) continue;
    starting.delete(name);
    addTo(starts, name, { start: stampOf(begun), end: stampOf(line) });
  }
  return starts;
}

/** Names starts in order of time: `~1`, `~2`, ...; the start at `last`, if any, gets the unit's own name. */
const numbered = (name: string, starts: readonly Start[], last = -1): Span[] =>
  starts.map(({ start, end }, index) => ({
    kind: 'unit',
    name: index === last ? name : `${name}~${index + 1}`,
    start,
    end,
  }));

/** A line that went through the kernel's log has the kernel's stamp; journald read it later. */
function stampOf(line: JournalLine): Stamp {
  if (line.transport === 'kernel' && line.kernelUs !== undefined)
    return { clock: 'monotonic', us: line.kernelUs, errorUs: us(1), evidence: lineOf(line.path, line.line) };
  const { id: _, ...stamp } = receivedAt('', line);
  return stamp;
}
