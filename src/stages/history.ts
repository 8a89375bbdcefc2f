/** `bench history add`: a run gets its line in a history, at its end or later, e.g. one merged from shards. */
import type { World } from '../model/world.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { deriveFindings, type Findings } from './derive/findings.ts';
import { historyLine } from './history/line.ts';
import { historyAt, linkTo } from './history/open.ts';
import { namedRun } from './named-run.ts';

export interface HistoryPlace {
  readonly history: string;
  /** Where the run can be looked at. */
  readonly link?: string | undefined;
}

/** Returns the id of the line. */
export async function addRun(name: string, place: HistoryPlace, world: World): Promise<string> {
  const folder = namedRun(name, world);
  return addFindings(await deriveFindings(folder), folder, place, world);
}

export async function addFindings(
  findings: Findings,
  folder: RunFolder,
  { history, link }: HistoryPlace,
  world: World,
): Promise<string> {
  const line = historyLine(findings, linkTo(folder, history, link, world));
  await (await historyAt(history, world)).append(line, world.signal);
  return line.id;
}
