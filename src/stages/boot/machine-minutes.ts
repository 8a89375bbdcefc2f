/** What a run took of its provider, counted from the journal alone: what killed processes had running is in it too. */
import type { JournalEntry, Run } from '../../model/run.ts';
import { type Ms, ms } from '../../model/units.ts';

/** Note of a boot in the journal that no machine made. */
export const FROM_CACHE = 'from the cache';

/** From asking for each machine to its end. A machine that was left by a kill ends when the run continues: that deletes it. */
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
