/** Lists on a screen of any width from 40 columns: a label, and text that goes on below itself. */
import wrapAnsi from 'wrap-ansi';

/** Narrower text is a column of single words: it then stands below its label. */
const NARROWEST = 24;
const BELOW = 4;

/** `width` undefined: nobody looks at it, so that a line stays a line. `labelWidth` is that of the longest label. */
export function labelled(label: string, text: string, labelWidth: number, width: number | undefined): string {
  const padded = label.padEnd(labelWidth);
  if (width === undefined) return `${padded}  ${text}`;
  const column = labelWidth + 2;
  if (width - column >= NARROWEST) return `${padded}  ${wrapped(text, width, column).trimStart()}`;
  return `${wrapLines(label.trimEnd(), width)}\n${wrapped(text, width, BELOW)}`;
}

/** Each line begins in the column. */
export const wrapped = (text: string, width: number, column: number): string =>
  wrapAnsi(text, width - column, { hard: true })
    .split('\n')
    .map((line) => `${' '.repeat(column)}${line}`)
    .join('\n');

/** Text whose lines are too long goes on indented. */
export const wrapLines = (text: string, width: number | undefined): string =>
  width === undefined
    ? text
    : text
        .split('\n')
        .map((line) => wrapped(line, width, BELOW).slice(BELOW))
        .join('\n');

/** A command that is too long goes on in the next line as a shell lets it: what is shown can be copied. */
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
