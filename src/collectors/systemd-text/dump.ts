/**
 * `systemd-analyze dump`: the manager's stamps in its first lines. Firmware and loader count back from the kernel's start, to the
 * microsecond; the rest is on the wall clock, to the second (systemd `src/core/manager-dump.c`).
 *
 *   Timestamp firmware: 5.083523s
 *   Timestamp kernel: Wed 2020-08-26 12:33:35 EDT
 */
import { us } from '../../model/units.ts';
import type { Parsing } from '../parsed.ts';
import { PLAUSIBLE_US, readDuration } from '../reading/duration-text.ts';
import { lineOf, spokenLines } from '../reading/lines.ts';
import { addWallPhases, anyZone, type WallStamp } from '../systemd-manager/wall-clock.ts';

export const DUMP_PATH = 'systemd/dump.txt';

const STAMP = /^Timestamp ([a-z-]{3,40}): (.{1,60})$/;
/** The manager's own stamps come first. */
const WITHIN_LINES = 2_000;

export function readDumpText(raw: ReadonlyMap<string, Uint8Array>, into: Parsing): void {
  const walls = new Map<string, WallStamp>();
  for (const { text, number } of spokenLines(raw.get(DUMP_PATH))) {
    if (number > WITHIN_LINES) break;
    const [, name, value] = STAMP.exec(text) ?? [];
    if (name === undefined || value === undefined) continue;
    const wall = anyZone(value);
    const length = readDuration(value);
    if (wall !== undefined) walls.set(name, { ...wall, line: number });
    else if (length !== undefined && (name === 'firmware' || name === 'loader') && length.us <= PLAUSIBLE_US)
      into.events.push({
        id: `${name}.start`,
        clock: 'monotonic',
        us: us(-length.us),
        errorUs: us(1),
        evidence: lineOf(DUMP_PATH, number),
      });
  }
  addWallPhases(walls, DUMP_PATH, into);
}
