/** Where a pull request is discussed and its CI job shows a page: what bench asks of GitHub and of Azure DevOps alike. */

import type { Ticket } from './alert.ts';
import type { Timer } from './provider.ts';

/** What the caller named; the rest is the event's. */
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

/** What became of something posted. `refused`: the token may not write, as that of a fork's pull request; no error. */
export type Posting =
  | { readonly kind: 'created' | 'updated'; readonly url: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/** A page for the CI job: its Markdown, and the file that already holds it. */
export interface SummaryPage {
  readonly text: string;
  readonly file: string;
}

/** A comment's body, from the one whose place it takes; undefined: leave it as it is. */
export type WriteComment = (previous: string | undefined) => string | undefined;

/** Each operation is absent where the environment does not permit it; `missing` says what a comment lacks. */
export interface CodeHost {
  readonly name: string;
  /** Where the CI job that runs this can be seen, its artifacts included. */
  readonly jobUrl: string | undefined;
  /** Shows pages on that of the CI job; returns the lines to print for it. */
  readonly summarise?: (pages: readonly SummaryPage[]) => Promise<readonly string[]>;
  /**
   * One comment per marker (its first line), edited in place. Throws when the host cannot be reached or has another objection than
   * the token's rights; resolves with undefined where nothing was to be written.
   */
  readonly comment?: (marker: string, write: WriteComment, signal: AbortSignal) => Promise<Posting | undefined>;
  /**
   * One issue per marker, open or closed: `write` is given it as it is and says how it will be, undefined for no change. Resolves
   * with undefined where nothing was done.
   */
  readonly ticket?: (
    marker: string,
    write: (previous: Ticket | undefined) => Ticket | undefined,
    signal: AbortSignal,
  ) => Promise<Posting | undefined>;
  readonly check?: (check: Check, signal: AbortSignal) => Promise<Posting>;
  readonly missing: string | undefined;
}
