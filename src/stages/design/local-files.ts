/**
 * Files that a scenario may read on this computer: those beside it or in the working directory. Users name other places from outside: by a
 * variable, by --set, --before or --after. A scenario may come from a stranger's pull request, and a machine sees whatever it puts into an
 * image.
 */
import path from 'node:path';
import { liesIn } from '../../files/beneath.ts';
import type { Problem } from '../../model/problem.ts';
import type { Scenario } from '../../model/scenario.ts';
import { kindOf } from '../../providers/registry.ts';

export interface LocalPlaces {
  /** Where relative paths of the scenario start. */
  readonly folder: string;
  readonly cwd: string;
  /** Values from outside the scenario's files. */
  readonly outside: readonly string[];
}

export async function localFileProblems(
  scenario: Scenario,
  { folder, cwd, outside }: LocalPlaces,
): Promise<readonly Problem[]> {
  const names = kindOf(scenario).localFiles?.(scenario) ?? [];
  const places = [folder, cwd, ...outside.filter((value) => value !== '').map((value) => path.resolve(folder, value))];
  const problems: Problem[] = [];
  for (const name of names) {
    if (await liesIn(path.resolve(folder, name), places)) continue;
    problems.push({
      path: [],
      message: `The scenario names ${name}, which is neither in its own folder nor in the working directory.`,
      todo: 'Move it there, or pass it with --before, --after, --set or an environment variable.',
    });
  }
  return problems;
}
