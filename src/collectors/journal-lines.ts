/**
 * The journal of this boot as `journalctl -o json` prints it: one object a line, each with both clocks of the guest. Source:
 * systemd.journal-fields(7) and "Journal JSON Format". A field is a string, `null` when it was too large, a list of byte
 * values when it is no UTF-8, or a list of these when it occurs twice.
 */
import { linesOf } from './reading/lines.ts';

export const JOURNAL_PATH = 'journal/boot.jsonl';

/** The fields we ask for; the cursor, both clocks and the boot id are always there. */
export const JOURNAL_FIELDS: readonly string[] = [
  'MESSAGE',
  '_SYSTEMD_UNIT',
  'UNIT',
  'SYSLOG_IDENTIFIER',
  '_TRANSPORT',
  '_SOURCE_MONOTONIC_TIMESTAMP',
];

/** One line. `realtimeUs` and `monotonicUs` are two readings of one moment: when journald took the message in. */
export interface JournalLine {
  readonly line: number;
  readonly realtimeUs: number;
  readonly monotonicUs: number;
  /** The unit that wrote it, or that systemd writes of. */
  readonly unit: string;
  readonly source: string;
  readonly transport: string;
  /** The kernel's own stamp of its line, CLOCK_MONOTONIC. */
  readonly kernelUs?: number;
  readonly message: string;
}

export interface Journal {
  readonly lines: readonly JournalLine[];
  /** Lines that are no JSON object or lack a clock, and the first of them. */
  readonly unread: { readonly count: number; readonly firstLine: number };
}

/** Longer messages are cut: bounds what a regular expression is given, and what the memory must hold. */
const MAX_MESSAGE = 4096;

const read = new WeakMap<Uint8Array, Journal>();

/** Read once and kept, as several collectors look for their lines in it. */
export function journalOf(raw: ReadonlyMap<string, Uint8Array>): Journal {
  const bytes = raw.get(JOURNAL_PATH);
  if (bytes === undefined) return { lines: [], unread: { count: 0, firstLine: 0 } };
  const known = read.get(bytes);
  if (known !== undefined) return known;
  const lines: JournalLine[] = [];
  const unread = { count: 0, firstLine: 0 };
  for (const { text, number } of linesOf(bytes)) {
    if (text === '') continue;
    const line = journalLine(text, number);
    if (line !== undefined) lines.push(line);
    else if (unread.count++ === 0) unread.firstLine = number;
  }
  const journal = { lines, unread };
  read.set(bytes, journal);
  return journal;
}

function journalLine(text: string, line: number): JournalLine | undefined {
  const fields = objectOf(text);
  if (fields === undefined) return undefined;
  const realtimeUs = microsecondsOf(fields.__REALTIME_TIMESTAMP);
  const monotonicUs = microsecondsOf(fields.__MONOTONIC_TIMESTAMP);
  if (realtimeUs === undefined || monotonicUs === undefined) return undefined;
  const kernelUs = microsecondsOf(fields._SOURCE_MONOTONIC_TIMESTAMP);
  return {
    line,
    realtimeUs,
    monotonicUs,
    unit: textField(fields.UNIT) || textField(fields._SYSTEMD_UNIT),
    source: textField(fields.SYSLOG_IDENTIFIER),
    transport: textField(fields._TRANSPORT),
    ...(kernelUs !== undefined && { kernelUs }),
    message: textField(fields.MESSAGE).slice(0, MAX_MESSAGE),
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  // A refusal by JSON.parse is an error with its stack: 10 MB of other text took 5 s.
  if (text.charCodeAt(0) !== 0x7b) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    // JSON.parse gives no other kinds of object than records and arrays; an array has none of the fields.
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** 2^53 microseconds after 1970 is the year 2255: what is beyond it is no time, and could not be held exactly. */
function microsecondsOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

function textField(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  // A field given twice is a list; a list in a list in a list is nobody's.
  const first: unknown = Array.isArray(value[0]) || typeof value[0] === 'string' ? value[0] : value;
  if (typeof first === 'string') return first;
  const bytes = Array.isArray(first) && first.every((byte) => typeof byte === 'number') ? first : [];
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
