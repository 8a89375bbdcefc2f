/** A cluster whose nodes bench measures: the source of a first scenario and node configuration. */
import type { Timer } from './provider.ts';

export type ClusterRequest =
  | { readonly kind: 'saved'; readonly text: string; readonly shown: string; readonly cluster: string | undefined }
  | { readonly kind: 'cloud'; readonly cluster: string; readonly group: string | undefined };

/** What a provider needs to ask a cluster. */
export interface ClusterWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder for files of the account, e.g. a certificate authority. */
  readonly folder: string;
  readonly timer: Timer;
}

/** A value that only the owner can supply: the name of the variable that takes it, or of the key to check. */
export interface ToFill {
  readonly names: readonly string[];
  readonly what: string;
  /** Commands that print or set it; some need several lines. */
  readonly commands: readonly string[];
}

/** The files to begin with. */
export interface ClusterStart {
  readonly scenario: string;
  readonly nodeConfig: string;
  readonly toFill: readonly ToFill[];
}
