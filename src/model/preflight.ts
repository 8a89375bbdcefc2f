/** What a run would find where its machines are made, and what they would cost: asked beforehand, nothing is made. */
import type { BenchError } from './errors.ts';
import type { RunContext } from './provider.ts';

/**
 * `unknown`: it could not be asked, which is no fault of the plan.
 * `refused`: the run would end with this error before its first machine.
 */
export type Prospect =
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: BenchError }
  | {
      readonly kind: 'ready';
      /** Exact images, by variant. */
      readonly images: Readonly<Record<string, string>>;
      readonly quota: readonly SizeQuota[];
      /** Sizes of the scenario that cannot be used, and why. */
      readonly dropped: readonly string[];
    };

/** The quota that leaves a size of machine the least room. */
export interface SizeQuota {
  readonly size: string;
  /** What is counted, e.g. `vCPUs of standardDSv5Family`. */
  readonly what: string;
  readonly needed: number;
  readonly free: number;
  readonly limit: number;
}

export interface MachinePrice {
  readonly size: string;
  /** By the list, of the machine alone. */
  readonly usdPerHour: number;
  /** When the list was read: UTC, ISO 8601. */
  readonly asOf: string;
}

export interface Preflight {
  readonly prospect: Prospect;
  readonly price?: MachinePrice;
}

/** What is needed to ask, without making anything. */
export type AskWorld = Pick<
  RunContext,
  'environment' | 'scenarioFolder' | 'cacheFolder' | 'timer' | 'signal' | 'connect'
> & {
  /** UTC, ISO 8601. */
  readonly nowIso: string;
};
