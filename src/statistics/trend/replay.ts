/**
 * Finds the changes of a history as a nightly job does: night by night, each time from the nights up to then. A
 * change has a night of its first possible report, keeps its identity as nights arrive, and may be withdrawn later. The result is a
 * pure function of the history's lines, so a later call gives the same answer.
 *
 *   each night, for each series with a new value
 *     1. place a young change again; withdraw it if later nights do not confirm it
 *     2. search the nights since the last change for another (`split.ts`)
 *   then, over all series of a family (one candidate of one scenario)
 *     3. Benjamini-Hochberg at `rate`; each candidate that passes is a change
 *
 * Cost: 30 steps per series and night; permutations only if a lower bound of p would pass.
 */
import { elementAt } from '../../model/element.ts';
import { grouped } from '../../model/grouped.ts';
import { seededRandom } from '../../model/random.ts';
import type { TrendChange } from '../../model/trend.ts';
import { benjaminiHochberg } from '../families/adjust.ts';
import { normalTail } from '../numbers/normal.ts';
import { bestSplit, blockLength, LONGEST_TAIL, type Permutations, type Split, splitP } from './split.ts';
import { centred, effectOf, sideOf, sumOf, within } from './step.ts';
import { pTogether } from './together.ts';

/** One metric of one candidate, run by run. */
export interface NightlySeries {
  /** Benjamini-Hochberg corrects the series of one family together. */
  readonly family: string;
  /** ln(candidate / reference), in the order of the runs. */
  readonly values: Float64Array;
  /** Number of the night of each, ascending. */
  readonly nights: Int32Array;
  /** Positions at which another reference begins, ascending: no change spans them. */
  readonly breaks: readonly number[];
}

/** Positions are indices into the series. Levels and effects are logarithms. */
export interface FoundChange {
  readonly series: number;
  /** First run on the new level: `bornAs` is the place at discovery, `first` the place by all nights. */
  readonly bornAs: number;
  readonly first: number;
  readonly found: number;
  readonly p: number;
  readonly pAdjusted: number;
  readonly effect: { readonly estimate: number; readonly low: number; readonly high: number };
  readonly status: TrendChange['status'];
  readonly gone: number | undefined;
}

export interface Level {
  readonly from: number;
  /** Last run on the new level. */
  readonly to: number;
  readonly mean: number;
}

export interface Replay {
  readonly changes: readonly FoundChange[];
  readonly levels: readonly (readonly Level[])[];
  /** Standard deviation of a run around its level; null below two runs. */
  readonly noise: readonly (number | null)[];
}

/**
 * Expected share of false changes among those of one night. With sixty metrics and a look every night it leaves less than one
 * false change in a hundred metric-years (`npm run bench:trend`). If the boots of a block are independent, a step of 5 % is 2.9
 * nights' noise. At that rate, even a scan with exact noise and level would find nine of ten such steps within four nights.
 */
export const FALSE_DISCOVERY_RATE = 0.0015;

/** The replay withdraws a change when this interval contains "no change". */
const WITHDRAWAL_CONFIDENCE = 0.99;

/** Most nights of the current level to use; older ones tell little about tonight. */
const SPAN = 365;

/** With fewer nights than this since the last change, the noise estimate includes older nights. */
const ENOUGH_NIGHTS = 120;

/** Fewer nights than this are too few to estimate noise. */
const LEAST_NIGHTS = 12;

/** A young change may move by up to this many nights either way. */
const PLAY = 10;

interface Cut {
  readonly start: number;
  readonly change?: Growing;
}

type Growing = { -readonly [K in keyof FoundChange]: FoundChange[K] };

/** Result of one night's look at one series. */
interface Look {
  readonly series: number;
  readonly family: string;
  readonly at: number;
  readonly split?: Split;
  readonly least: number;
}

export function findChanges(all: readonly NightlySeries[], rate = FALSE_DISCOVERY_RATE): Replay {
  const cuts: Cut[][] = all.map(() => []);
  const changes: Growing[] = [];
  const breaks = all.map((series) => new Set(series.breaks));
  for (const runs of nightsOf(all)) {
    const looks: Look[] = [];
    for (const { series: index, at } of runs) {
      const series = elementAt(all, index);
      const own = elementAt(cuts, index);
      if (at === 0 || elementAt(breaks, index).has(at)) own.push({ start: at });
      settle(series, own, at);
      looks.push({ series: index, family: series.family, at, ...search(series, own, at) });
    }
    for (const { series, at, p, pAdjusted } of tested(looks, all, cuts, rate)) {
      const own = elementAt(cuts, series);
      const { values } = elementAt(all, series);
      // A small step found late may lie before every tail that the search tried.
      const first = bestPlace(values, startOf(own), at + 1);
      const effect = effectOf(values, startOf(own), first, at + 1);
      const change = { series, bornAs: first, first, found: at, p, pAdjusted, effect };
      const growing: Growing = { ...change, status: 'standing', gone: undefined };
      changes.push(growing);
      own.push({ start: first, change: growing });
    }
  }
  for (const [index, series] of all.entries()) finish(series, elementAt(cuts, index));
  return {
    changes,
    levels: all.map(({ values }, index) => levelsOf(values, elementAt(cuts, index))),
    noise: all.map(({ values }, index) => noiseOf(values, elementAt(cuts, index))),
  };
}

/** Nights in order of time: for each, its runs by series. */
function nightsOf(all: readonly NightlySeries[]): Pick<Look, 'series' | 'at'>[][] {
  const runs = all.flatMap(({ nights }, series) => Array.from(nights, (night, at) => ({ series, at, night })));
  return [...grouped(runs, ({ night }) => night)].sort(([a], [b]) => a - b).map(([, members]) => members);
}

const startOf = (cuts: readonly Cut[]): number => cuts.at(-1)?.start ?? 0;

/** Places a young change again, or withdraws it. */
function settle({ values }: NightlySeries, cuts: Cut[], at: number): void {
  const last = cuts.at(-1);
  const before = cuts.at(-2)?.start ?? 0;
  if (!last?.change || at + 1 - last.start > LONGEST_TAIL) return;
  const first = bestPlace(values, before, at + 1, last.start);
  last.change.first = first;
  cuts[cuts.length - 1] = { start: first, change: last.change };
  const { low, high } = effectOf(values, before, first, at + 1, WITHDRAWAL_CONFIDENCE);
  if (low > 0 || high < 0) return;
  last.change.status = 'withdrawn';
  last.change.gone = at;
  cuts.pop();
}

/** The place near `around` that separates the two levels most; without `around`, the best of all places. */
function bestPlace(values: Float64Array, from: number, end: number, around?: number): number {
  const lowest = Math.max(from + 2, around === undefined ? 0 : around - PLAY);
  const highest = Math.min(end - 2, around === undefined ? end : around + PLAY);
  const total = sumOf(values, from, end);
  let sum = sumOf(values, from, lowest);
  let best = around ?? lowest;
  let most = -1;
  for (let first = lowest; first <= highest; first++) {
    const [n, m] = [first - from, end - first];
    const between = (sum / n - (total - sum) / m) ** 2 * n * m;
    if (between > most) {
      most = between;
      best = first;
    }
    sum += values[first] as number;
  }
  return best;
}

/** The split that differs most, with a lower bound of its p: the p of its tail alone, for normal noise. */
function search({ values }: NightlySeries, cuts: readonly Cut[], at: number): Pick<Look, 'split' | 'least'> {
  const current = values.subarray(startOfSpan(cuts, at), at + 1);
  const split = bestSplit(current);
  if (!split) return { least: 1 };
  const spread = within(current, current.length - split.tail);
  return { split, least: 2 * normalTail(Math.sqrt(split.statistic) / spread) };
}

const startOfSpan = (cuts: readonly Cut[], at: number): number => Math.max(startOf(cuts), at + 1 - SPAN);

/**
 * The looks that pass Benjamini-Hochberg, family by family. It first tests the lower bounds: a look that fails there would also
 * fail with its own p. So only few looks need permutations, and each only as many as may still let it pass.
 */
function* tested(looks: readonly Look[], all: readonly NightlySeries[], cuts: readonly Cut[][], rate: number) {
  for (const members of grouped(looks, (look) => look.family).values()) {
    const least = benjaminiHochberg(members.map((look) => look.least));
    const places = [...members.keys()].filter((index) => elementAt(least, index) <= rate);
    if (places.length === 0) continue;
    const p = members.map(() => 1);
    const draws = places.map((index) => {
      const look = elementAt(members, index);
      return permuted(look, elementAt(all, look.series).values, elementAt(cuts, look.series));
    });
    for (const [index, own] of pTogether(draws, members.length, rate).entries()) p[elementAt(places, index)] = own;
    const adjusted = benjaminiHochberg(p);
    for (const [index, { series, at, split }] of members.entries()) {
      const pAdjusted = elementAt(adjusted, index);
      if (split && pAdjusted <= rate)
        yield { series, at, first: at + 1 - split.tail, p: elementAt(p, index), pAdjusted };
    }
  }
}

function permuted({ split, at }: Look, values: Float64Array, cuts: readonly Cut[]): Permutations {
  const start = startOfSpan(cuts, at);
  const current = values.subarray(start, at + 1);
  const n = current.length;
  const older = n < ENOUGH_NIGHTS ? residuals(values, cuts, start, SPAN - n) : new Float64Array(0);
  if (!split || older.length + n < LEAST_NIGHTS) return () => 1;
  const pool = concatenated(older, centred(current));
  const block = blockLength(concatenated(older, centred(current.subarray(0, n - split.tail))));
  return splitP(split.statistic, { n, pool, block }, seededRandom(SEED));
}

/** Seed of all permutations: a test's p must not depend on which other series exist. */
const SEED = 1;

/** Nights before `start`, each minus its level, the last `most` of them. */
function residuals(values: Float64Array, cuts: readonly Cut[], start: number, most: number): Float64Array {
  const pieces: Float64Array[] = [];
  let end = start;
  let held = 0;
  for (const cut of [...cuts].reverse()) {
    if (cut.start >= end || held >= most) continue;
    const piece = values.subarray(Math.max(cut.start, end - (most - held)), end);
    // Subtracting a piece's own mean removes a part of its noise.
    const stretch = piece.length > 1 ? Math.sqrt(piece.length / (piece.length - 1)) : 0;
    pieces.unshift(centred(piece).map((value) => value * stretch));
    held += piece.length;
    end = cut.start;
  }
  return pieces.reduce(concatenated, new Float64Array(0));
}

/** After the last night: effects between neighbouring cuts, and which changes a later change undid. */
function finish({ values }: NightlySeries, cuts: readonly Cut[]): void {
  const levels = levelsOf(values, cuts);
  const levelOf = (index: number) => elementAt(levels, index).mean;
  for (const [index, { start, change }] of cuts.entries()) {
    if (!change) continue;
    change.effect = effectOf(values, cuts[index - 1]?.start ?? 0, start, cuts[index + 1]?.start ?? values.length);
    const [old, half] = [levelOf(index - 1), (levelOf(index) - levelOf(index - 1)) / 2];
    for (let later = index + 1; cuts[later]?.change; later++) {
      const left = (levelOf(later) - old) / half;
      if (left > 1) continue;
      change.status = 'reverted';
      change.gone = elementAt(cuts, later).start;
      // A step far past the old level is a separate change.
      if (left > -1) (cuts[later] as { change: Growing }).change.status = 'undoing';
      break;
    }
  }
}

function levelsOf(values: Float64Array, cuts: readonly Cut[]): Level[] {
  return cuts.map(({ start }, index) => {
    const end = cuts[index + 1]?.start ?? values.length;
    return { from: start, to: end - 1, mean: sideOf(values, start, end).mean };
  });
}

function noiseOf(values: Float64Array, cuts: readonly Cut[]): number | null {
  let squares = 0;
  for (const { from, to, mean } of levelsOf(values, cuts))
    for (let i = from; i <= to; i++) squares += ((values[i] as number) - mean) ** 2;
  const freedom = values.length - cuts.length;
  return freedom < 1 ? null : Math.sqrt(squares / freedom);
}

function concatenated(one: Float64Array, two: Float64Array): Float64Array {
  const both = new Float64Array(one.length + two.length);
  both.set(one);
  both.set(two, one.length);
  return both;
}
