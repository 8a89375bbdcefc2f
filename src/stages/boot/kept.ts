/** Machines that are left running after the run. */
import type { KeptMachine } from '../../model/provider.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import type { BootContext } from './plan.ts';
import type { RunWatcher } from './watcher.ts';

/** Writes down every machine that is left running as soon as it is one. */
export function keptIn(folder: RunFolder, watcher: RunWatcher): NonNullable<BootContext['keep']> {
  const kept = new Map<string, KeptMachine>();
  return async (boot, machine) => {
    kept.set(boot.id, machine);
    watcher.kept(boot, machine);
    await folder.writeKept(kept);
  };
}
