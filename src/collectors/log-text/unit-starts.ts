/**
 * Starts of units that a text log reports by the unit's name. systemd 250 and later print the name before the description, and
 * `with-unit` output has it in place of the program. A description alone is no name.
 */
import type { Span, Stamp } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { lineOf } from '../reading/lines.ts';
import { comparableName, isOfTheLogin } from '../unit-names.ts';
import { isManager, type LogLine } from './lines.ts';

const SAID = /^(Starting|Started|Finished) (?:(\S{1,255}\.(?:service|mount|swap|socket)) - )?/;
/** From stamps in whole seconds, the error would be as large as the length. */
const FINE_US = 100_000;

export function startsIn(path: string, lines: readonly LogLine[], zoneUs: Us): Span[] {
  const begun = new Map<string, Stamp>();
  const spans = new Map<string, Span>();
  for (const line of lines) {
    const [, what, named] = SAID.exec(line.message) ?? [];
    const unit = named ?? (/\.service$/.test(line.source) ? line.source : undefined);
    const { stamp } = line;
    if (what === undefined || unit === undefined || stamp === undefined || stamp.errorUs > FINE_US) continue;
    if (!(isManager(line) || line.pid === 1) || isOfTheLogin(unit)) continue;
    const name = comparableName(unit);
    const at: Stamp = {
      clock: stamp.clock,
      us: us(stamp.us - (stamp.zoned ? 0 : zoneUs)),
      errorUs: stamp.errorUs,
      evidence: lineOf(path, line.number),
    };
    const start = begun.get(name);
    if (what === 'Starting') begun.set(name, at);
    else if (start !== undefined && !spans.has(name)) spans.set(name, { kind: 'unit', name, start, end: at });
  }
  return [...spans.values()];
}
