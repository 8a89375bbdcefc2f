/** A collector declares what to ask a machine and reads the answer. It does no I/O. */
import type { FileState, MachineFacts, UnitState } from './boot.ts';
import type { ClockLink } from './clock.ts';
import type { BootEvent, PrintedDuration, Span, Warning } from './timeline.ts';

/**
 * One artifact to take: the standard output of a shell command run as root in the guest, kept as `raw/<path>`.
 * A path that ends in `/` is a folder: the command prints the absolute names of the files to copy into it, one a line.
 */
export interface ArtifactRequest {
  readonly path: string;
  readonly command: string;
  /** Cap in bytes; what is over it is cut and the artifact marked truncated. */
  readonly maxBytes: number;
}

/** What one collector understood. All clocks as found; translation comes later. */
export interface Parsed {
  readonly events: readonly BootEvent[];
  readonly spans: readonly Span[];
  readonly links: readonly ClockLink[];
  readonly units: readonly UnitState[];
  readonly files: readonly FileState[];
  readonly facts: MachineFacts;
  readonly warnings: readonly Warning[];
  /** Only of texts that carry no stamps. */
  readonly printed?: readonly PrintedDuration[];
}

export interface Collector {
  readonly id: string;
  readonly artifacts: readonly ArtifactRequest[];
  /** Pure; never throws on content. Keys are paths under `raw/`; files of a folder artifact appear with their full path. */
  parse(raw: ReadonlyMap<string, Uint8Array>): Parsed;
}
