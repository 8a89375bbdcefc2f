/** `bench confirm`: boots the images around a change of the trend against each other, and says in the history what came of it. */
import path from 'node:path';
import type { HistoryConfirmation } from '../../model/history.ts';
import type { ConfirmOutput, JsonOutput } from '../../model/json-output.ts';
import type { TrendChange } from '../../model/trend.ts';
import { terminal } from '../../render/escape.ts';
import { percentDecimals, percentInterval } from '../../render/format.ts';
import {
  type BootedPair,
  bisectChange,
  chosenChange,
  confirmChange,
  knownPairs,
  pairOf,
  versionsAround,
} from '../../stages/history/confirm.ts';
import { historyAt } from '../../stages/history/open.ts';
import { type Pair, pairSettings } from '../../stages/history/pair.ts';
import { trendOf } from '../../stages/history/trend.ts';
import { runFolder } from '../../store/run-folder.ts';
import { type DesignOptions, design, loadDesign } from '../design.ts';
import { execute } from '../execute.ts';
import { EXIT } from '../exit.ts';
import { linkTo } from '../history.ts';
import { json } from '../text.ts';
import type { World } from '../world.ts';

interface ConfirmOptions extends Omit<DesignOptions, 'before' | 'after' | 'aa' | 'history' | 'updateReference'> {
  readonly bisect?: boolean;
  readonly link?: string;
  readonly requireVerdict?: boolean;
  readonly json?: boolean;
}

export async function command(world: World, where: string, wanted: string, options: ConfirmOptions): Promise<number> {
  const history = await historyAt(where, world);
  const content = await history.read(world.signal);
  const change = chosenChange(trendOf(content), wanted);
  let runs = 0;
  const work = {
    change,
    known: knownPairs(content, change),
    boot: (pair: Pair) => bootPair(pair, change, where, { ...options, ...seedOf(options, runs++) }, world),
    add: (line: HistoryConfirmation) => history.append(line, world.signal),
  };
  const result = options.bisect
    ? await bisectChange(versionsAround(content, change), work)
    : await confirmChange(pairOf(content, change), work);
  world.stdout.write(options.json ? json<JsonOutput<typeof ConfirmOutput>>(result) : textOf(result));
  return result.outcome === 'inconclusive' && options.requireVerdict ? EXIT.inconclusive : EXIT.fine;
}

/** Each run of a search has a seed of its own. */
const seedOf = ({ seed }: ConfirmOptions, run: number) => (seed === undefined ? {} : { seed: seed + run });

async function bootPair(
  pair: Pair,
  change: TrendChange,
  where: string,
  options: ConfirmOptions,
  world: World,
): Promise<BootedPair> {
  const named: DesignOptions = { ...options, scenario: options.scenario ?? change.scenario };
  const { document } = await loadDesign(named, world);
  const set = [...options.set, ...pairSettings(pair, change, document)];
  const loaded = await loadDesign({ ...named, set }, world);
  const run = design(loaded, named, world);
  const folder = runFolder(path.resolve(world.cwd, options.out, run.id));
  const images = { before: pair.before.image, after: pair.after.image };
  const { scenario } = loaded;
  const { findings } = await execute({ folder, run, scenario, images }, path.dirname(loaded.file), world);
  const link = linkTo(folder, where, options.link, world);
  return { run: run.id, at: run.createdAt, comparison: findings.comparison, ...(link !== undefined && { link }) };
}

function textOf({ change, outcome, before, after, ratio }: HistoryConfirmation): string {
  const effect = ratio ? ` (${percentInterval(ratio, percentDecimals(ratio))})` : '';
  return `${outcome}  ${terminal(change, 200)}${effect}\n  before  ${terminal(before, 200)}\n  after   ${terminal(after, 200)}\n`;
}
