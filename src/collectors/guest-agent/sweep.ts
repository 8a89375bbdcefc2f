/**
 * Are all provisioning events here? The guest agent takes the event files away every 300 s (by default) and deletes them, and
 * says how many in its log. What it took can be read again from the shell trace, but only for steps of traced scripts.
 *
 *   held    = files still there + steps that only the trace reports
 *   emitted = files still there + the larger of: files the agent says it took, steps that only the trace reports
 */
import type { Us } from '../../model/units.ts';
import type { AgentLog } from './waagent-log.ts';

export interface Completeness {
  readonly complete: 'yes' | 'no' | 'unknown';
  /** Events in hand, of those known to have been emitted. */
  readonly held: number;
  readonly emitted: number | undefined;
  /** Files that the agent took in this boot. */
  readonly swept?: number;
}

/** `sinceUs`: sweeps before it are of an earlier boot. `log` undefined: the agent's log was not taken. */
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
