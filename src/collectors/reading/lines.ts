/**
 * The lines of what a machine gave: an artifact's bytes, or a text that stood in one. Linear, bounded in length and count, one
 * line in memory at a time (a journal has tens of megabytes), and nothing throws: broken UTF-8 becomes replacement characters.
 */
import type { Evidence } from '../../model/timeline.ts';
import { withoutColours } from './text.ts';

/** One line without its line end. `number` counts from 1, as editors do; `cut` when the line was longer than the limit. */
export interface Line {
  readonly text: string;
  readonly number: number;
  readonly cut: boolean;
}

/** Longer lines are cut: no line that a time is read from comes near it (kubelet prints its flags in about 20 KB). */
const LONGEST_LINE = 256 * 1024;

/** A journal of 50 MB has about 200,000 lines; more than this is no boot. */
const MOST_LINES = 2_000_000;

const LINE_FEED = 0x0a;

/** All lines, blank ones too. None of an artifact that was not taken. */
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

/** The lines that say something, as people pasted them: without blank ones, blanks at their end and terminal colours. */
export function* spokenLines(source: Uint8Array | string | undefined): Generator<Line> {
  for (const line of linesOf(source)) {
    const text = withoutColours(line.text.trimEnd());
    if (text !== '') yield { ...line, text };
  }
}

/** A line of an artifact as evidence. `path` is relative to `raw/`, as in the map that collectors are given. */
export const lineOf = (path: string, line: number): Evidence => ({ file: `raw/${path}`, line });
