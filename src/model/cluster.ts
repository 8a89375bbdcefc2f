/** A cluster whose nodes are measured: what a scenario and a node's configuration are written from. */
import type { Timer } from './provider.ts';

export type ClusterRequest =
  | { readonly kind: 'saved'; readonly text: string; readonly shown: string; readonly cluster: string | undefined }
  | { readonly kind: 'cloud'; readonly cluster: string; readonly group: string | undefined };

/** What a cluster is asked with. */
export interface ClusterWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where files of the account lie, e.g. a certificate authority. */
  readonly folder: string;
  readonly timer: Timer;
}

/** Something that only its owner can give: the name of the variable that takes it, or of the key that is to be looked at. */
export interface ToFill {
  readonly names: readonly string[];
  readonly what: string;
  /** What prints or sets it; several lines where it takes several. */
  readonly commands: readonly string[];
}

/** What is written to begin with. */
export interface ClusterStart {
  readonly scenario: string;
  readonly nodeConfig: string;
  readonly toFill: readonly ToFill[];
}
