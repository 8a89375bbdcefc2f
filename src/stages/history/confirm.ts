/**
 * `bench confirm`: boots the images before and after a change of the trend against each other in an ordinary run. It adds the outcome to
 * the history. A bisection also finds the step among the versions that the history has seen around it:
 *
 *   versions   v0 --- v1 --- v2 --- v3 --- v4 --- v5        v0 against v5, then v0 against the middle of what is left:
 *              old                             new          confirmed means "not later than here", refuted "later"
 *
 * A search boots no pair that the history has settled already, so an interrupted one continues where it stopped.
 */
import type { Comparison } from '../../model/comparison.ts';
import { usageError } from '../../model/errors.ts';
import type { HistoryConfirmation, HistoryContent, HistorySide } from '../../model/history.ts';
import type { Trend, TrendChange } from '../../model/trend.ts';
import type { Pair } from './pair.ts';
import { runsOf } from './trend.ts';

/** An ordinary run of a pair. */
export interface BootedPair {
  readonly run: string;
  readonly at: string;
  readonly link?: string;
  readonly comparison: Comparison;
}

export interface Confirming {
  readonly change: TrendChange;
  /** Results in the history for pairs of this change; a search uses them instead of booting again. */
  readonly known: readonly HistoryConfirmation[];
  boot(pair: Pair): Promise<BootedPair>;
  /** Adds a line to the history. */
  add(line: HistoryConfirmation): Promise<void>;
}

/** The change that a text means: its id, or any part of it that no other id has. */
export function chosenChange(trend: Trend, wanted: string): TrendChange {
  const exact = trend.changes.find(({ id }) => id === wanted);
  const matching = exact ? [exact] : trend.changes.filter(({ id }) => id.includes(wanted));
  const [only, other] = matching;
  if (only && !other) return only;
  const known = (only ? matching : trend.changes).slice(0, 5).map(({ id }) => id);
  throw usageError(
    only ? `"${wanted}" could be ${known.join(' or ')}.` : `The history has no change "${wanted}".`,
    known.length === 0 ? 'bench trend lists the changes; there is none.' : `There is ${known.join(', ')}.`,
  );
}

/** How far the place of a change may be off, in runs either way. */
const REACH = 3;

/** The two images of a change. */
export function pairOf(content: HistoryContent, change: TrendChange): Pair {
  const versions = versionsWithin(content, change, 0);
  return { before: versions[0] as HistorySide, after: versions.at(-1) as HistorySide };
}

/** All images booted from some runs before a change to some runs after it, each once. */
export const versionsAround = (content: HistoryContent, change: TrendChange): HistorySide[] =>
  versionsWithin(content, change, REACH);

/** At least two. */
function versionsWithin(content: HistoryContent, change: TrendChange, reach: number): HistorySide[] {
  const booted = runsOf(content.lines).flatMap((run) => {
    const side = run.candidates.find(({ variant }) => variant === change.candidate);
    return run.scenario.name === change.scenario && !run.calibration.aa && side ? [{ run: run.id, side }] : [];
  });
  const last = booted.findIndex(({ run }) => run === change.runs.before);
  const first = booted.findIndex(({ run }) => run === change.runs.after);
  const sides = booted.slice(Math.max(0, last - reach), first + 1 + reach).map(({ side }) => side);
  const versions = sides.filter((side, i) => sides.findIndex(({ image }) => image === side.image) === i);
  if (versions.length < 2)
    throw usageError(
      `The image is the same on both sides of ${change.id}, so there is nothing to compare.`,
      'bench trend shows what else changed that night.',
    );
  return versions;
}

/** Results of this change's runs. A run booted one pair, and its first line names it: the line of a whole search names others. */
export function knownPairs({ lines }: HistoryContent, { id: change }: TrendChange): HistoryConfirmation[] {
  const own = lines.filter((line) => line.kind === 'confirmation').filter((line) => line.change === change);
  return own.filter((line, at) => line.outcome !== 'inconclusive' && own.findIndex(({ id }) => id === line.id) === at);
}

/** Boots the two images, and adds the outcome. */
export async function confirmChange(pair: Pair, work: Omit<Confirming, 'known'>): Promise<HistoryConfirmation> {
  const result = confirmationOf(work.change, pair, await work.boot(pair));
  await work.add(result);
  return result;
}

/** Compares the outermost two versions and, if they differ, finds the two between which the step lies. */
export async function bisectChange(versions: readonly HistorySide[], work: Confirming): Promise<HistoryConfirmation> {
  const version = (at: number) => versions[at] as HistorySide;
  const compare = async (at: number): Promise<HistoryConfirmation> => {
    const pair = { before: version(0), after: version(at) };
    const known = work.known.find(({ before, after }) => before === pair.before.image && after === pair.after.image);
    if (known) return known;
    const step = confirmationOf(work.change, pair, await work.boot(pair));
    await work.add({ ...step, step: true });
    return step;
  };
  let old = 0;
  let fresh = versions.length - 1;
  let best = await compare(fresh);
  while (best.outcome === 'confirmed' && fresh - old > 1) {
    const middle = (old + fresh) >> 1;
    const step = await compare(middle);
    // An inconclusive pair ends the search between the two remaining versions.
    if (step.outcome === 'inconclusive') break;
    if (step.outcome === 'refuted') old = middle;
    else {
      fresh = middle;
      best = step;
    }
  }
  const { step: _, ...found } = best;
  const result = { ...found, before: version(old).image, after: version(fresh).image };
  await work.add(result);
  return result;
}

function confirmationOf(change: TrendChange, pair: Pair, booted: BootedPair): HistoryConfirmation {
  const row = booted.comparison.metrics.find(({ metric }) => metric === change.metric);
  const attribution = attributionOf(booted.comparison, change.metric);
  return {
    schema: 'bench/history@1',
    kind: 'confirmation',
    id: booted.run,
    at: booted.at,
    ...(booted.link !== undefined && { link: booted.link }),
    change: change.id,
    outcome: outcomeOf(change, row?.ratio ?? null),
    before: pair.before.image,
    after: pair.after.image,
    ratio: row?.ratio ?? null,
    ...(attribution.length > 0 && { attribution }),
    verdict: booted.comparison.verdict,
  };
}

/** Parts that a line keeps; the run's report has them all. */
const MOST_PARTS = 6;

function attributionOf(comparison: Comparison, metric: string): NonNullable<HistoryConfirmation['attribution']> {
  const rows = comparison.attribution.find((each) => each.metric === metric)?.rows ?? [];
  const parts = rows.map(({ item, differenceUs: us }) => ({ item, us })).filter(({ us }) => us !== 0);
  return parts.sort((a, b) => Math.abs(b.us) - Math.abs(a.us)).slice(0, MOST_PARTS);
}

/** Confirmed: not chance, and at least half of the change. Refuted: the run excludes half of the change. */
function outcomeOf({ effect }: TrendChange, ratio: HistoryConfirmation['ratio']): HistoryConfirmation['outcome'] {
  const claimed = Math.log(effect.estimate ?? 1);
  const [low, middle, high] = [ratio?.low, ratio?.estimate, ratio?.high].map((each) =>
    typeof each === 'number' ? Math.sign(claimed) * Math.log(each) : Number.NaN,
  ) as [number, number, number];
  const half = Math.abs(claimed) / 2;
  if (Math.max(low, high) < half) return 'refuted';
  return Math.min(low, high) > 0 && middle >= half ? 'confirmed' : 'inconclusive';
}
