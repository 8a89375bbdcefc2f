/** The outside world, as the stages receive it: below `cli` no code reads the process, the clock or its working folder. */
import type { Timer } from './provider.ts';

export interface World {
  /** Base folder of names on the command line. */
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
  /** Aborted when the caller wants an orderly end. */
  readonly signal: AbortSignal;
}

/** Where bench shows text. */
export interface Screen {
  readonly color: boolean;
  /** Characters in a line. */
  readonly width: number;
}
