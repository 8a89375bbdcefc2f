/**
 * The lines of an artifact's bytes, or of a text inside an artifact. Linear, bounded in length and count, one line in memory at
 * a time (a journal has tens of megabytes). Nothing throws: broken UTF-8 becomes replacement characters.
 */
import type { Evidence } from '../../model/timeline.ts';
import { withoutColours } from './text.ts';

/** One line without its line end. `number` counts from 1, as in editors; `cut`: the line was longer than the limit. */
export interface Line {
  readonly text: string;
  readonly number: number;
  readonly cut: boolean;
}

/** Truncates longer lines. Lines with times of interest are far shorter (kubelet prints its flags in about 20 KB). */
const LONGEST_LINE = 256 * 1024;

/** A journal of 50 MB has about 200,000 lines; no boot has more than this. */
const MOST_LINES = 2_000_000;

const LINE_FEED = 0x0a;

/** All lines, including blank ones. A missing artifact has none. */
export function* linesOf(source: Uint8Array | string | undefined): Generator<Line> {
  if (source === undefined) return;
  const { find, slice } = readerOf(source);
  for (let start = 0, number = 1; start < source.length && number <= MOST_LINES; number++) {
    const found = find(start);
    const end = found === -1 ? source.length : found;
    const cut = end - start > LONGEST_LINE;
    const text = slice(start, cut ? start + LONGEST_LINE : end);
    yield { text: text.endsWith('\r') && !cut ? text.slice(0, -1) : text, number, cut };
    start = end + 1;
  }
}

function readerOf(source: Uint8Array | string) {
  if (typeof source === 'string')
    return {
      find: (from: number) => source.indexOf('\n', from),
      slice: (from: number, to: number) => source.slice(from, to),
    };
  const decoder = new TextDecoder();
  return {
    find: (from: number) => source.indexOf(LINE_FEED, from),
    slice: (from: number, to: number) => decoder.decode(source.subarray(from, to)),
  };
}

/** The non-blank lines of a paste, without trailing blanks and terminal colours. */
export function* spokenLines(source: Uint8Array | string | undefined): Generator<Line> {
  for (const line of linesOf(source)) {
    const text = withoutColours(line.text.trimEnd());
    if (text !== '') yield { ...line, text };
  }
}

/** A line of an artifact as evidence. `path` is relative to `raw/`, as in the map that collectors receive. */
export const lineOf = (path: string, line: number): Evidence => ({ file: `raw/${path}`, line });
