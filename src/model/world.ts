/** The outside as the stages are given it: below `cli` nothing looks at the process, the clock or the folder it was started in. */
import type { Timer } from './provider.ts';

export interface World {
  /** Folder that names on the command line start from. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly nodeVersion: string;
  readonly cacheFolder: string;
  readonly temporaryFolder: string;
  /** Folders searched for scenarios by name: the caller's own, then those that come with bench. */
  readonly scenarioFolders: readonly string[];
  readonly timer: Timer;
  /** UTC, ISO 8601, to the second. */
  readonly now: () => string;
  /** Aborted when the caller wants everything to end in order. */
  readonly signal: AbortSignal;
}

/** Where text is shown. */
export interface Screen {
  readonly color: boolean;
  /** Characters in a line. */
  readonly width: number;
}
