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

/** One artifact as it came from a machine. `exitCode` is null where the command did not end by itself. */
export interface Artifact {
  readonly path: string;
  readonly collector: string;
  readonly command: string;
  readonly exitCode: number | null;
  readonly truncated: boolean;
  readonly bytes: Uint8Array;
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

/**
 * How a file, or a part of a text, gives away that it is an artifact that a collector reads. What a machine was asked for has
 * its path already; signs are for what others gathered.
 */
export interface Sign {
  /** Where it goes below `raw/`; a function where a machine has many of them. */
  readonly raw: string | ((fileName: string) => string);
  /** Names that such a file has on every machine, in lower case. The whole file is taken. */
  readonly names?: readonly string[];
  /** A path that such a file has; the whole file is taken. */
  readonly path?: RegExp;
  /** A document or object of JSON that is one, by its text. */
  readonly json?: RegExp;
  /** A line that only such a text has. */
  readonly line?: RegExp;
  /** Lines that may follow it and are of it; by default those that match `line`. */
  readonly next?: RegExp;
  /** Lines of one kind in a row belong together, and are of it where one of them matches `line`. */
  readonly run?: RegExp;
  /** Stands in the lines of others: it is looked for in each line, whatever the line before it was. */
  readonly interrupts?: boolean;
}

export interface Collector {
  readonly id: string;
  readonly artifacts: readonly ArtifactRequest[];
  /** How an artifact is recognised that was not asked for by bench, the surest sign first. */
  readonly signs?: readonly Sign[];
  /** Artifacts whose stamps are on the guest's monotonic clock as they stand: no link has moved them. */
  readonly monotonic?: RegExp;
  /** Pure; never throws on content. Keys are paths under `raw/`; files of a folder artifact appear with their full path. */
  parse(raw: ReadonlyMap<string, Uint8Array>): Parsed;
}
