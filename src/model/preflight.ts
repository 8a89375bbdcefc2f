/** What a run would find in its cloud, and what its machines would cost. Asking creates nothing. */
import type { BenchError } from './errors.ts';
import type { RunContext } from './provider.ts';

/**
 * `unknown`: bench could not ask; the plan may be right.
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
      /** Sizes of the scenario that the cloud refuses, and why. */
      readonly dropped: readonly string[];
    };

/** The quota with the least room for a size of machine. */
export interface SizeQuota {
  readonly size: string;
  /** What the quota counts, e.g. `vCPUs of standardDSv5Family`. */
  readonly what: string;
  readonly needed: number;
  readonly free: number;
  readonly limit: number;
}

export interface MachinePrice {
  readonly size: string;
  /** At list price, of the machine alone. */
  readonly usdPerHour: number;
  /** When bench read the price list: UTC, ISO 8601. */
  readonly asOf: string;
}

export interface Preflight {
  readonly prospect: Prospect;
  readonly price?: MachinePrice;
}

/** What a provider needs to ask without creating anything. */
export type AskWorld = Pick<
  RunContext,
  'environment' | 'scenarioFolder' | 'cacheFolder' | 'timer' | 'signal' | 'connect'
> & {
  /** UTC, ISO 8601. */
  readonly nowIso: string;
};
