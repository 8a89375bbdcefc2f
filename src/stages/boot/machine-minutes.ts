/**
 * Machine time that a run took from its provider, counted from the journal alone. It includes machines that killed processes left running.
 */
import type { JournalEntry, Run } from '../../model/run.ts';
import { type Ms, ms } from '../../model/units.ts';

/** Journal note of a boot that came from the cache, without a machine. */
export const FROM_CACHE = 'from the cache';

/** From the request for each machine to its end. A machine that a killed run left behind ends when the run continues and deletes it. */
export function machineMinutes(journal: readonly JournalEntry[]): NonNullable<Run['spent']> {
  const since = new Map<string, number>();
  let totalMs = 0;
  const end = (boot: string, atMs: Ms) => {
    totalMs += Math.max(0, atMs - (since.get(boot) ?? atMs));
    since.delete(boot);
  };
  for (const { at, state, boot, note } of journal) {
    const atMs = Date.parse(at);
    if (state === 'run-started') for (const left of [...since.keys()]) end(left, ms(atMs));
    if (boot === undefined) continue;
    if (state === 'boot-starting') since.set(boot, atMs);
    if (state === 'boot-collected' && note === FROM_CACHE) since.delete(boot);
    if (state === 'machine-destroyed' || state === 'boot-failed') end(boot, ms(atMs));
  }
  return { machineMinutes: Math.round(totalMs / 6000) / 10 };
}
