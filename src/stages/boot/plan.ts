/** The plan for the boots: which blocks, within which limits, and with what. */
import type { CollectRequest } from '../../guest/collect.ts';
import type { BootIdentity } from '../../model/boot.ts';
import type { BootRequest, Fleet, GivenFile, KeptMachine, Timer } from '../../model/provider.ts';
import type { PlannedBlock } from '../../model/run.ts';
import type { Trial } from '../../model/trial.ts';
import type { Ms } from '../../model/units.ts';
import type { Journal } from '../../store/journal.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import type { BootResult } from './read.ts';
import type { ReadyWait } from './ready.ts';
import type { BootWatcher } from './watcher.ts';

export interface BootPlan {
  readonly blocks: readonly PlannedBlock[];
  readonly concurrency: number;
  /** The machines of a block take turns, and `concurrency` counts blocks. */
  readonly blocksInTurn?: boolean | undefined;
  readonly collectWithinMs: Ms;
  readonly reachWithinMs: Ms;
  /** Interventions in boots, and the files that carry them out, by boot id. */
  readonly trials?: ReadonlyMap<string, PlannedTrial>;
  /** What bench waits for in a machine that does not report the end of its boot. */
  readonly ready?: ReadyWait | undefined;
  /** Store tokens in artifacts unchanged. */
  readonly keepSecrets?: boolean | undefined;
}

export interface PlannedTrial extends Pick<BootRequest, 'bashEnv'> {
  readonly trial: Trial;
  readonly files: readonly GivenFile[];
}

export interface BootContext {
  readonly folder: RunFolder;
  readonly journal: Journal;
  readonly fleet: Fleet;
  readonly requests: readonly CollectRequest[];
  readonly timer: Timer;
  readonly watcher: BootWatcher;
  /** Cached boots; without it, bench makes every boot. */
  readonly known?: KnownBoots | undefined;
  /** Called for each machine that stays running; without it, bench destroys machines. */
  readonly keep?: ((boot: BootIdentity, kept: KeptMachine) => Promise<void>) | undefined;
}

/** Returns the known result of the requested boot, or makes the boot. */
export type KnownBoots = (request: BootRequest, make: () => Promise<BootResult>) => Promise<BootResult>;
