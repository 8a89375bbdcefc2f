/**
 * The time zone of the provisioning steps' stamps, which name none. If the machine reported its zone (`date +%z` in
 * clock/guest.txt), that zone applies. Otherwise we assume UTC, as Azure's images run in UTC.
 */
import type { Evidence } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { spokenLines } from '../reading/lines.ts';
import { offsetUs } from '../reading/stamp-text.ts';
import { artifactText } from '../reading/text.ts';

const CLOCK = 'clock/guest.txt';

export interface GuestZone {
  readonly offsetUs: Us;
  /** For the facts: `UTC (assumed)`, `+0200`. */
  readonly name: string;
  readonly evidence: Evidence | undefined;
}

const OFFSET = /(?:^|[\s=:])([+-]\d{4})$/;

export function guestZone(raw: ReadonlyMap<string, Uint8Array>): GuestZone {
  for (const line of spokenLines(artifactText(raw, CLOCK) ?? '')) {
    const offset = OFFSET.exec(line.text.slice(0, 200))?.[1];
    if (offset !== undefined) {
      return { offsetUs: offsetUs(offset), name: offset, evidence: { file: `raw/${CLOCK}`, line: line.number } };
    }
  }
  return { offsetUs: us(0), name: 'UTC (assumed)', evidence: undefined };
}
