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
  /** Cap in bytes; the rest is cut off, and the artifact is marked as truncated. */
  readonly maxBytes: number;
}

/** One artifact as it came from a machine. `exitCode` is null if the command did not end by itself. */
export interface Artifact {
  readonly path: string;
  readonly collector: string;
  readonly command: string;
  readonly exitCode: number | null;
  readonly truncated: boolean;
  readonly bytes: Uint8Array;
}

/** What one collector understood. Stamps keep their clocks; translation comes later. */
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
 * How a collector recognises its artifact in a file or in a part of a text. An artifact that bench requested has its path
 * already; signs are for files that others gathered.
 */
export interface Sign {
  /** Its path below `raw/`; a function if a machine has many of them. */
  readonly raw: string | ((fileName: string) => string);
  /** File names that are the same on every machine, in lower case. The collector takes the whole file. */
  readonly names?: readonly string[];
  /** A path that identifies the file; the collector takes the whole file. */
  readonly path?: RegExp;
  /** Matches a JSON document or object that is this artifact. */
  readonly json?: RegExp;
  /** A line that occurs only in this artifact. */
  readonly line?: RegExp;
  /** Lines that may follow and belong to it; by default those that match `line`. */
  readonly next?: RegExp;
  /** Consecutive lines of one kind belong together, and to this artifact if one of them matches `line`. */
  readonly run?: RegExp;
  /** It may stand between lines of other artifacts: check every line for it, whatever the line before it was. */
  readonly interrupts?: boolean;
}

export interface Collector {
  readonly id: string;
  readonly artifacts: readonly ArtifactRequest[];
  /** How to recognise an artifact that bench did not request, the surest sign first. */
  readonly signs?: readonly Sign[];
  /** Artifacts whose stamps are already on the guest's monotonic clock: no link has moved them. */
  readonly monotonic?: RegExp;
  /** Pure; never throws on content. Keys are paths under `raw/`; files of a folder artifact appear with their full path. */
  parse(raw: ReadonlyMap<string, Uint8Array>): Parsed;
}
