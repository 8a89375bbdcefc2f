/** `cloud-init analyze dump`: a JSON list of stage events with stamps in seconds since 1970. May be cut off, or have a header. */
import { us } from '../../model/units.ts';
import { evidenceOf, jsonObjects } from '../reading/json-text.ts';
import type { StageEvent } from './stage-event.ts';

/** cloud-init makes the dump from the log, which has milliseconds. */
const RESOLUTION_US = 1_000;

export interface Dump {
  readonly events: readonly StageEvent[];
  /** Objects of the list that are not stage events, or are incomplete. */
  readonly strange: number;
}

export function readDump(text: string, file: string): Dump {
  const events: StageEvent[] = [];
  let strange = 0;
  for (const object of jsonObjects(text)) {
    const { name, event_type: kind, timestamp, result, description } = object.value ?? {};
    const known = typeof name === 'string' && (kind === 'start' || kind === 'finish');
    const seconds = typeof timestamp === 'number' ? timestamp : Number.NaN;
    if (!known || !(seconds >= 0 && seconds < 1e10) || !/^[\w./-]{1,200}$/.test(name)) {
      strange += 1;
      continue;
    }
    events.push({
      kind,
      name,
      us: us(Math.round(seconds * 1e6)),
      errorUs: us(RESOLUTION_US),
      result: typeof result === 'string' ? result.slice(0, 20) : '',
      description: typeof description === 'string' ? description.slice(0, 200) : '',
      evidence: evidenceOf(object, 'timestamp', file),
    });
  }
  return { events, strange };
}
