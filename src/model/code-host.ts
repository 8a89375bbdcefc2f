/** The host of a pull request and of its CI job: what bench needs of both GitHub and Azure DevOps. */

import type { Ticket } from './alert.ts';
import type { Timer } from './provider.ts';

/** What the caller named; the rest comes from the event. */
export interface HostRequest {
  readonly repository?: string | undefined;
  readonly pullRequest?: number | undefined;
}

export interface HostWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timer: Timer;
}

/** A result beside a commit. Annotations point at the file that declares the gates. */
export interface Check {
  readonly name: string;
  /** `neutral`: neither a pass nor a failure. */
  readonly conclusion: 'success' | 'failure' | 'neutral';
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly CheckAnnotation[];
}

export interface CheckAnnotation {
  /** From the root of the repository. */
  readonly path: string;
  readonly line: number;
  readonly level: 'failure' | 'warning';
  readonly title: string;
  readonly message: string;
}

/** Result of posting something. `refused`: the token may not write, e.g. that of a fork's pull request; not an error. */
export type Posting =
  | { readonly kind: 'created' | 'updated'; readonly url: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/** A page for the CI job: its Markdown, and the file that already holds it. */
export interface SummaryPage {
  readonly text: string;
  readonly file: string;
}

/** Makes a comment's body from the one it replaces; undefined: leave that as it is. */
export type WriteComment = (previous: string | undefined) => string | undefined;

/** Each operation is absent where the environment does not permit it; `missing` says what a comment lacks. */
export interface CodeHost {
  readonly name: string;
  /** Page of the CI job that runs this, with its artifacts. */
  readonly jobUrl: string | undefined;
  /** Shows pages on the CI job's page; returns the lines to print for them. */
  readonly summarise?: (pages: readonly SummaryPage[]) => Promise<readonly string[]>;
  /**
   * One comment per marker (its first line), edited in place. Throws if the host is unreachable or refuses for a reason other
   * than the token's rights; resolves with undefined if there was nothing to write.
   */
  readonly comment?: (marker: string, write: WriteComment, signal: AbortSignal) => Promise<Posting | undefined>;
  /**
   * One issue per marker, open or closed. `write` gets the current issue and returns the new one, or undefined for no change.
   * Resolves with undefined if nothing changed.
   */
  readonly ticket?: (
    marker: string,
    write: (previous: Ticket | undefined) => Ticket | undefined,
    signal: AbortSignal,
  ) => Promise<Posting | undefined>;
  readonly check?: (check: Check, signal: AbortSignal) => Promise<Posting>;
  readonly missing: string | undefined;
}
