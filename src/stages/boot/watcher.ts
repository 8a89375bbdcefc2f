/** What bench shows of a run in progress. */
import type { BootIdentity, Failure, MachineFacts } from '../../model/boot.ts';
import type { KeptMachine } from '../../model/provider.ts';
import type { PlannedBlock } from '../../model/run.ts';

export const BOOT_STATES = ['booting', 'collecting', 'storing', 'booted', 'failed'] as const;
export type BootState = (typeof BOOT_STATES)[number];

export interface BootWatcher {
  /** `failure` comes with the state `failed`. */
  changed(boot: BootIdentity, state: BootState, failure?: Failure): void;
  /** Every boot of the first block failed: the others are not tried. */
  gaveUp(): void;
}

export interface RunWatcher extends BootWatcher {
  /** It is left running. */
  kept(boot: BootIdentity, machine: KeptMachine): void;
  /** The fleet is open, the blocks are about to be booted. */
  started(start: RunStart): void;
  deriving(step: 'records' | 'samples' | 'comparison' | 'report'): void;
}

/** The same, and what is done before the first boot, e.g. "image before: installing packages (1 of 3)". */
export interface CommandWatcher extends RunWatcher {
  line(text: string): void;
}

export interface RunStart {
  /** Of the run: `run.json` is there, so that it can be resumed from now on. */
  readonly folder: string;
  readonly blocks: readonly PlannedBlock[];
  readonly facts: MachineFacts;
  /** Boots that an earlier process of this run has brought to their end. */
  readonly settled: readonly string[];
  /** What the plan uses, until boots have been timed. */
  readonly secondsPerBoot: number;
  /** Of a machine; undefined where machines are free, or the price is not known. */
  readonly usdPerHour: number | undefined;
}
