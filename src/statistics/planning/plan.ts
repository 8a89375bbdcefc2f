/**
 * `bench plan`: the boots that an effect needs at a power, the effect that a number of boots can find, and the power curve.
 *
 * Serves: the blocked design. Formula: noncentral t count of blocks for the mean of block log-differences, divided by .955
 * (3/pi, the efficiency of ranks on a normal: Hodges and Lehmann 1956). Candidates share alpha by Bonferroni; gates share it by the
 * verdict's max-T (`worth.ts`), which equals Bonferroni if they do not move together. A block counts when both of its boots came up,
 * so failures lengthen the plan. A plan never has fewer blocks than the flip test needs to reach its alpha.
 * Several looks cost power. The power of each look by itself is as above, and a Brownian path gives the overlap between the looks.
 * The plan uses the levels of that path (`sequential.ts`). The run will use others, from the flips of its future boots
 * (`look-level.ts`). Both spend the same alpha at the same looks. p goes in steps, so in the run the next look gets the alpha that a
 * look could not spend. By simulation a run needs up to 5 % fewer boots than its plan says.
 *
 * `sigma` is the standard deviation of within-block log-differences. It is sqrt(2) times that of a boot if boots on a host have nothing
 * in common, and less if a block's boots are alike. `spread.ts` takes it from an A/A history or a pilot run.
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
  /** Number of gate metrics, or of independent tests that they are worth, if known; 1 by default. */
  readonly gates?: number;
  /** True if the change moves all gates alike, which correlates them in the verdict's family; false if it moves one gate, or unknown. */
  readonly allMove?: boolean;
  /** Number of candidates, without the baseline; 1 by default. */
  readonly candidates?: number;
  /** Share of boots that fail; 0 by default. */
  readonly failureShare?: number;
  /** The looks of a run, scaled to its planned blocks, and their levels; one look at the end by default. */
  readonly looks?: readonly Pick<Look, 'blocks' | 'alpha'>[];
}

export interface Plan {
  readonly blocks: number;
  /** Boots of all variants. */
  readonly boots: number;
  /** Power of these blocks. */
  readonly power: number;
  /** No run that this program would start can find the effect. */
  readonly outOfReach: boolean;
}

/** Most blocks of a scenario. */
export const MOST_BLOCKS = 1000;

const RANK_EFFICIENCY = 3 / Math.PI;

export function planBoots(input: PlanInput): Plan {
  const { power = 0.95, candidates = 1 } = input;
  const enough = (blocks: number) => powerOf(input, blocks) >= power;
  const outOfReach = !enough(MOST_BLOCKS);
  const blocks = outOfReach ? MOST_BLOCKS : firstEnough(enough, 1, MOST_BLOCKS);
  return { blocks, boots: blocks * (1 + candidates), power: powerOf(input, blocks), outOfReach };
}

/** Power of a number of planned blocks, after subtracting failures. */
export const powerOf = (input: PlanInput, blocks: number): number =>
  findings(input, blocks).reduce((sum, { chance }) => sum + chance, 0);

/** Mean number of blocks of a run if the effect exists; a run that does not stop at an earlier look boots them all. */
export const meanBlocks = (input: PlanInput, blocks: number): number =>
  findings(input, blocks).reduce((mean, { share, chance }) => mean - chance * (1 - share) * blocks, blocks);

/** The looks that may find the effect: their share of the blocks, and the chance of each to find it first. */
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
  // Choose the path's drift and boundaries so that each look by itself has its own power.
  const drift = (shift / sigma) * Math.sqrt(sound * RANK_EFFICIENCY);
  const z = open.map(({ share, power }) => drift * Math.sqrt(share) - normalQuantile(power));
  const shares = open.map(({ share }) => share);
  const chances = stoppingChances(shares, z, drift);
  const found = open.map(({ share }, i) => ({ share, chance: chances[i] ?? 0 }));
  const left = 1 - chances.reduce((sum, chance) => sum + chance, 0);
  return sure < 0 ? found : [...found, { share: able[sure]?.share ?? 1, chance: left }];
}

/** From this power on a look finds the effect for certain, so the path ends there. */
const CERTAIN = 1 - 1e-9;

export interface ShiftInput {
  /** Change to find, in the unit of `sigma`. */
  readonly shift: number;
  readonly sigma: number;
  readonly alpha: number;
  /** Number of tests that share alpha. */
  readonly tests: number;
}

/** Fewest blocks that find the shift with this power; null beyond MOST_BLOCKS. */
export function blocksFor(input: ShiftInput & { readonly power: number }): number | null {
  const enough = (blocks: number) => powerAt(input, blocks) >= input.power;
  const blocks = firstEnoughNear(enough, blocksByNormal(input), 1, MOST_BLOCKS);
  return blocks < MOST_BLOCKS || enough(MOST_BLOCKS) ? blocks : null;
}

/** Approximately: the blocks that a known spread needs, plus half the square of its quantile for an unknown one (Guenther 1981). */
function blocksByNormal({ shift, sigma, alpha, tests, power }: ShiftInput & { readonly power: number }): number {
  const z = normalQuantile(1 - alpha / tests / 2);
  const blocks = ((z + normalQuantile(power)) * (sigma / shift)) ** 2 / RANK_EFFICIENCY + (z * z) / 2;
  return Number.isNaN(blocks) ? 1 : Math.max(blocks, blocksToReach(alpha / tests));
}

function powerAt({ shift, sigma, alpha, tests }: ShiftInput, blocks: number): number {
  const level = reachable(alpha / tests, blocks);
  if (level === 0) return 0;
  if (sigma === 0) return shift === 0 ? 0 : 1;
  // The rank test has the power of a t test with 4.5 % fewer blocks.
  const counted = blocks * RANK_EFFICIENCY;
  return studentPower((shift / sigma) * Math.sqrt(counted), Math.max(1, counted - 1), level);
}

/**
 * Power for each of `tests` gates that all move. Step-down is less strict for each next gate, so the mean worth of 1, 2, ... gates
 * counts. If blocks are so few that the verdict allows only one flip as extreme, all gates must be at the end of their scale together.
 */
function powerOfAll({ tests, ...one }: ShiftInput, blocks: number): number {
  const together = powerAt({ ...one, tests: 1 }, blocks) ** tests;
  if (tests === 1 || reachable(one.alpha / 2, blocks) === 0) return together;
  const worth = Array.from({ length: tests }, (_, i) => worthOfGatesThatMove(i + 1, one.shift / one.sigma, one.alpha));
  const mean = worth.reduce((sum, value) => sum + value, 0) / tests;
  return Math.max(together, powerAt({ ...one, tests: mean }, blocks));
}

/** The flip test's p goes in steps of 2 / 2^blocks: the largest one up to `level`, 0 if the first is above it. */
function reachable(level: number, blocks: number): number {
  const steps = 2 ** (blocks - 1);
  // Beyond 2^30 steps a step is negligible.
  return blocks > 31 ? level : Math.floor(level * steps * (1 + 1e-9)) / steps;
}

/** The smallest effect, as a ratio, that this many blocks find with the requested power; null when none below 1,000 %. */
export function smallestEffect(input: Omit<PlanInput, 'effect'>, blocks: number): number | null {
  const { power = 0.95 } = input;
  const found = (effect: number) => powerOf({ ...input, effect }, blocks) >= power;
  const largest = 10;
  if (!found(largest)) return null;
  // 40 halvings of 10 leave an error smaller than any plan prints.
  return narrow((effect) => !found(effect), { low: 0, high: largest }, 40).high;
}

export interface PowerPoint {
  readonly blocks: number;
  readonly boots: number;
  readonly power: number;
}

/** Power by number of blocks, at up to `points` even steps from the fewest possible to `mostBlocks`. */
export function powerCurve(input: PlanInput, mostBlocks: number, points = 40): PowerPoint[] {
  const { candidates = 1 } = input;
  const from = Math.min(mostBlocks, 2);
  const count = Math.min(points, mostBlocks - from + 1);
  return Array.from({ length: count }, (_, i) => {
    const blocks = count === 1 ? mostBlocks : Math.round(from + ((mostBlocks - from) * i) / (count - 1));
    return { blocks, boots: blocks * (1 + candidates), power: powerOf(input, blocks) };
  });
}
