/** What is given to those who boot: which blocks within which limits, and with what. */
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
  /** What is done to boots, and the files that do it, by the boot's id. */
  readonly trials?: ReadonlyMap<string, PlannedTrial>;
  /** What is waited for in a machine that does not say when its boot is over. */
  readonly ready?: ReadyWait | undefined;
  /** Tokens in artifacts are stored as they are. */
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
  /** Boots that were made before; without it, every boot is made. */
  readonly known?: KnownBoots | undefined;
  /** Called for each machine that is left running; without it, machines are destroyed. */
  readonly keep?: ((boot: BootIdentity, kept: KeptMachine) => Promise<void>) | undefined;
}

/** Gives what is known of the boot that is requested, or makes it. */
export type KnownBoots = (request: BootRequest, make: () => Promise<BootResult>) => Promise<BootResult>;
