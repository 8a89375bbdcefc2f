/**
 * The level of a look: the largest p that allows a claim. It keeps the chance of a false claim, over all looks so far, within the alpha
 * that the schedule lets them spend.
 *
 * Serves: runs that look after every block. Levels of a Brownian path assume three things: block counts give the correlation of the
 * looks, p is continuous, every block carries the same information. Few blocks, ties and blocks without a value violate this.
 *
 * Formula: under "the change does nothing" a swap of a block's labels is equally likely. Each sign vector over all blocks is then one
 * possible run. The code follows these runs from look to look. Of those without a claim so far, the ones with the smallest p
 * stop, as many as `spent` allows; the largest p among them is the level. p goes in steps, so a look may not spend all of its alpha;
 * the next look gets the rest. Given the boots without labels, the chance of a claim by a look is at most its `spent`, for any boots.
 * The p of a run is the smallest of its gates' exact p, as in `families/max-t.ts`; the union bound joins candidates.
 *
 * The first 16 blocks take each of their sign vectors once (14 in runs of more than 24 blocks); later blocks take random signs.
 * Reference: with one look it equals the plain test. Time: 8 ms a look and gate at 20 blocks, .2 s for all 95 looks of 100 blocks.
 */
import { seededRandom } from '../../model/random.ts';
import type { Look } from '../../model/run.ts';
import type { Samples } from '../../model/samples.ts';
import { scoreOf } from '../families/max-t.ts';
import { rounded } from '../numbers/rounding.ts';
import { arrange, bootsOf, observationsOf } from '../observations.ts';
import { flipP } from '../tests/block-flip.ts';
import { rankDifferences } from '../tests/blocked.ts';
import { type Flips, flippedSums, halfEnumeratedFlips } from '../tests/flips.ts';

/** Rank differences of one gate, and their blocks. */
export interface RankedBlocks {
  readonly blocks: readonly number[];
  readonly differences: Int32Array;
}

/** The gates of one candidate at a look. */
type Gates = readonly RankedBlocks[];

/** A look whose level follows from the flips of its boots. */
export type SpendingLook = Pick<Look, 'blocks' | 'alpha'> & { readonly spent: number };

const spends = (look: Look): look is Look & SpendingLook => look.spent !== undefined;

/** The level of a look, from the samples up to it; undefined if the schedule fixed it beforehand. The seed is that of the samples. */
export function levelOfLook(samples: Samples, schedule: readonly Look[], at: Look): number | undefined {
  const looks = schedule.filter(({ blocks }) => blocks <= at.blocks);
  if (!looks.every(spends)) return undefined;
  const next = lookLevels(Math.max(...schedule.map(({ blocks }) => blocks)), samples.seed);
  return looks.map((look) => next(look, candidatesAt(samples, look.blocks))).at(-1);
}

/** The gates of every candidate in the blocks up to a look, except gates without a pair of boots. */
function candidatesAt(samples: Samples, upTo: number): Gates[] {
  const seen = { ...samples, boots: samples.boots.filter(({ block }) => block !== null && block <= upTo) };
  const baseline = bootsOf(seen, seen.baseline);
  const gates = seen.metrics.filter(({ gate }) => gate);
  return seen.candidates.map((variant) => {
    const candidate = bootsOf(seen, variant);
    return gates.flatMap(({ id }): RankedBlocks[] => {
      const values = arrange(observationsOf(baseline, id), observationsOf(candidate, id), true);
      if (values.kind !== 'blocked' || values.blocks.length === 0) return [];
      return [{ blocks: values.blocks, differences: rankDifferences(values) }];
    });
  });
}

/** Returns a function that gives the level of each look in turn, from the candidates' gates, for a run of `planned` blocks. */
export function lookLevels(
  planned: number,
  seed: number,
  enumerated = planned <= FINE_BLOCKS ? FINE : COARSE,
): (look: SpendingLook, candidates: readonly Gates[]) => number {
  const flips = halfEnumeratedFlips(planned, enumerated, seededRandom(seed));
  const stopped: Uint8Array[] = [];
  let crossed = 0;
  return (look, candidates) => {
    const scores = candidates.map((gates) => smallestP(gates, flips));
    while (stopped.length < scores.length) stopped.push(new Uint8Array(flips.count));
    const room = Math.floor(look.spent * flips.count * (1 + 1e-12)) - crossed;
    const open = scores.map((score, i) => openScores(score, stopped[i] as Uint8Array));
    const limit = largestWithin(open, room);
    if (limit === 0) return unreachable(look, scores);
    const reached = scores.map((score, i) => stopAll(score, limit, stopped[i] as Uint8Array));
    crossed += reached.reduce((sum, { anew }) => sum + anew, 0);
    const share = reached.reduce((sum, { all }) => sum + all, 0) / flips.count;
    // Just above the intended step of p, because reports round p to 12 digits.
    return rounded(Math.min(MOST, share * (1 + 1e-9)));
  };
}

/** Flips with a claim at this look: all of them, and those without an earlier claim. */
function stopAll(score: Float64Array, limit: number, past: Uint8Array): { all: number; anew: number } {
  let [all, anew] = [0, 0];
  for (let flip = 0; flip < score.length; flip++) {
    if ((score[flip] as number) > limit) continue;
    all++;
    if (past[flip] === 0) anew++;
    past[flip] = 1;
  }
  return { all, anew };
}

/** Runs of up to this many blocks use more flips: the first 16 blocks exactly, not 14. */
const FINE_BLOCKS = 24;
const FINE = 16;
const COARSE = 14;

/** The highest level that `samples.json` allows. */
const MOST = 0.5;

/** For each flip the smallest p of the gates, which decides about a claim. 1 if there is no gate. */
function smallestP(gates: Gates, flips: Flips): Float64Array {
  const smallest = new Float64Array(flips.count).fill(1);
  for (const { blocks, differences } of gates) {
    const score = scoreOf({ group: '', blocks, differences, p: flipP(differences) });
    const values = new Float64Array(flips.blocks);
    blocks.forEach((block, i) => {
      values[block - 1] = score.signed[i] as number;
    });
    const total = score.signed.reduce((sum, d) => sum + d, 0);
    flippedSums(flips, values).forEach((flipped, flip) => {
      smallest[flip] = Math.min(smallest[flip] as number, score.of(total - 2 * flipped));
    });
  }
  return smallest;
}

function openScores(score: Float64Array, past: Uint8Array): number[] {
  const open: number[] = [];
  score.forEach((p, flip) => {
    if (past[flip] === 0 && p < MOST) open.push(p);
  });
  return open;
}

/** The largest p that at most `room` open flips reach; 0 if even the smallest p has more flips. */
function largestWithin(open: readonly (readonly number[])[], room: number): number {
  const all = Float64Array.from(open.flat()).sort();
  if (room <= 0 || all.length === 0) return 0;
  if (room >= all.length) return all.at(-1) as number;
  let count = room;
  while (count > 0 && all[count] === all[count - 1]) count--;
  return count === 0 ? 0 : (all[count - 1] as number);
}

/** A level that no p of this look reaches, near the level in the schedule. */
function unreachable(look: SpendingLook, scores: readonly Float64Array[]): number {
  let smallest = 1;
  for (const score of scores) for (const p of score) smallest = Math.min(smallest, p);
  return rounded(Math.min(look.alpha, smallest / 2));
}
