/** Paid resources that a crashed or killed run left behind. */
import type { OpenShell, Timer } from './provider.ts';

export interface Leftover {
  /** Its name; everything a run creates is in one group. */
  readonly group: string;
  /** If someone else owns the group, it stays: this identifies the resources of the one process in it. */
  readonly inside?: string;
  readonly run: string;
  readonly scenario: string;
  readonly deleteAfter: string;
  /** Its time is up: no run can still use it. */
  readonly due: boolean;
  readonly resources: number;
  readonly machines: number;
  /**
   * Cluster nodes that its machines may have become, and the command that deletes the remaining ones: bench has no access to
   * the cluster.
   */
  readonly nodes?: { readonly names: readonly string[]; readonly remove: string };
  /** US dollars a day for its machines; undefined if there is no price, or nobody requested one. */
  readonly costPerDay?: number;
  /** Resources that bench did not create: it never deletes such a group. */
  readonly foreign: readonly string[];
}

export interface Leftovers {
  readonly found: readonly Leftover[];
  /** Deletes one group and waits until it is gone; `kept` if it has changed since the search. */
  remove(leftover: Leftover, signal: AbortSignal): Promise<'gone' | 'kept'>;
}

export interface LeftoversWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Base folder of the relative paths in the request's scenario. */
  readonly scenarioFolder?: string | undefined;
  /** UTC, ISO 8601. */
  readonly nowIso: string;
  readonly progress?: (line: string) => void;
  readonly connect?: OpenShell;
  /** Folder of cached prices. */
  readonly cacheFolder: string;
  readonly timer: Timer;
}
