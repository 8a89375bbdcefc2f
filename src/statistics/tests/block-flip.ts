/**
 * The gate test: it flips labels within blocks; its statistic is the sum of pooled midranks.
 *
 * Serves: one boot of each variant per block, started together in random order. Under "the change does nothing" a swap of the two
 * labels of a block is equally likely, for any effect of the block (host, hour, drift) on both. The test is therefore exact
 * under any block effect and any distribution, ties included.
 *
 * Formula: rank all values of both variants together (midranks); d_b = rank(candidate) - rank(baseline) in block b;
 * T = sum d_b; p = P(|sum +-|d_b|| >= |T|) over all 2^b sign vectors, two-sided.
 *
 * How: sum +-|d_b| = S - 2 W with S = sum |d_b| and W the sum of the flipped ones, so p = 2 #{subsets: W <= (S - |T|)/2} / 2^b
 * (p = 1 when T = 0). The shift algorithm counts the subsets (Pagano and Tritchler 1983; Streitberg and Roehmel 1986):
 * only additions of counts, no enumeration and no Monte-Carlo error. Work grows with the cube of the blocks, so beyond
 * EXACT_BLOCKS the saddlepoint approximation of `flip-tail.ts` takes over.
 *
 * Smallest reachable p: 2 / 2^b, so 6 blocks for .05, 8 for .01.
 */

import { commonDivisor } from '../numbers/ranks.ts';
import { saddlepointTail } from './flip-tail.ts';

/** Up to this many blocks p is exact: .3 ms at 100 blocks. Beyond, the approximation is within 1 % of p (tested). */
export const EXACT_BLOCKS = 128;

/** Two-sided p of whole-numbered block differences (doubled rank differences). 1 when there are none. */
export function flipP(differences: ArrayLike<number>): number {
  const { sizes, total } = reduce(differences);
  const statistic = Math.abs(total);
  if (statistic === 0) return 1;
  if (sizes.length <= EXACT_BLOCKS) return Math.min(1, 2 * exactTail(sizes, statistic));
  return Math.min(1, 2 * saddlepointTail(sizes, statistic));
}

/** The smallest two-sided p that this many blocks can reach. */
export const smallestFlipP = (blocks: number): number => Math.min(1, 2 * 2 ** -blocks);

/** Blocks below which the test cannot reach `alpha`, whatever the data. */
export const blocksToReach = (alpha: number): number => Math.max(1, Math.ceil(1 - Math.log2(alpha) - 1e-9));

/** P(sum +-sizes >= statistic), one-sided, exact. `sizes` ascending and positive; `statistic` positive. */
export function exactTail(sizes: Int32Array, statistic: number): number {
  let total = 0;
  for (const size of sizes) total += size;
  const limit = Math.floor((total - statistic) / 2);
  if (limit < 0) return 0;
  const counts = subsetCounts(sizes, limit);
  let tail = 0;
  // Small counts first: the sum of up to 2^b keeps its last digits.
  for (let w = 0; w <= limit; w++) tail += counts[w] as number;
  return tail * 2 ** -sizes.length;
}

/** Number of subsets of `sizes` (ascending) with each sum 0..limit. Exact below 2^53, correctly rounded sums above. */
export function subsetCounts(sizes: Int32Array, limit: number): Float64Array {
  const counts = new Float64Array(limit + 1);
  counts[0] = 1;
  let reached = 0;
  for (const size of sizes) {
    reached = Math.min(limit, reached + size);
    for (let w = reached; w >= size; w--) counts[w] = (counts[w] as number) + (counts[w - size] as number);
  }
  return counts;
}

/** Sizes of the nonzero differences in units of their common divisor, ascending, and their signed total in that unit. */
export function reduce(differences: ArrayLike<number>): { sizes: Int32Array; total: number; unit: number } {
  const sizes = new Int32Array(differences.length);
  let used = 0;
  let total = 0;
  for (let b = 0; b < differences.length; b++) {
    const difference = differences[b] as number;
    total += difference;
    // A flip does not change a block without a difference.
    if (difference !== 0) sizes[used++] = Math.abs(difference);
  }
  const nonzero = sizes.subarray(0, used).sort();
  const unit = commonDivisor(nonzero) || 1;
  if (unit > 1) for (let b = 0; b < used; b++) nonzero[b] = (nonzero[b] as number) / unit;
  return { sizes: nonzero, total: total / unit, unit };
}
