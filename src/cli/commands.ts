/** The commands of `bench`, in the order of its help. */
import { COMPUTER } from './catalogue/computer.ts';
import { EXPERIMENTS } from './catalogue/experiments.ts';
import { NIGHTS } from './catalogue/nights.ts';
import { RESULTS } from './catalogue/results.ts';
import type { CommandSpec } from './command.ts';

export const COMMANDS: readonly CommandSpec[] = [...EXPERIMENTS, ...RESULTS, ...NIGHTS, ...COMPUTER];

/** What each group of two-word commands is about. */
export const GROUPS: Readonly<Record<string, string>> = {
  history: 'one line per run, for the trend',
  image: 'local images',
};
