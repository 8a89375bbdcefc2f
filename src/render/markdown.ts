/** A page of docs/ in a terminal: wrapped, tables in columns or as lists, links with their targets. Supports only what those pages use. */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

export interface MarkdownScreen {
  readonly color: boolean;
  /** Undefined without a terminal: a paragraph is then one line. */
  readonly width: number | undefined;
}

const BOLD = ['\u001b[1m', '\u001b[0m'] as const;
/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 100;

export function renderMarkdown(text: string, { color, width }: MarkdownScreen): string {
  const columns = width === undefined ? undefined : Math.min(width, WIDEST);
  return `${blocksOf(text)
    // A terminal shows no pictures.
    .filter((block) => !block.startsWith('<'))
    .map((block) => shown(block, columns, color))
    .join('\n\n')}\n`;
}

/** Fenced code stays together, even across blank lines. */
const blocksOf = (text: string): string[] =>
  (text.match(/^```[\s\S]*?^```$|(?:^(?!```)[^\n]+\n?)+/gm) ?? []).map((block) => block.trimEnd());

function shown(block: string, columns: number | undefined, color: boolean): string {
  if (block.startsWith('```')) return code(block);
  if (/^#+ /.test(block)) return emphasised(inline(block.replace(/^#+ /, '')), color);
  if (block.startsWith('|')) return table(block, columns);
  if (/^(- |\d+\. )/.test(block)) return list(block, columns);
  return fill(inline(block.replaceAll('\n', ' ')), columns, '');
}

const emphasised = (text: string, color: boolean): string => (color ? BOLD.join(text) : text.toUpperCase());

/** Verbatim: even a long line stays whole, so that a reader can copy it. */
const code = (block: string): string =>
  block
    .split('\n')
    .slice(1, -1)
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');

/** Drops marks that a terminal does not need; keeps the target of a link. */
const inline = (text: string): string =>
  text
    .replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, (_, label: string, link: string) =>
      label.endsWith(link) ? label : `${label} (${placeOf(link)})`,
    )
    .replaceAll(/\*\*([^*]+)\*\*/g, '$1')
    .replaceAll(/(?<![\w*])\*([^*\n]+)\*(?![\w*])/g, '$1')
    .replaceAll('\\|', '|');

/** A link to another page becomes the name of its topic. */
const placeOf = (link: string): string => {
  const page = /^(?:docs\/)?([a-z-]+)\.md(?:#.*)?$/.exec(link)?.[1];
  return page === undefined ? link : `bench help ${page}`;
};

const fill = (text: string, columns: number | undefined, indent: string): string =>
  columns === undefined
    ? text
    : wrapAnsi(text, columns - indent.length, { hard: true }).replaceAll('\n', `\n${indent}`);

const list = (block: string, columns: number | undefined): string =>
  block
    .split(/\n(?=- |\d+\. )/)
    .map((item) => fill(inline(item.replaceAll(/\n\s*/g, ' ')), columns, '  '))
    .join('\n');

function table(block: string, columns: number | undefined): string {
  const [head = [], , ...rows] = block.split('\n').map(cellsOf);
  const all = head.every((cell) => cell === '') ? rows : [head, ...rows];
  const widths = head.map((_, index) => Math.max(...all.map((row) => stringWidth(row[index] ?? ''))));
  const total = widths.reduce((sum, one) => sum + one + 2, 0) - 2;
  if (columns !== undefined && total > columns) return rows.map((row) => asItem(row, columns)).join('\n');
  const padded = (row: readonly string[]) =>
    row.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - stringWidth(cell))).join('  ');
  return all.map((row) => padded(row).trimEnd()).join('\n');
}

const cellsOf = (line: string): string[] =>
  line
    .replaceAll(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inline(cell.trim()));

/** A row that does not fit: its first cell, with the others below it. */
const asItem = ([first = '', ...rest]: readonly string[], columns: number): string =>
  `${fill(first, columns, '  ')}\n    ${fill(rest.filter(Boolean).join('; '), columns, '    ')}`;
