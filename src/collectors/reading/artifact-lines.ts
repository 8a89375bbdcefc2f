/**
 * The lines of an artifact straight from its bytes, for those that are large (a journal) or where blank lines mean something
 * (blocks of `systemctl show`): bounded in length and count, one line in memory at a time. Small free text is `text.ts`.
 */
import type { Evidence } from '../../model/timeline.ts';

/** One line without its line break. `number` counts from 1; `cut` when it was longer than the limit. */
export interface ArtifactLine {
  readonly text: string;
  readonly number: number;
  readonly cut: boolean;
}

/** Longer lines are cut: no line that a time is read from comes near it (kubelet prints its flags in about 20 KB). */
const MAX_LINE_BYTES = 256 * 1024;

/** A journal of 50 MB has about 200,000 lines; more than this is no boot. */
const MAX_LINES = 2_000_000;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** None when the artifact was not taken. Invalid UTF-8 becomes U+FFFD. */
export function* artifactLines(bytes: Uint8Array | undefined): Generator<ArtifactLine> {
  if (bytes === undefined) return;
  const decoder = new TextDecoder();
  for (let start = 0, number = 1; start < bytes.length && number <= MAX_LINES; number++) {
    const found = bytes.indexOf(LINE_FEED, start);
    const next = found === -1 ? bytes.length : found;
    const end = next > start && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next;
    const cut = end - start > MAX_LINE_BYTES;
    yield { text: decoder.decode(bytes.subarray(start, cut ? start + MAX_LINE_BYTES : end)), number, cut };
    start = next + 1;
  }
}

/** A line of an artifact as evidence. `path` is relative to `raw/`, as in the map that collectors are given. */
export const lineOf = (path: string, line: number): Evidence => ({ file: `raw/${path}`, line });

/** Quotes one word for sh. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
