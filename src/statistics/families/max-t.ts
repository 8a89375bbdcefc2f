/**
 * The gate family: step-down adjusted p over shared flips (Westfall and Young 1993, algorithm 4.1).
 *
 * Serves: 1 to 5 gate metrics (times the candidates) of one blocked run, where the chance of *any* false alarm must stay at
 * alpha. A flip swaps the labels of a whole block, so it moves all metrics of that block together. The test uses this correlation:
 * further metrics that move as one cost no power.
 *
 * Formula: each flip gives every member its own exact p (from its null distribution). The test compares the observed p with the
 * smallest of the members not yet decided. The scale is p rather than T. On the scale of T, a member with a larger spread could take
 * the few places at the floor. With 6 blocks and two gates that move together both still reach 2/64 = .031.
 * Up to ENUMERATED blocks the test uses all flips, else SEEDED random ones with p = (hits + 1) / (SEEDED + 1). An adjusted p is
 * never below the exact p it adjusts.
 *
 * Several candidates share the baseline's boot of a block. Swapping it for two of them at once is no symmetry of the experiment.
 * The union bound therefore joins candidates; joint flips join the metrics of one candidate.
 *
 * Smallest reachable p: 2 / 2^b times the candidates; 1e-4 when seeded.
 */
import { elementAt } from '../../model/element.ts';
import type { Random } from '../../model/random.ts';
import { normalTail } from '../numbers/normal.ts';
import { EXACT_BLOCKS, reduce, subsetCounts } from '../tests/block-flip.ts';
import { allFlips, flippedSums, randomFlips } from '../tests/flips.ts';

export interface FamilyMember {
  /** Members of one group (one candidate) share their flips. */
  readonly group: string;
  readonly blocks: readonly number[];
  /** Rank difference per block. */
  readonly differences: Int32Array;
  /** Its own exact p. */
  readonly p: number;
}

/** Up to this many blocks the test uses all 2^(b-1) sign vectors (the other half are their mirror images): 4,096. */
const ENUMERATED = 13;

const SEEDED = 9_999;

export interface Joint {
  /** Adjusted p in the order of the members. */
  readonly adjusted: number[];
  /**
   * How many independent tests the family is worth at `alpha`: 1 if its members move as one. It is the share of flips in which any
   * member is significant, divided by the share in which a single member is. Plans for runs of other sizes use it.
   */
  readonly effectiveTests: number;
}

export function stepDownMaxT(members: readonly FamilyMember[], alpha: number, random: Random): Joint {
  if (members.length === 1) return { adjusted: members.map((member) => member.p), effectiveTests: 1 };
  const groups = [...new Set(members.map((member) => member.group))].map((group) => jointNull(group, members, random));
  const order = members.map((_, i) => i).sort((a, b) => at(members, a).p - at(members, b).p);
  const raw = new Array<number>(members.length).fill(1);
  // From the least significant up, so that each step adds one member to the smallest-so-far of its group.
  for (const index of [...order].reverse()) {
    for (const group of groups) group.include(index);
    const seen = Math.min(...groups.map((group) => group.seen(index)));
    raw[index] = groups.reduce((sum, group) => sum + group.reached(seen), 0);
  }
  const adjusted = new Array<number>(members.length);
  let largest = 0;
  for (const index of order) {
    largest = Math.max(largest, Math.min(1, at(raw, index)), at(members, index).p);
    adjusted[index] = largest;
  }
  const any = groups.reduce((sum, group) => sum + group.reached(alpha), 0);
  const one = groups.flatMap((group) => group.levels(alpha)).reduce((sum, level) => sum + level, 0) / members.length;
  return { adjusted, effectiveTests: one === 0 ? members.length : Math.min(members.length, Math.max(1, any / one)) };
}

/** The joint null distribution of one group's scores, and the running smallest of the members included so far. */
function jointNull(group: string, members: readonly FamilyMember[], random: Random) {
  const own = new Map(members.flatMap((member, i) => (member.group === group ? [[i, member] as const] : [])));
  const blocks = [...new Set([...own.values()].flatMap((member) => member.blocks))].sort((a, b) => a - b);
  const column = new Map(blocks.map((block, i) => [block, i]));
  const enumerated = blocks.length <= ENUMERATED;
  const flips = enumerated ? allFlips(blocks.length) : randomFlips(blocks.length, SEEDED, random);
  const smallest = new Float64Array(flips.count).fill(Number.POSITIVE_INFINITY);
  const scores = new Map([...own].map(([i, member]) => [i, scoreOf(member)]));
  let empty = true;
  return {
    include(index: number) {
      const member = own.get(index);
      const score = scores.get(index);
      if (!member || !score) return;
      empty = false;
      const values = new Float64Array(blocks.length);
      member.blocks.forEach((block, b) => {
        values[column.get(block) as number] = score.signed[b] as number;
      });
      const total = score.signed.reduce((sum, d) => sum + d, 0);
      flippedSums(flips, values).forEach((flipped, flip) => {
        smallest[flip] = Math.min(smallest[flip] as number, score.of(total - 2 * flipped));
      });
    },
    seen: (index: number) => scores.get(index)?.observed ?? Number.POSITIVE_INFINITY,
    /** The largest p up to `alpha` that each member can have. */
    levels: (alpha: number) => [...scores.values()].map((score) => score.level(alpha)),
    /** Share of flips with a score at least as extreme. */
    reached(seen: number) {
      if (empty) return 0;
      // The same table gives both sides; the factor only allows for rounding in the last bit of the normal scores.
      const limit = seen * (1 + 1e-12);
      const hits = smallest.reduce((count, value) => count + (value <= limit ? 1 : 0), 0);
      return enumerated ? hits / flips.count : (hits + 1) / (flips.count + 1);
    },
  };
}

/** Turns a total of flips into a p: from the exact null distribution, or the normal one if there are many blocks. */
export function scoreOf(member: FamilyMember) {
  const { sizes, unit } = reduce(member.differences);
  const signed = member.differences.map((difference) => difference / unit);
  const observedTotal = signed.reduce((total, d) => total + d, 0);
  const largest = sizes.reduce((total, size) => total + size, 0);
  const score = sizes.length <= EXACT_BLOCKS ? exactScore(sizes, largest) : normalScore(sizes);
  return { signed, observed: score.of(observedTotal), ...score };
}

interface Score {
  readonly of: (total: number) => number;
  readonly level: (alpha: number) => number;
}

function exactScore(sizes: Int32Array, largest: number): Score {
  const cumulative = subsetCounts(sizes, Math.floor(largest / 2));
  let below = 0;
  cumulative.forEach((count, w) => {
    below += count;
    cumulative[w] = Math.min(1, below * 2 ** (1 - sizes.length));
  });
  return {
    of: (total) => (total === 0 ? 1 : (cumulative[(largest - Math.abs(total)) / 2] as number)),
    level: (alpha) => cumulative.reduce((best, p) => (p <= alpha ? Math.max(best, p) : best), 0),
  };
}

function normalScore(sizes: Int32Array): Score {
  const spread = Math.sqrt(sizes.reduce((sum, size) => sum + size * size, 0));
  return { of: (total) => 2 * normalTail(Math.abs(total) / spread), level: (alpha) => alpha };
}

const at = <T>(array: readonly T[], i: number): T => elementAt(array, i);
