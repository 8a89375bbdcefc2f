/** Bytes from a machine as text. Linear, and nothing throws: broken UTF-8 becomes replacement characters. */

/** UTF-8, a leading byte-order mark removed. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The text of an artifact; undefined where it was not taken, or is empty: a command that failed prints nothing. */
export function artifactText(raw: ReadonlyMap<string, Uint8Array>, path: string): string | undefined {
  const bytes = raw.get(path);
  return bytes === undefined || bytes.length === 0 ? undefined : textOf(bytes);
}

const COLOURS = /\u001b\[[0-?]*[ -/]*[@A-Za-z~]/g;

/** Terminal escape sequences (CSI) removed. None that is in use ends in a backslash: such a one is cut by a wrapping that is still on. */
export const withoutColours = (text: string): string => (text.includes('\u001b[') ? text.replace(COLOURS, '') : text);

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
