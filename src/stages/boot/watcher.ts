/** What bench shows of a run in progress. */
import type { BootIdentity, Failure, MachineFacts } from '../../model/boot.ts';
import type { KeptMachine } from '../../model/provider.ts';
import type { PlannedBlock } from '../../model/run.ts';

export const BOOT_STATES = ['booting', 'collecting', 'storing', 'booted', 'failed'] as const;
export type BootState = (typeof BOOT_STATES)[number];

export interface BootWatcher {
  /** `failure` comes with the state `failed`. */
  changed(boot: BootIdentity, state: BootState, failure?: Failure): void;
  /** Every boot of the first block failed: bench does not try the others. */
  gaveUp(): void;
}

export interface RunWatcher extends BootWatcher {
  /** The machine keeps running. */
  kept(boot: BootIdentity, machine: KeptMachine): void;
  /** The fleet is open, and bench is about to boot the blocks. */
  started(start: RunStart): void;
  deriving(step: 'records' | 'samples' | 'comparison' | 'report'): void;
}

/** The same, and the work before the first boot, e.g. "image before: installing packages (1 of 3)". */
export interface CommandWatcher extends RunWatcher {
  line(text: string): void;
}

export interface RunStart {
  /** Folder of the run: `run.json` exists, so users can resume the run from now on. */
  readonly folder: string;
  readonly blocks: readonly PlannedBlock[];
  readonly facts: MachineFacts;
  /** Boots that an earlier process of this run completed. */
  readonly settled: readonly string[];
  /** The plan's estimate, until bench has timed boots. */
  readonly secondsPerBoot: number;
  /** Per machine; undefined if machines are free or the price is unknown. */
  readonly usdPerHour: number | undefined;
}
