/** The part of a run that a process executes until it ends or the test kills it. */
import type { Fleet, Timer } from '../../src/model/provider.ts';
import { bootBlocks } from '../../src/stages/boot/blocks.ts';
import type { Journal } from '../../src/store/journal.ts';
import type { RunFolder } from '../../src/store/run-folder.ts';

interface CrashRun {
  readonly folder: RunFolder;
  readonly journal: Journal;
  readonly fleet: Fleet;
  readonly timer: Timer;
}

type Plan = Parameters<typeof bootBlocks>[0];

export async function bootToTheEnd(
  plan: Plan,
  { folder, journal, fleet, timer }: CrashRun,
  signal: AbortSignal,
): Promise<void> {
  const watcher = { changed: () => {}, gaveUp: () => {} };
  try {
    await journal.append({ state: 'run-started' });
    await bootBlocks(plan, { folder, journal, fleet, requests: [], timer, watcher }, signal);
    await journal.append({ state: 'run-ended' });
  } finally {
    await fleet.close();
    await journal.close();
  }
}
