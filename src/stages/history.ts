/** `bench history`: adds the line of a run, at its end or later, e.g. of one merged from shards; deletes lines that are old enough. */
import { usageError } from '../model/errors.ts';
import type { HistoryLine } from '../model/history.ts';
import type { World } from '../model/world.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { deriveFindings, type Findings } from './derive/findings.ts';
import { historyLine } from './history/line.ts';
import { historyAt, linkTo } from './history/open.ts';
import { namedRun } from './named-run.ts';

export interface HistoryPlace {
  readonly history: string;
  /** Address of the run's page. */
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

export interface PruneRequest {
  readonly history: string;
  readonly keepDays: number;
  /** Without it, bench deletes nothing. */
  readonly yes: boolean;
}

export interface Pruned {
  readonly lines: number;
  readonly old: number;
  /** Lines of nights before this one are old. */
  readonly before: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Deletes a confirmation or an alert together with the night of its change. */
export async function pruneHistory({ history, keepDays, yes }: PruneRequest, world: World): Promise<Pruned> {
  const before = new Date(Date.parse(world.now()) - keepDays * DAY_MS).toISOString().slice(0, 10);
  const isKept = (line: HistoryLine) => nightOf(line) >= before;
  const place = await historyAt(history, world);
  const { lines } = await place.read(world.signal);
  const old = lines.filter((line) => !isKept(line)).length;
  if (yes && old > 0) {
    if (!place.prune)
      throw usageError(
        `bench does not delete from ${history.replace(/\?.*$/s, '')}.`,
        'Give the container a lifecycle management policy.',
      );
    await place.prune(isKept, world.signal);
  }
  return { lines: lines.length, old, before };
}

const nightOf = (line: HistoryLine): string =>
  line.kind === 'run' ? line.night : (/@(\d{4}-\d{2}-\d{2})$/.exec(line.change)?.[1] ?? line.at.slice(0, 10));
