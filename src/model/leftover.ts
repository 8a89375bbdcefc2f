/** What a run that crashed or was killed left where machines are paid for. */
import type { OpenShell, Timer } from './provider.ts';

export interface Leftover {
  /** Its name; all that a run makes is in one group. */
  readonly group: string;
  /** Where the group is one of others, which stays: what tells the things of this one process in it. */
  readonly inside?: string;
  readonly run: string;
  readonly scenario: string;
  readonly deleteAfter: string;
  /** Its time is up: no run can still be using it. */
  readonly due: boolean;
  readonly resources: number;
  readonly machines: number;
  /** Nodes of a cluster that its machines may have become, and the command that deletes those that stay: bench has no way into a cluster. */
  readonly nodes?: { readonly names: readonly string[]; readonly remove: string };
  /** US dollars a day for its machines; undefined where there is no price, or none was requested. */
  readonly costPerDay?: number;
  /** Resources that bench did not make: such a group is left alone. */
  readonly foreign: readonly string[];
}

export interface Leftovers {
  readonly found: readonly Leftover[];
  /** Deletes one group and waits until it is gone; `kept` when it is no longer what was found. */
  remove(leftover: Leftover, signal: AbortSignal): Promise<'gone' | 'kept'>;
}

export interface LeftoversWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Folder that relative paths of the request's scenario start from. */
  readonly scenarioFolder?: string | undefined;
  /** UTC, ISO 8601. */
  readonly nowIso: string;
  readonly progress?: (line: string) => void;
  readonly connect?: OpenShell;
  /** Where prices are kept. */
  readonly cacheFolder: string;
  readonly timer: Timer;
}
