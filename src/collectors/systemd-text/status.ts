/**
 * `systemctl status`: when each unit entered its state, on the wall clock and to the second. The journal collectors read the
 * journal's lines below it. `CPU:` and `Duration:` are about the time after the unit's start.
 *
 *   ● kubelet.service - Kubelet
 *        Active: active (running) since Sat 2026-08-01 07:06:47 UTC; 3min 12s ago
 */
import type { BootEvent } from '../../model/timeline.ts';
import { lineOf, spokenLines } from '../reading/lines.ts';
import { readStamp } from '../reading/stamp-text.ts';
import { comparableName } from '../unit-names.ts';

export const STATUS_PATH = 'systemd/status.txt';

const UNIT = /^\s*(?:[●○×↻*]|\(-\)) (\S{1,255}\.[a-z]{4,9})(?: - |\s*$)/;
const SINCE = /^\s+Active: (active|activating) \([a-z-]{1,40}\) since (.{1,60}?);/;

/** Units whose process start is an event: each is active as soon as its process runs. */
const PROCESSES: Readonly<Record<string, string>> = {
  'kubelet.service': 'kubelet.start',
  'walinuxagent.service': 'agent.start',
  'waagent.service': 'agent.start',
};

/** Ignores stamps with a zone name or without a zone. */
export function readUnitStates(raw: ReadonlyMap<string, Uint8Array>): BootEvent[] {
  const events: BootEvent[] = [];
  let unit: string | undefined;
  for (const { text, number } of spokenLines(raw.get(STATUS_PATH))) {
    unit = UNIT.exec(text)?.[1] ?? unit;
    const [, state, since = ''] = SINCE.exec(text) ?? [];
    const stamp = state === undefined ? undefined : readStamp(since);
    if (unit === undefined || stamp?.zoned !== true) continue;
    const name = comparableName(unit);
    const at = { clock: 'realtime', us: stamp.us, errorUs: stamp.errorUs } as const;
    const evidence = lineOf(STATUS_PATH, number);
    events.push({ id: `unit.${name}/${state === 'active' ? 'end' : 'start'}`, ...at, evidence });
    const process = PROCESSES[name];
    if (state === 'active' && process !== undefined) events.push({ id: process, ...at, evidence });
    unit = undefined;
  }
  return events;
}
