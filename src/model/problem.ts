/** What is wrong with what somebody wrote, and where: all of it is told in one go. */
import { BenchError } from './errors.ts';

export interface Problem {
  /** Where in the document. */
  readonly path: readonly (string | number)[];
  /** It is the key that is wrong, not its value. */
  readonly key?: boolean;
  readonly message: string;
  readonly todo?: string;
}

/** With its place in words: `mine.yaml:3:5`, `--set blocks`. */
export interface PlacedProblem extends Pick<Problem, 'message' | 'todo'> {
  readonly where: string;
}

/** One is told in a line; several in a line each, below how many they are. */
export function problemsError(problems: readonly PlacedProblem[]): BenchError {
  const lines = [...new Set(problems.map(({ where, message }) => `${where}: ${message}`))];
  const todos = [...new Set(problems.flatMap(({ todo }) => todo ?? []))];
  const [only = '', ...others] = lines;
  if (others.length === 0) return new BenchError('usage', only, todos[0]);
  return new BenchError('usage', `There are ${lines.length} problems:`, todos.join(' ') || undefined, undefined, lines);
}
