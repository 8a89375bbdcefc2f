/**
 * Are all provisioning events here? Every 300 s (by default) the guest agent collects and deletes the event files and logs
 * their number. The shell trace still has the swept events, but only those of traced scripts.
 *
 *   held    = files still there + steps that only the trace reports
 *   emitted = files still there + the larger of: files the agent says it took, steps that only the trace reports
 */
import type { Us } from '../../model/units.ts';
import type { AgentLog } from './waagent-log.ts';

export interface Completeness {
  readonly complete: 'yes' | 'no' | 'unknown';
  /** Events that we have, out of all emitted events that we know of. */
  readonly held: number;
  readonly emitted: number | undefined;
  /** Files that the agent took in this boot. */
  readonly swept?: number;
}

/** `sinceUs`: sweeps before it belong to an earlier boot. `log` undefined: the agent's log is missing. */
export function completeness(
  files: number,
  onlyInTrace: number,
  log: AgentLog | undefined,
  sinceUs: Us | undefined,
): Completeness {
  if (log === undefined || log.lines === 0) return { complete: 'unknown', held: files, emitted: undefined };
  const swept = log.sweeps
    .filter((sweep) => sinceUs === undefined || sweep.us >= sinceUs)
    .reduce((sum, sweep) => sum + sweep.events, 0);
  const emitted = files + Math.max(swept, onlyInTrace);
  const held = files + onlyInTrace;
  return { complete: held >= emitted ? 'yes' : 'no', held, emitted, swept };
}

export const completenessText = ({ complete, held, emitted }: Completeness): string =>
  emitted === undefined ? `${complete}, ${held} of an unknown number` : `${complete}, ${held} of ${emitted}`;
