/**
 * Bytes from a machine as lines of text. Everything here is linear in its input, and nothing throws: broken UTF-8 becomes
 * replacement characters, an endless line is one line.
 */

/** A line with its number, counted from 1 as editors do. `text` has neither its line end nor terminal colours. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** UTF-8, a leading byte-order mark removed. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The text of an artifact; undefined where it was not taken, or is empty: a command that failed prints nothing. */
export function artifactText(raw: ReadonlyMap<string, Uint8Array>, path: string): string | undefined {
  const bytes = raw.get(path);
  return bytes === undefined || bytes.length === 0 ? undefined : textOf(bytes);
}

const COLOURS = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** Terminal escape sequences (CSI) removed. */
export const withoutColours = (text: string): string => (text.includes('\u001b[') ? text.replace(COLOURS, '') : text);

/** The lines that are not blank. The corpus header of a fixture (`# source: ...` on line 1) is no line of the output. */
export function* linesOf(text: string): Generator<Line> {
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    number += 1;
    const from = start;
    start = end + 1;
    if (end === from) continue;
    const line = withoutColours(text.slice(from, end).trimEnd());
    if (line !== '' && !(number === 1 && line.startsWith('# source: '))) yield { number, text: line };
  }
}

/** Text of a machine inside a message of ours: short, and without control characters. */
export const printable = (text: string): string => text.slice(0, 80).replace(/[\p{Cc}\p{Cf}]/gu, '?');

/** Line numbers of ever later places in a text. Linear over all calls, also where the whole text is one line. */
export function lineCounter(text: string): (index: number) => number {
  let line = 1;
  let newline = text.indexOf('\n');
  return (index) => {
    while (newline !== -1 && newline < index) {
      line += 1;
      newline = text.indexOf('\n', newline + 1);
    }
    return line;
  };
}
