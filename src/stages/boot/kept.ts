/** Machines that keep running after the run. */
import type { KeptMachine } from '../../model/provider.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import type { BootContext } from './plan.ts';
import type { RunWatcher } from './watcher.ts';

/** Records each machine as soon as bench decides to leave it running. */
export function keptIn(folder: RunFolder, watcher: RunWatcher): NonNullable<BootContext['keep']> {
  const kept = new Map<string, KeptMachine>();
  return async (boot, machine) => {
    kept.set(boot.id, machine);
    watcher.kept(boot, machine);
    await folder.writeKept(kept);
  };
}
