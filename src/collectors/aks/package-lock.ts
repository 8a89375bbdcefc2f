/**
 * Steps that waited for the package manager's lock, and the lock's holder: dpkg and apt name the process in the step's output.
 *
 *   dpkg: error: dpkg frontend lock was locked by another process with pid 159
 *   E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 (unattended-upgr)
 */
import type { Evidence, Span } from '../../model/timeline.ts';
import { journalOf } from '../journal-lines.ts';
import { linesOf } from '../reading/lines.ts';
import { unitsOf } from '../systemd-units.ts';
import { shortTaskName } from './task-name.ts';
import { TRACE, unquoted } from './trace.ts';

const CALL = /(?:^|[\s:])\++ logs_to_events '?([\w.+:@/-]{1,200})'?(?: |$)/;
const ENDED = /"TaskName":\s*"([\w.+:@/-]{1,200})"/;
const HELD = /(?:locked by another process with pid|It is held by process) (\d{1,10})\b/;
/** No provisioning script nests calls deeper than this. */
const DEEPEST = 64;

interface Wait {
  readonly pid: number;
  readonly evidence: Evidence;
}

/** The steps; a step that waited for a lock carries it. */
export function withLocks(steps: readonly Span[], raw: ReadonlyMap<string, Uint8Array>): Span[] {
  const waits = waitsIn(raw.get(TRACE));
  if (waits.size === 0) return [...steps];
  return steps.map((step) => {
    const wait = step.kind === 'task' ? waits.get(step.name) : undefined;
    if (wait === undefined) return step;
    const holder = unitOfProcess(wait.pid, raw);
    return { ...step, lock: { name: 'package lock', ...wait, ...(holder !== undefined && { holder }) } };
  });
}

/** By step: the last process it waited for. The step continued when that process ended. */
function waitsIn(trace: Uint8Array | undefined): Map<string, Wait> {
  const waits = new Map<string, Wait>();
  const open: string[] = [];
  for (const { text, number } of linesOf(trace)) {
    const called = text.includes('logs_to_events') ? CALL.exec(text.slice(0, 500))?.[1] : undefined;
    const ended = text.includes('"TaskName":') ? ENDED.exec(unquoted(text.slice(0, 4096)))?.[1] : undefined;
    if (called !== undefined && open.length < DEEPEST) open.push(called);
    else if (ended !== undefined) {
      const index = open.lastIndexOf(ended);
      if (index !== -1) open.length = index;
    } else {
      const pid = HELD.exec(text.slice(0, 1000))?.[1];
      const step = open.at(-1);
      if (pid !== undefined && step !== undefined)
        waits.set(shortTaskName(step), { pid: Number(pid), evidence: { file: `raw/${TRACE}`, line: number } });
    }
  }
  return waits;
}

/** The unit whose main process has or had this pid; otherwise the unit under which the process wrote to the journal. */
function unitOfProcess(pid: number, raw: ReadonlyMap<string, Uint8Array>): string | undefined {
  const unit = unitsOf(raw).units.find(({ mainPid }) => mainPid === pid);
  return unit?.name ?? journalOf(raw).lines.find((line) => line.pid === pid && line.unit !== '')?.unit;
}
