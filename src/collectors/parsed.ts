/** The result that a collector fills while it reads; the mutable form of `Parsed`. */
import type { FileState, MachineFacts, UnitState } from '../model/boot.ts';
import type { ClockLink } from '../model/clock.ts';
import type { BootEvent, Evidence, Span, Warning } from '../model/timeline.ts';

export interface Parsing {
  readonly events: BootEvent[];
  readonly spans: Span[];
  readonly links: ClockLink[];
  readonly units: UnitState[];
  readonly files: FileState[];
  readonly facts: MachineFacts;
  readonly warnings: Warning[];
}

export const nothingYet = (): Parsing => ({
  events: [],
  spans: [],
  links: [],
  units: [],
  files: [],
  facts: {},
  warnings: [],
});

/** Adds a warning. `message` says what happened, where, and what to do; `code` is stable. */
export function warn(parsing: Parsing, code: string, message: string, evidence?: Evidence): void {
  parsing.warnings.push(evidence === undefined ? { code, message } : { code, message, evidence });
}

/** Appends many items: `push(...items)` overflows the stack from about a hundred thousand on. */
export function addAll<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
