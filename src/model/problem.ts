/** Errors in a user's document, and their places: bench reports all of them at once. */
import { BenchError } from './errors.ts';

export interface Problem {
  /** Where in the document. */
  readonly path: readonly (string | number)[];
  /** The key is wrong, not its value. */
  readonly key?: boolean;
  readonly message: string;
  readonly todo?: string;
}

/** A problem with its place in words: `mine.yaml:3:5`, `--set blocks`. */
export interface PlacedProblem extends Pick<Problem, 'message' | 'todo'> {
  readonly where: string;
}

/** A reader fixes the first ones before reading more. */
export const MOST_PROBLEMS = 50;

/** A single problem takes one line; several take a line each, below their number. `others`: how many more there are. */
export function problemsError(problems: readonly PlacedProblem[], others = 0): BenchError {
  const lines = [...new Set(problems.map(({ where, message }) => `${where}: ${message}`))];
  const todos = [...new Set(problems.flatMap(({ todo }) => todo ?? []))];
  if (lines.length === 1 && others === 0) return new BenchError('usage', lines[0] ?? '', todos[0]);
  const count =
    others === 0
      ? `There are ${lines.length} problems:`
      : `There are ${lines.length + others} problems; the first ${lines.length}:`;
  return new BenchError('usage', count, todos.slice(0, MOST_PROBLEMS).join(' ') || undefined, undefined, lines);
}
