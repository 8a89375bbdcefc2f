/**
 * `bench plan`: boots for an effect at a power, the effect that a budget can see, and the curve between them.
 *
 * Serves: the blocked design. Formula: noncentral t count of blocks for the mean of block log-differences, divided by .955
 * (3/pi, the efficiency of ranks on a normal: Hodges and Lehmann 1956); candidates share alpha as by Bonferroni, gates as by the
 * verdict's max-T (`worth.ts`), which is Bonferroni's where they do not move together. A block counts when both of its boots came up, so failures stretch the plan.
 * Never below the blocks that the flip test needs to reach its alpha at all.
 * A run that looks several times pays for its looks: the power of each look by itself is as above, and a Brownian path tells how much
 * of it the looks have in common. The levels are that path's (`sequential.ts`), not those that the run will use: these follow from the
 * flips of boots that are still to be made (`look-level.ts`). They spend the same alpha at the same looks, and what a look cannot
 * spend, since p goes in steps, the next one has: by simulation such a run needs up to 5 % fewer boots than its plan says.
 *
 * `sigma` is the standard deviation of within-block log-differences: sqrt(2) times that of a boot where hosts share nothing,
 * less where a block's boots are alike. `spread.ts` takes it from an A/A history or a pilot run.
 */
import type { Look } from '../../model/run.ts';
import { firstEnough, firstEnoughNear, narrow } from '../numbers/bisection.ts';
import { normalQuantile } from '../numbers/normal.ts';
import { studentPower } from '../numbers/student.ts';
import { blocksToReach } from '../tests/block-flip.ts';
import { stoppingChances } from './sequential.ts';
import { worthOfGatesThatMove } from './worth.ts';

export interface PlanInput {
  /** Smallest change worth finding, as a ratio: .05 is 5 %. */
  readonly effect: number;
  readonly sigma: number;
  /** Chance to find it; .95 by default. */
  readonly power?: number;
  /** Chance of any false alarm; .05 by default. */
  readonly alpha?: number;
  /** Gate metrics, or the independent tests that they are worth where that is known; 1 by default. */
  readonly gates?: number;
  /** The change moves all gates alike, so the verdict's family sees them move together; else this one alone, or it is not known. */
  readonly allMove?: boolean;
  /** Candidates beside the baseline; 1 by default. */
  readonly candidates?: number;
  /** Share of boots that fail; 0 by default. */
  readonly failureShare?: number;
  /** Where a run looks, scaled to its planned blocks, and at which level; once, at the end, by default. */
  readonly looks?: readonly Pick<Look, 'blocks' | 'alpha'>[];
}

export interface Plan {
  readonly blocks: number;
  /** Boots of all variants. */
  readonly boots: number;
  /** Power that these blocks have. */
  readonly power: number;
  /** The effect is out of reach of any run this program would start. */
  readonly outOfReach: boolean;
}

/** As many blocks as a scenario may ask for. */
export const MOST_BLOCKS = 1000;

const RANK_EFFICIENCY = 3 / Math.PI;

export function planBoots(input: PlanInput): Plan {
  const { power = 0.95, candidates = 1 } = input;
  const enough = (blocks: number) => powerOf(input, blocks) >= power;
  const outOfReach = !enough(MOST_BLOCKS);
  const blocks = outOfReach ? MOST_BLOCKS : firstEnough(enough, 1, MOST_BLOCKS);
  return { blocks, boots: blocks * (1 + candidates), power: powerOf(input, blocks), outOfReach };
}

/** Power at a number of planned blocks, failures taken off. */
export const powerOf = (input: PlanInput, blocks: number): number =>
  findings(input, blocks).reduce((sum, { chance }) => sum + chance, 0);

/** Blocks that a run boots on average if the effect is there: who does not stop at an earlier look boots them all. */
export const meanBlocks = (input: PlanInput, blocks: number): number =>
  findings(input, blocks).reduce((mean, { share, chance }) => mean - chance * (1 - share) * blocks, blocks);

/** The looks that may find the effect: their share of the blocks, and the chance of each to be the first that does. */
function findings(input: PlanInput, blocks: number): { share: number; chance: number }[] {
  const { effect, sigma, alpha = 0.05, gates = 1, candidates = 1, failureShare = 0 } = input;
  const { looks = [{ blocks, alpha }] } = input;
  const sound = blocks * (1 - failureShare) ** 2;
  const shift = Math.log1p(Math.abs(effect));
  const powerOfLook = input.allMove ? powerOfAll : powerAt;
  const able = looks
    .map((look) => {
      const share = look.blocks / (looks.at(-1)?.blocks ?? 1);
      const power = powerOfLook({ shift, sigma, alpha: look.alpha / candidates, tests: gates }, sound * share);
      return { share, power };
    })
    .filter(({ power }) => power > 0);
  const sure = able.findIndex(({ power }) => power > CERTAIN);
  const open = sure < 0 ? able : able.slice(0, sure);
  if (open.length === 1 && sure < 0) return open.map(({ share, power }) => ({ share, chance: power }));
  // A path whose drift, and boundaries under which, each look by itself has the power that it has.
  const drift = (shift / sigma) * Math.sqrt(sound * RANK_EFFICIENCY);
  const z = open.map(({ share, power }) => drift * Math.sqrt(share) - normalQuantile(power));
  const shares = open.map(({ share }) => share);
  const chances = stoppingChances(shares, z, drift);
  const found = open.map(({ share }, i) => ({ share, chance: chances[i] ?? 0 }));
  const left = 1 - chances.reduce((sum, chance) => sum + chance, 0);
  return sure < 0 ? found : [...found, { share: able[sure]?.share ?? 1, chance: left }];
}

/** From this power on a look finds the effect, and there is no path to follow any more. */
const CERTAIN = 1 - 1e-9;

export interface ShiftInput {
  /** Change to find, in the unit of `sigma`. */
  readonly shift: number;
  readonly sigma: number;
  readonly alpha: number;
  /** Tests that share alpha. */
  readonly tests: number;
}

/** Fewest blocks that find the shift with this power; null beyond MOST_BLOCKS. */
export function blocksFor(input: ShiftInput & { readonly power: number }): number | null {
  const enough = (blocks: number) => powerAt(input, blocks) >= input.power;
  const blocks = firstEnoughNear(enough, blocksByNormal(input), 1, MOST_BLOCKS);
  return blocks < MOST_BLOCKS || enough(MOST_BLOCKS) ? blocks : null;
}

/** About as many: what a known spread would need, and half the square of its quantile for not knowing it (Guenther 1981). */
function blocksByNormal({ shift, sigma, alpha, tests, power }: ShiftInput & { readonly power: number }): number {
  const z = normalQuantile(1 - alpha / tests / 2);
  const blocks = ((z + normalQuantile(power)) * (sigma / shift)) ** 2 / RANK_EFFICIENCY + (z * z) / 2;
  return Number.isNaN(blocks) ? 1 : Math.max(blocks, blocksToReach(alpha / tests));
}

function powerAt({ shift, sigma, alpha, tests }: ShiftInput, blocks: number): number {
  const level = reachable(alpha / tests, blocks);
  if (level === 0) return 0;
  if (sigma === 0) return shift === 0 ? 0 : 1;
  // Ranks see what the t test would see with 4.5 % fewer blocks.
  const counted = blocks * RANK_EFFICIENCY;
  return studentPower((shift / sigma) * Math.sqrt(counted), Math.max(1, counted - 1), level);
}

/**
 * Power for each of `tests` gates that all move. Step-down asks less of each next gate, so the mean of what 1, 2, ... are worth counts. Where
 * blocks are so few that the verdict bears a single flip as extreme, all gates must be at the end of their scale together.
 */
function powerOfAll({ tests, ...one }: ShiftInput, blocks: number): number {
  const together = powerAt({ ...one, tests: 1 }, blocks) ** tests;
  if (tests === 1 || reachable(one.alpha / 2, blocks) === 0) return together;
  const worth = Array.from({ length: tests }, (_, i) => worthOfGatesThatMove(i + 1, one.shift / one.sigma, one.alpha));
  const mean = worth.reduce((sum, value) => sum + value, 0) / tests;
  return Math.max(together, powerAt({ ...one, tests: mean }, blocks));
}

/** The flip test's p goes in steps of 2 / 2^blocks: the last one up to `level`, 0 where the first is beyond it. */
function reachable(level: number, blocks: number): number {
  const steps = 2 ** (blocks - 1);
  // Beyond 2^30 steps a step is nothing.
  return blocks > 31 ? level : Math.floor(level * steps * (1 + 1e-9)) / steps;
}

/** The smallest effect, as a ratio, that this many blocks find with the power asked for; null when none below 1,000 %. */
export function smallestEffect(input: Omit<PlanInput, 'effect'>, blocks: number): number | null {
  const { power = 0.95 } = input;
  const found = (effect: number) => powerOf({ ...input, effect }, blocks) >= power;
  const largest = 10;
  if (!found(largest)) return null;
  // 40 halvings of 10 leave less than any plan can print.
  return narrow((effect) => !found(effect), { low: 0, high: largest }, 40).high;
}

export interface PowerPoint {
  readonly blocks: number;
  readonly boots: number;
  readonly power: number;
}

/** Power over the number of blocks, at most `points` of them evenly from the fewest possible up to `mostBlocks`. */
export function powerCurve(input: PlanInput, mostBlocks: number, points = 40): PowerPoint[] {
  const { candidates = 1 } = input;
  const from = Math.min(mostBlocks, 2);
  const count = Math.min(points, mostBlocks - from + 1);
  return Array.from({ length: count }, (_, i) => {
    const blocks = count === 1 ? mostBlocks : Math.round(from + ((mostBlocks - from) * i) / (count - 1));
    return { blocks, boots: blocks * (1 + candidates), power: powerOf(input, blocks) };
  });
}
