/**
 * Runs that look several times and may stop early: group sequential boundaries from a spending function.
 *
 * Serves: `precision` runs, which fix their schedule before the first boot. Repeated looks at a fixed p give 11 to
 * 25 % false alarms. Spending alpha over the looks keeps the rate at alpha for any schedule (Lan and DeMets 1983).
 *
 * Formula: a look may spend a(t) = alpha t^1.5 at information t = blocks / last look's blocks (Kim and DeMets 1987). The flips of the
 * boots so far turn this into a level of p (`look-level.ts`), so all looks together are exact. `run.json` also has the levels that a
 * Brownian path gives; plans use these. They come from recursive integration of the path that has not yet crossed a boundary
 * (Armitage, McPherson and Rowe 1969).
 * Equivalence takes its boundaries from that path alone, at one-sided alpha (two-sided 2 alpha): repeated two one-sided tests.
 *
 * Looks after every block stop sooner than four looks with O'Brien-Fleming's spending, which keeps nearly all of alpha for the last
 * look. They need 23 boots on average instead of 25 for +5 % at sigma .05 (`npm run bench:statistics boots`). No schedule of exact
 * flips needs much less: p cannot be less than 2 / 2^blocks, and the best levels that a search found need 22.8 boots.
 */
import type { Comparison } from '../../model/comparison.ts';
import type { Look } from '../../model/run.ts';
import { middleOf, narrow } from '../numbers/bisection.ts';
import { normalTail } from '../numbers/normal.ts';
import { rounded } from '../numbers/rounding.ts';
import { advance, crossingChance, firstPath, type Path } from './brownian-path.ts';

/** The part of one side's `alpha` that the looks up to information `share` may spend. */
export type Spending = (share: number, alpha: number) => number;

export const kimDeMets: Spending = (share, alpha) => alpha * Math.min(1, share) ** 1.5;

export interface SequentialDesign {
  readonly alpha: number;
  readonly looks: readonly Look[];
}

/** `looks` are block counts, ascending. Throws on an invalid schedule, which the caller must report before as a scenario error. */
export function sequentialDesign(looks: readonly number[], alpha: number): SequentialDesign {
  const last = looks.at(-1);
  if (last === undefined || looks.some((blocks, i) => !Number.isInteger(blocks) || blocks <= (looks[i - 1] ?? 0)))
    throw new RangeError(`looks must be whole numbers of blocks, ascending: ${looks.join(', ')}`);
  const shares = looks.map((blocks) => blocks / last);
  const difference = boundaries(shares, alpha, kimDeMets);
  const equivalence = boundaries(shares, 2 * alpha, kimDeMets);
  return {
    alpha,
    looks: looks.map((blocks, i) => ({
      blocks,
      alpha: rounded(2 * normalTail(difference[i] ?? Infinity)),
      equivalenceAlpha: rounded(normalTail(equivalence[i] ?? Infinity)),
      z: rounded(difference[i] ?? Infinity),
      spent: rounded(kimDeMets(blocks / last, alpha)),
    })),
  };
}

export type SequentialDecision =
  | { readonly kind: 'continue'; readonly toBlocks: number }
  | { readonly kind: 'stop'; readonly reason: 'settled' | 'last look' | 'broken' };

/**
 * Decides whether to stop after a look. `comparison` must use that look's levels
 * (`compareSamples(samples, {alpha: look.alpha, equivalenceAlpha: look.equivalenceAlpha})`).
 * Stops when every gate passes or any gate or budget fails, as more boots cannot undo a failure. Also stops when a candidate is broken
 * or nothing boots. It does not wait for an inconclusive budget: most runs would then take every block (p95 needs 59 boots).
 */
export function sequentialDecision(design: SequentialDesign, look: number, comparison: Comparison): SequentialDecision {
  if (comparison.verdict === 'broken' || comparison.result === 'nothing-booted')
    return { kind: 'stop', reason: 'broken' };
  if (comparison.result !== 'unjudged' || gatesPass(comparison)) return { kind: 'stop', reason: 'settled' };
  const next = design.looks[look + 1];
  return next ? { kind: 'continue', toBlocks: next.blocks } : { kind: 'stop', reason: 'last look' };
}

function gatesPass({ metrics }: Comparison): boolean {
  const gates = metrics.filter(({ gate }) => gate);
  return gates.length > 0 && gates.every(({ gateResult }) => gateResult === 'passes');
}

/** z boundaries of a two-sided symmetric design at information shares (ascending, the last one 1). */
export function boundaries(shares: readonly number[], alpha: number, spending: Spending): number[] {
  let spent = 0;
  let path: Path | undefined;
  let before = 0;
  return shares.map((share) => {
    const total = spending(share, alpha / 2);
    const crossing = (s: number) => (path ? crossingChance(path, s, share - before) : normalTail(s / Math.sqrt(share)));
    const s = boundaryOf(crossing, total - spent, Math.sqrt(share));
    path = path ? advance(path, s, share - before) : firstPath(s, share);
    spent = total;
    before = share;
    return s / Math.sqrt(share);
  });
}

/**
 * Chance of each look to be the first above its boundary, if the true effect is `drift` standard errors of information 1 above zero.
 * `shares` of information and boundaries `z` as in `boundaries`; a path below the lower boundary has stopped too.
 */
export function stoppingChances(shares: readonly number[], z: readonly number[], drift: number): number[] {
  let path: Path | undefined;
  let before = 0;
  return shares.map((share, i) => {
    const boundary = (z[i] ?? Infinity) * Math.sqrt(share);
    const step = share - before;
    const chance = path
      ? crossingChance(path, boundary, step, drift)
      : normalTail((boundary - drift * share) / Math.sqrt(share));
    if (i < shares.length - 1) path = path ? advance(path, boundary, step, drift) : firstPath(boundary, share, drift);
    before = share;
    return chance;
  });
}

/** Chance that the path crosses any of these looks' two-sided boundaries if nothing changed. */
export function chanceOfAnyClaim(looks: readonly Pick<Look, 'blocks' | 'z'>[]): number {
  const last = Math.max(...looks.map(({ blocks }) => blocks));
  const shares = looks.map(({ blocks }) => blocks / last);
  const chances = stoppingChances(
    shares,
    looks.map(({ z }) => z),
    0,
  );
  return rounded(2 * chances.reduce((sum, chance) => sum + chance, 0));
}

/** The boundary with this crossing chance; a higher one has a lower chance. 40 halvings of 40 leave less than the grid's error. */
const boundaryOf = (crossing: (s: number) => number, chance: number, deviation: number): number =>
  middleOf(narrow((s) => crossing(s) > chance, { low: 0, high: 40 * deviation }, 40));
