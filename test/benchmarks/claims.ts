/** Simulates the claims of the statistics: each function plays many synthetic runs and returns its counts. Seeded. */

import { type Random, seededRandom } from '../../src/model/random.ts';
import type { Look } from '../../src/model/run.ts';
import { type FamilyMember, stepDownMaxT } from '../../src/statistics/families/max-t.ts';
import { lookLevels, type RankedBlocks } from '../../src/statistics/planning/look-level.ts';
import { sequentialDesign } from '../../src/statistics/planning/sequential.ts';
import { exactTail, flipP, reduce } from '../../src/statistics/tests/block-flip.ts';
import { blockedEstimates, rankDifferences } from '../../src/statistics/tests/blocked.ts';
import { mannWhitney, welch } from './rivals.ts';
import { boots, type Cell, type Gaussian, gatesOf, gaussian } from './synthetic.ts';

type Sides = { readonly before: Float64Array; readonly after: Float64Array };

/** Share of runs for which `claim` is true. */
export function share(
  cell: Cell,
  runs: number,
  seed: number,
  claim: (sides: Sides, random: Random) => boolean,
): number {
  const random = seededRandom(seed);
  const normal = gaussian(random);
  let hits = 0;
  for (let run = 0; run < runs; run++) if (claim(boots(cell, random, normal), random)) hits++;
  return hits / runs;
}

export const flips = (sides: Sides): number => flipP(rankDifferences(sides));

/** False positives of the gate test at .05. */
export const falsePositives = (cell: Cell, runs: number, seed: number): number =>
  share({ ...cell, effect: 0 }, runs, seed, (sides) => flips(sides) <= 0.05);

export interface Coverage {
  /** Intervals that contain the truth. */
  readonly covered: number;
  /** The coverage that the test's steps already force: 1 - the largest p that it can reach at or below .05, averaged over the runs. */
  readonly forced: number;
}

export function coverage(cell: Cell, runs: number, seed: number): Coverage {
  let forced = 0;
  const truth = 1 + cell.effect;
  const covered = share(cell, runs, seed, (sides) => {
    const [interval] = blockedEstimates(sides, 'ratio', [0.05]);
    forced += 1 - attainable({ before: sides.before.map((value) => value * truth), after: sides.after });
    return (
      (interval?.low ?? Number.NEGATIVE_INFINITY) <= truth && truth <= (interval?.high ?? Number.POSITIVE_INFINITY)
    );
  });
  return { covered, forced: forced / runs };
}

/** Largest two-sided p at or below .05 that these blocks could reach. */
function attainable(sides: Sides): number {
  const { sizes } = reduce(rankDifferences(sides));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let [low, high] = [0, total];
  // The tail falls as the statistic grows: find the smallest statistic whose p is at most .05.
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (2 * exactTail(sizes, middle) <= 0.05) high = middle;
    else low = middle + 1;
  }
  return 2 * exactTail(sizes, low);
}

/** Probability of any false alarm among gates that share half of their spread, by max-T and uncorrected. */
export function familyWiseErrors(
  cell: Cell,
  gates: number,
  runs: number,
  seed: number,
): { corrected: number; uncorrected: number } {
  let [corrected, uncorrected] = [0, 0];
  eachFamily({ ...cell, effect: 0 }, gates, runs, seed, (members, random) => {
    if (Math.min(...members.map((member) => member.p)) <= 0.05) {
      uncorrected++;
      // An adjusted p is never below the unadjusted p, so only these runs need the joint distribution.
      if (Math.min(...stepDownMaxT(members, 0.05, random).adjusted) <= 0.05) corrected++;
    }
  });
  return { corrected: corrected / runs, uncorrected: uncorrected / runs };
}

/** Power to find an effect in the first of several gates. */
export function familyPower(cell: Cell, gates: number, runs: number, seed: number): number {
  let found = 0;
  eachFamily(cell, gates, runs, seed, (members, random) => {
    const own = members[0]?.p ?? 1;
    // Bonferroni is never better than step-down max-T: where Bonferroni finds the effect, the joint distribution adds nothing.
    if (own <= 0.05 && (own <= 0.05 / gates || (stepDownMaxT(members, 0.05, random).adjusted[0] ?? 1) <= 0.05)) found++;
  });
  return found / runs;
}

function eachFamily(
  cell: Cell,
  gates: number,
  runs: number,
  seed: number,
  visit: (members: FamilyMember[], random: Random) => void,
): void {
  const random = seededRandom(seed);
  const normal = gaussian(random);
  const blocks = Array.from({ length: cell.blocks }, (_, b) => b + 1);
  for (let run = 0; run < runs; run++) {
    const members = gatesOf(cell, gates, random, normal).map((sides): FamilyMember => {
      const differences = rankDifferences(sides);
      return { group: 'after', blocks, differences, p: flipP(differences) };
    });
    visit(members, random);
  }
}

export interface Sequential {
  readonly claimed: number;
  /** Boots of both sides, on average, and the standard error of that average. */
  readonly meanBoots: number;
  readonly meanBootsError: number;
}

/** Standard error of a share over the given number of runs. */
export const shareError = (share: number, runs: number): number => Math.sqrt((share * (1 - share)) / runs);

/** Runs that look several times and stop for a difference in any of their gates; `naive` compares every look with .05. */
export function sequentialRuns(
  cell: Cell,
  looks: readonly number[],
  runs: number,
  seed: number,
  naive = false,
  gates = 1,
): Sequential {
  const design = sequentialDesign(looks, 0.05);
  const last = looks.at(-1) ?? 0;
  const random = seededRandom(seed);
  const normal = gaussian(random);
  let [claimed, total, squares] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const whole = { ...cell, blocks: last };
    const sides = gates === 1 ? [boots(whole, random, normal)] : gatesOf(whole, gates, random, normal);
    const { found, blocks } = stopOf(sides, design.looks, naive ? undefined : lookLevels(last, seed + run, FLIPS));
    if (found) claimed++;
    total += 2 * blocks;
    squares += (2 * blocks) ** 2;
  }
  const meanBoots = total / runs;
  return { claimed: claimed / runs, meanBoots, meanBootsError: Math.sqrt((squares / runs - meanBoots ** 2) / runs) };
}

/** A level here uses 2^FLIPS sign vectors, a sixteenth of those in a real run: their noise averages out over many runs. */
const FLIPS = 12;

function stopOf(
  gates: readonly Sides[],
  looks: readonly Look[],
  level: ReturnType<typeof lookLevels> | undefined,
): { found: boolean; blocks: number } {
  for (const { spent = 1, ...look } of looks) {
    const numbers = Array.from({ length: look.blocks }, (_, b) => b + 1);
    const ranked = gates.map(({ before, after }) => ({
      blocks: numbers,
      differences: rankDifferences({ before: before.slice(0, look.blocks), after: after.slice(0, look.blocks) }),
    }));
    const p = ranked.map(({ differences }) => flipP(differences));
    const alpha = level?.({ ...look, spent }, [ranked]) ?? 0.05;
    // An adjusted p is never below the unadjusted p, so only these looks need the joint distribution.
    if (Math.min(...p) <= alpha && adjustedP(ranked, p, alpha) <= alpha) return { found: true, blocks: look.blocks };
  }
  return { found: false, blocks: looks.at(-1)?.blocks ?? 0 };
}

function adjustedP(ranked: readonly RankedBlocks[], p: readonly number[], alpha: number): number {
  const members = ranked.map((each, i) => ({ ...each, group: 'after', p: p[i] ?? 1 }));
  return Math.min(...stepDownMaxT(members, alpha, seededRandom(1)).adjusted);
}

/** Claims of equivalence at any look where the true effect equals the margin: each is an error. */
export function falseEquivalence(
  cell: Cell,
  looks: readonly number[],
  margin: number,
  runs: number,
  seed: number,
): number {
  const design = sequentialDesign(looks, 0.05);
  return share({ ...cell, blocks: looks.at(-1) ?? 0, effect: margin }, runs, seed, (sides) =>
    design.looks.some(({ blocks, equivalenceAlpha }) => {
      const seen = { before: sides.before.slice(0, blocks), after: sides.after.slice(0, blocks) };
      const [interval] = blockedEstimates(seen, 'ratio', [2 * equivalenceAlpha]);
      return (
        interval?.low != null && interval.high != null && interval.low >= 1 - margin && interval.high <= 1 + margin
      );
    }),
  );
}

export type Rule = 'this design' | 'Mann-Whitney' | 'Welch on logs';

/** Power of a rule at a number of boots per side; the rivals' boots have no shared spread and no blocks. */
export function power(rule: Rule, cell: Cell, gates: number, runs: number, seed: number): number {
  if (rule === 'this design') {
    if (gates > 1) return familyPower(cell, gates, runs, seed);
    return share(cell, runs, seed, (sides) => flips(sides) <= 0.05);
  }
  const unpaired = { ...cell, hostShare: 0 };
  const level = 0.05 / gates;
  if (rule === 'Mann-Whitney')
    return share(unpaired, runs, seed, ({ before, after }) => mannWhitney(before, after).p <= level);
  return share(
    unpaired,
    runs,
    seed,
    ({ before, after }) => welch(before.map(Math.log), after.map(Math.log)).p <= level,
  );
}

/** The smallest number of boots on both sides that gives a rule this power, by bisection on the simulated power. */
export function bootsNeeded(
  rule: Rule,
  cell: Cell,
  gates: number,
  wanted: number,
  between: readonly [number, number],
  runs: number,
  seed: number,
): number {
  let [low, high] = between;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (power(rule, { ...cell, blocks: middle }, gates, runs, seed) >= wanted) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}

/** One boot of the candidate against a fixed threshold at the p95 of production: power for an effect, and false alarms per 20 metrics. */
export function thresholdRule(
  sigma: number,
  effect: number,
  runs: number,
  seed: number,
): { power: number; alarms: number } {
  const normal: Gaussian = gaussian(seededRandom(seed));
  const threshold = 1.6448536269514722 * sigma;
  let [found, alarmed] = [0, 0];
  for (let run = 0; run < runs; run++) {
    if (Math.log1p(effect) + sigma * normal.next() > threshold) found++;
    let any = false;
    for (let metric = 0; metric < 20; metric++) any = sigma * normal.next() > threshold || any;
    if (any) alarmed++;
  }
  return { power: found / runs, alarms: alarmed / runs };
}
