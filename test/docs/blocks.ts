/**
 * The command blocks of README.md and docs/: what a reader is told to type, and what is printed then.
 *
 *     ```console                  run by commands.test.ts, in a folder with what the page needs
 *     $ bench compare reports/sample
 *     ... output ...
 *     ```
 *     ```console boots            run with real virtual machines by boots.long.test.ts
 *     ```console azure            run against the test endpoint by azure.real.test.ts
 *     ```console see=<test>       run by that test, which has the command in it
 *
 * A line `...` stands for any lines, `…` in a line for any text. In blocks that boot, any number may stand for a number.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface Command {
  readonly text: string;
  readonly printed: string;
}

export interface Block {
  readonly file: string;
  readonly line: number;
  /** '', `boots`, `azure` or `see=<test>`. */
  readonly runs: string;
  readonly commands: readonly Command[];
}

export const pages: readonly string[] = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const FENCE = /^```console(?: (.*))?\n([\s\S]*?)^```$/gm;

export function blocksOf(file: string, text = readFileSync(file, 'utf8')): Block[] {
  return [...text.matchAll(FENCE)].map(({ 1: runs = '', 2: body = '', index }) => ({
    file,
    line: text.slice(0, index).split('\n').length,
    runs,
    commands: commandsOf(body),
  }));
}

/** A command continues where its line ends in a backslash. */
function commandsOf(body: string): Command[] {
  const parts = body.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const [command = ''] = /^(?:.*\\\n)*.*/.exec(part) ?? [];
    return { text: command, printed: part.slice(command.length).replace(/^\n/, '').trimEnd() };
  });
}

export const allBlocks = (): Block[] => pages.flatMap((file) => blocksOf(file));

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The pattern that printed text has to match. */
export function pattern(printed: string): RegExp {
  const lines = printed
    .split('\n')
    .map((line) => (line.trim() === '...' ? '(?:.*\\n)*?.*' : escaped(line).replaceAll('…', '.*')))
    .join('\n');
  return new RegExp(`^${lines}$`);
}

/** Removes numbers, and the drawings and line breaks that depend on them: they differ between machines. */
const shapeOf = (text: string): string =>
  text
    .replaceAll(/[−+]?\d+(\.\d+)?/g, 'N')
    .replaceAll(/[├┤●│┊─┼◄►\s]+/g, ' ')
    .trim();

/** The same words in the same order, with `...` and `…` as wildcards. */
export function looksLike(printed: string, output: string): boolean {
  const shape = shapeOf(output);
  let at = 0;
  for (const part of printed.split(/^\.\.\.$|…/m).map(shapeOf)) {
    const found = shape.indexOf(part, at);
    if (found < 0 || (at === 0 && found > 0)) return false;
    at = found + part.length;
  }
  return at === shape.length || /(\.\.\.|…)$/.test(printed);
}

/** Removes spaces at the ends of lines, as editors do. */
export const shown = (output: string): string => output.replaceAll(/[ \t]+$/gm, '').trimEnd();
