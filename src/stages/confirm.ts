/** `bench confirm`: boots the images around a change of the trend against each other, and adds the outcome to the history. */
import path from 'node:path';
import { worldError } from '../model/errors.ts';
import type { HistoryConfirmation } from '../model/history.ts';
import type { TrendChange } from '../model/trend.ts';
import type { World } from '../model/world.ts';
import { terminal } from '../render/escape.ts';
import { percentDecimals, percentInterval } from '../render/format.ts';
import type { CommandWatcher } from './boot/watcher.ts';
import { type DesignOptions, loadDesign } from './design/load.ts';
import { designedRun } from './design/run.ts';
import {
  type BootedPair,
  bisectChange,
  chosenChange,
  confirmChange,
  knownPairs,
  pairOf,
  versionsAround,
} from './history/confirm.ts';
import { historyAt, linkTo, readKnownHistory } from './history/open.ts';
import { type Pair, pairSettings } from './history/pair.ts';
import { trendOf } from './history/trend.ts';
import { runExperiment } from './run.ts';
import { inRunFolder, newRunFolder } from './run-place.ts';

export interface ConfirmRequest extends Omit<DesignOptions, 'before' | 'after' | 'aa' | 'history' | 'updateReference'> {
  readonly history: string;
  /** The id of the change, or a part of it that no other change has. */
  readonly change: string;
  readonly bisect?: boolean;
  readonly link?: string;
}

/** Calls `watch` for a watcher of each run. */
export async function confirm(
  request: ConfirmRequest,
  world: World,
  watch: () => CommandWatcher & { end(): void },
): Promise<HistoryConfirmation> {
  const history = await historyAt(request.history, world);
  const content = await readKnownHistory(request.history, world);
  const change = chosenChange(trendOf(content), request.change);
  let runs = 0;
  const work = {
    change,
    known: knownPairs(content, change),
    boot: async (pair: Pair) => {
      const watcher = watch();
      const seeded = { ...request, ...seedOf(request, runs++) };
      return bootPair(pair, change, seeded, world, watcher).finally(() => watcher.end());
    },
    add: (line: HistoryConfirmation) => history.append(line, world.signal),
  };
  return request.bisect
    ? bisectChange(versionsAround(content, change), work)
    : confirmChange(pairOf(content, change), work);
}

/** Each run of a search has its own seed. */
const seedOf = ({ seed }: ConfirmRequest, run: number) => (seed === undefined ? {} : { seed: seed + run });

async function bootPair(
  pair: Pair,
  change: TrendChange,
  { history, link: given, change: _, ...options }: ConfirmRequest,
  world: World,
  watcher: CommandWatcher,
): Promise<BootedPair> {
  const named = { ...options, scenario: options.scenario ?? change.scenario };
  const loaded = await loadDesign(named, world, (document) => pairSettings(pair, change, document));
  const designed = designedRun(loaded, named, world);
  const folder = await newRunFolder(options.out, designed.id, world);
  const run = { ...designed, id: path.basename(folder.folder) };
  const images = { before: pair.before.image, after: pair.after.image };
  const experiment = { folder, run, scenario: loaded.scenario, images };
  const boot = () => runExperiment(experiment, path.dirname(loaded.file), world, watcher);
  const { findings, leftBehind } = await inRunFolder(folder, boot);
  if (leftBehind) watcher.line(`${leftBehind.message} ${leftBehind.hint ?? ''}`);
  if (findings.comparison.result === 'nothing-booted')
    throw worldError(
      `All boots of one side of ${change.id} failed: nothing was confirmed or added to the history.`,
      `Read the reasons in ${folder.file.report}.`,
    );
  const link = linkTo(folder, history, given, world);
  return { run: run.id, at: run.createdAt, comparison: findings.comparison, ...(link !== undefined && { link }) };
}

/** For people. */
export function confirmationText({ change, outcome, before, after, ratio }: HistoryConfirmation): string {
  const effect = ratio ? ` (${percentInterval(ratio, percentDecimals(ratio))})` : '';
  return `${outcome}  ${terminal(change, 200)}${effect}\n  before  ${terminal(before, 200)}\n  after   ${terminal(after, 200)}\n`;
}
