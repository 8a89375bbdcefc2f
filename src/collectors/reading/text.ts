/** Bytes from a machine as text. Linear, and nothing throws: broken UTF-8 becomes replacement characters. */

/** UTF-8 without a leading byte-order mark. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The text of an artifact; undefined if it is missing, or empty: a command that failed prints nothing. */
export function artifactText(raw: ReadonlyMap<string, Uint8Array>, path: string): string | undefined {
  const bytes = raw.get(path);
  return bytes === undefined || bytes.length === 0 ? undefined : textOf(bytes);
}

const COLOURS = /\u001b\[[0-?]*[ -/]*[@A-Za-z~]/g;

/** Removes terminal escape sequences (CSI). No real one ends in a backslash: then another layer of escapes cuts the sequence. */
export const withoutColours = (text: string): string => (text.includes('\u001b[') ? text.replace(COLOURS, '') : text);

/** Line numbers of ascending positions in a text. Linear over all calls, even if the whole text is one line. */
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
