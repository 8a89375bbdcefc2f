/**
 * Lists on a screen of any width from 40 columns: a label, and text that continues below itself. The caller supplies the function that
 * wraps a line.
 */

/** Text any narrower would be a column of single words: it stands below its label instead. */
const NARROWEST = 24;
const BELOW = 4;

interface Lists {
  /** `width` undefined: the output is not for a user's screen, so lines stay whole. `labelWidth` is that of the longest label. */
  labelled(label: string, text: string, labelWidth: number, width: number | undefined): string;
  /** Text whose lines are too long continues indented. */
  wrapLines(text: string, width: number | undefined): string;
}

export function listsWith(wrap: (text: string, width: number) => string): Lists {
  /** Each line begins in the column. */
  const wrapped = (text: string, width: number, column: number): string =>
    wrap(text, width - column)
      .split('\n')
      .map((line) => `${' '.repeat(column)}${line}`)
      .join('\n');

  const wrapLines = (text: string, width: number | undefined): string =>
    width === undefined
      ? text
      : text
          .split('\n')
          .map((line) => wrapped(line, width, BELOW).slice(BELOW))
          .join('\n');

  function labelled(label: string, text: string, labelWidth: number, width: number | undefined): string {
    const padded = label.padEnd(labelWidth);
    if (width === undefined) return `${padded}  ${text}`;
    const column = labelWidth + 2;
    if (width - column >= NARROWEST) return `${padded}  ${wrapped(text, width, column).trimStart()}`;
    return `${wrapLines(label.trimEnd(), width)}\n${wrapped(text, width, BELOW)}`;
  }

  return { labelled, wrapLines };
}

/** Continues a long command on the next line in the shell's own way, so that users can copy it. */
export function wrapCommand(command: string, width: number | undefined, indent: number): string {
  if (width === undefined) return ' '.repeat(indent) + command;
  const words = command.match(/(?:'[^']*'|"[^"]*"|\S)+/g) ?? [];
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  for (const word of words) {
    const isFirst = line.trim() === '';
    // Two more columns: for the backslash.
    if (!isFirst && line.length + 1 + word.length + 2 > width) {
      lines.push(`${line} \\`);
      line = ' '.repeat(indent + BELOW) + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
