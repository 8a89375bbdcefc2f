/**
 * The forms in which `journalctl` prints whole entries: one object per line (json, json-seq with a record separator before it,
 * json-sse with `data:`), objects over many lines (json-pretty), blocks of `KEY=value` (export), and verbose. Sources:
 * journalctl(1), systemd.journal-fields(7), "Journal Export Formats".
 */
import { isObject, jsonOrUndefined } from '../model/json.ts';
import { jsonObjects } from './reading/json-text.ts';
import { linesOf } from './reading/lines.ts';
import { textOf } from './reading/text.ts';

export type JournalFields = Readonly<Record<string, unknown>>;

/** An entry and its first line; `fields` is undefined if the line is no valid entry. */
export type JournalEntry = readonly [line: number, fields: JournalFields | undefined];

/** The journal's path in each form, best first; every form has both clocks of the guest. */
export const JOURNAL_FORMS: readonly (readonly [path: string, read: (bytes: Uint8Array) => Iterable<JournalEntry>])[] =
  [
    ['journal/boot.jsonl', jsonEntries],
    ['journal/boot.export', exportEntries],
    ['journal/boot.verbose', verboseEntries],
  ];

function* jsonEntries(bytes: Uint8Array): Generator<JournalEntry> {
  if (isPretty(bytes)) {
    for (const { line, value } of jsonObjects(textOf(bytes))) yield [line, value];
    return;
  }
  for (const { text, number } of linesOf(bytes)) {
    const bare = text.replace(/^(?:\u001e|data: ?)/, '');
    if (bare !== '') yield [number, objectOf(bare)];
  }
}

/** The forms with one object per line have a key right after the brace. */
function isPretty(bytes: Uint8Array): boolean {
  // Blanks may replace entries of another boot before the first entry.
  const first = bytes.findIndex((byte) => byte > 0x20);
  return first !== -1 && /^\[?\s*\{\s*\n/.test(textOf(bytes.subarray(first, first + 256)));
}

function objectOf(text: string): JournalFields | undefined {
  // When JSON.parse fails, it builds an error with a stack: 10 MB of other text took 5 s.
  if (text.charCodeAt(0) !== 0x7b) return undefined;
  const value = jsonOrUndefined(text);
  return isObject(value) ? value : undefined;
}

const ASSIGNMENT = /^(_{0,2}[A-Z][A-Z0-9_]{0,63})=(.*)$/s;

/** A blank line ends an entry. Skips fields with a line break, which consist of a name, a binary length and the bytes. */
function* exportEntries(bytes: Uint8Array): Generator<JournalEntry> {
  let [fields, first]: [Record<string, string>, number] = [{}, 0];
  for (const { text, number } of linesOf(bytes)) {
    if (text === '') {
      if (first > 0) yield [first, fields];
      [fields, first] = [{}, 0];
      continue;
    }
    const [, key, value] = ASSIGNMENT.exec(text) ?? [];
    if (key === undefined || value === undefined) continue;
    if (first === 0) first = number;
    fields[key] ??= value;
  }
  if (first > 0) yield [first, fields];
}

/** `Mon 2020-08-24 21:45:11.300000 UTC [s=..;i=..;b=..;m=3f2a;t=5ad..;x=..]`: m and t are the two clocks, b is the boot. */
const VERBOSE = /^\S.{0,80}\[s=[0-9a-f]+;i=[0-9a-f]+;b=([0-9a-f]{32});m=([0-9a-f]{1,13});t=([0-9a-f]{1,13});/;

function* verboseEntries(bytes: Uint8Array): Generator<JournalEntry> {
  let [fields, first]: [Record<string, string>, number] = [{}, 0];
  for (const { text, number } of linesOf(bytes)) {
    const [, boot, monotonic, realtime] = VERBOSE.exec(text) ?? [];
    if (boot !== undefined) {
      if (first > 0) yield [first, fields];
      first = number;
      fields = {
        _BOOT_ID: boot,
        __MONOTONIC_TIMESTAMP: String(Number.parseInt(monotonic ?? '', 16)),
        __REALTIME_TIMESTAMP: String(Number.parseInt(realtime ?? '', 16)),
      };
      continue;
    }
    const [, key, value] = ASSIGNMENT.exec(text.trimStart()) ?? [];
    if (first > 0 && key !== undefined && value !== undefined) fields[key] ??= value;
  }
  if (first > 0) yield [first, fields];
}
