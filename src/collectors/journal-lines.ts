/**
 * The journal of this boot, entry by entry, each with both clocks of the guest (`journal-forms.ts`). Source:
 * systemd.journal-fields(7) and "Journal JSON Format". A field is a string, `null` if it was too large, a list of byte values
 * if it is not UTF-8, or a list of these if it occurs twice.
 */
import { type Us, us } from '../model/units.ts';
import { JOURNAL_FORMS, type JournalEntry, type JournalFields } from './journal-forms.ts';
import { type Restart, restartKind } from './log-text/last-boot.ts';

export const JOURNAL_PATH = 'journal/boot.jsonl';

/** The fields that we request; journalctl always prints the cursor, both clocks and the boot id. */
export const JOURNAL_FIELDS: readonly string[] = [
  'MESSAGE',
  '_SYSTEMD_UNIT',
  'UNIT',
  'SYSLOG_IDENTIFIER',
  '_TRANSPORT',
  '_SOURCE_MONOTONIC_TIMESTAMP',
  '_PID',
];

/** One entry. `realtimeUs` and `monotonicUs` both state when journald received the message. */
export interface JournalLine {
  readonly path: string;
  readonly line: number;
  readonly realtimeUs: Us;
  readonly monotonicUs: Us;
  /** The unit that wrote the line, or the unit that systemd's line is about. */
  readonly unit: string;
  readonly source: string;
  readonly transport: string;
  /** The process that wrote it. */
  readonly pid?: number;
  /** The kernel's own stamp of its line, CLOCK_MONOTONIC. */
  readonly kernelUs?: Us;
  readonly message: string;
}

export interface Journal {
  readonly path: string;
  readonly lines: readonly JournalLine[];
  /** Number of lines that are not a JSON object or lack a clock, and the first such line. */
  readonly unread: { readonly count: number; readonly firstLine: number };
  /** Number of boots in the journal; `lines` belong to the last. */
  readonly boots: number;
  /** How the boot began, unless it began with a reset. */
  readonly restart?: Restart;
}

/** Truncates longer messages, to bound the input of regular expressions and the memory. */
const MAX_MESSAGE = 4096;

const read = new WeakMap<Uint8Array, Journal>();

const NO_JOURNAL: Journal = { path: JOURNAL_PATH, lines: [], unread: { count: 0, firstLine: 0 }, boots: 0 };

/** Cached, because several collectors search the journal. */
export function journalOf(raw: ReadonlyMap<string, Uint8Array>): Journal {
  for (const [path, entries] of JOURNAL_FORMS) {
    const bytes = raw.get(path);
    if (bytes === undefined) continue;
    const known = read.get(bytes);
    if (known !== undefined) return known;
    const journal = readJournal(path, entries(bytes));
    read.set(bytes, journal);
    return journal;
  }
  return NO_JOURNAL;
}

/** Entries of one boot id, or those after a soft reboot under the same id. */
interface Told {
  readonly lines: JournalLine[];
  readonly restart: Restart | undefined;
}

/**
 * Splits a journal of several boots by their ids; the last boot was running when we read the journal. Lines come in order of
 * boots; an id that comes again shows that someone merged several journals. A soft reboot keeps the id.
 */
function readJournal(path: string, entries: Iterable<JournalEntry>): Journal {
  const told: Told[] = [{ lines: [], restart: undefined }];
  const unread = { count: 0, firstLine: 0 };
  const ids = new Set<unknown>();
  let announced: Restart | undefined;
  const next = (restart: Restart | undefined) => {
    // A journal may span years; keep only the last two boots. The second to last may say how the last began.
    if (told.at(-1)?.lines.length === 0) told.pop();
    told.splice(0, told.length - 1);
    told.push({ lines: [], restart });
  };
  let boot: unknown;
  let softReboots = 0;
  for (const [number, fields] of entries) {
    const line = fields && journalLine(fields, number, path);
    if (line === undefined) {
      if (unread.count++ === 0) unread.firstLine = number;
      continue;
    }
    const id = fields?._BOOT_ID;
    if (id !== undefined && id !== boot) {
      if (boot !== undefined && !ids.has(id)) next(announced);
      announced = undefined;
      ids.add(id);
      boot = id;
    }
    told.at(-1)?.lines.push(line);
    const kind = isSystem(line) ? restartKind(line.message) : undefined;
    if (kind === undefined) continue;
    announced = { kind, path, line: number };
    if (kind !== 'soft-reboot') continue;
    softReboots += 1;
    next(announced);
    announced = undefined;
  }
  const last = told.findLast(({ lines }) => lines.length > 0);
  const boots = ids.size + softReboots - (told.at(-1) === last ? 0 : 1);
  const lines = last?.lines ?? [];
  return { path, lines, unread, boots: Math.max(boots, Math.min(lines.length, 1)), ...asRestarted(last?.restart) };
}

const asRestarted = (restart: Restart | undefined) => (restart === undefined ? {} : { restart });

/** Whether the system manager or the kernel wrote the line. */
const isSystem = ({ source, pid, transport }: JournalLine): boolean =>
  transport === 'kernel' || source === 'kernel' || (source === 'systemd' && (pid === undefined || pid === 1));

function journalLine(fields: JournalFields, line: number, path: string): JournalLine | undefined {
  const realtimeUs = microsecondsOf(fields.__REALTIME_TIMESTAMP);
  const monotonicUs = microsecondsOf(fields.__MONOTONIC_TIMESTAMP);
  if (realtimeUs === undefined || monotonicUs === undefined) return undefined;
  const kernelUs = microsecondsOf(fields._SOURCE_MONOTONIC_TIMESTAMP);
  const pid = textField(fields._PID);
  return {
    path,
    line,
    realtimeUs,
    monotonicUs,
    unit: textField(fields.UNIT) || textField(fields._SYSTEMD_UNIT),
    source: textField(fields.SYSLOG_IDENTIFIER),
    transport: textField(fields._TRANSPORT),
    ...(kernelUs !== undefined && { kernelUs }),
    ...(/^\d{1,10}$/.test(pid) && { pid: Number(pid) }),
    message: textField(fields.MESSAGE).slice(0, MAX_MESSAGE),
  };
}

/** 2^53 microseconds after 1970 is the year 2255. A larger value is no time, and a number cannot represent it exactly. */
function microsecondsOf(value: unknown): Us | undefined {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? us(number) : undefined;
}

function textField(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  // A repeated field is a list; no writer nests lists three deep.
  const first: unknown = Array.isArray(value[0]) || typeof value[0] === 'string' ? value[0] : value;
  if (typeof first === 'string') return first;
  const bytes = Array.isArray(first) && first.every((byte) => typeof byte === 'number') ? first : [];
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
