/**
 * Many flips of the same blocks at once, for joint distributions: the sum of the flipped values of each flip.
 *
 * Eight blocks are one byte of a flip. The code computes the 256 possible sums of a byte once per metric. A flip then costs one look-up
 * for eight blocks ("four Russians": Arlazarov et al. 1970). The signed sum of a flip is the total minus twice its flipped sum.
 */
import type { Random } from '../../model/random.ts';

export interface Flips {
  readonly blocks: number;
  readonly count: number;
  /** `bytesOf(blocks)` bytes per flip; if bit b is set, the flip swaps block b. */
  readonly bits: Uint8Array;
}

const bytesOf = (blocks: number): number => Math.ceil(blocks / 8);

/** Every sign vector except mirror images: no flip swaps the last block. At most 2^12 of 13 blocks. */
export function allFlips(blocks: number): Flips {
  const count = 2 ** Math.max(0, blocks - 1);
  const bytes = bytesOf(blocks);
  const bits = new Uint8Array(count * bytes);
  for (let flip = 0; flip < count; flip++)
    for (let byte = 0; byte < bytes; byte++) bits[flip * bytes + byte] = flip >>> (8 * byte);
  return { blocks, count, bits };
}

export function randomFlips(blocks: number, count: number, random: Random): Flips {
  const bits = new Uint8Array(count * bytesOf(blocks));
  for (let i = 0; i < bits.length; i++) bits[i] = random.below(256);
  return { blocks, count, bits };
}

/** 2^known flips whose first `known` blocks take each of their sign vectors once; the signs of later blocks are random. */
export function halfEnumeratedFlips(blocks: number, known: number, random: Random): Flips {
  const flips = randomFlips(blocks, 2 ** known, random);
  const bytes = bytesOf(blocks);
  for (let flip = 0; flip < flips.count; flip++)
    for (let byte = 0; byte < bytes && 8 * byte < known; byte++) {
      const told = Math.min(8, known - 8 * byte);
      const mask = 2 ** told - 1;
      const at = flip * bytes + byte;
      flips.bits[at] = ((flips.bits[at] as number) & ~mask) | ((flip >>> (8 * byte)) & mask);
    }
  return flips;
}

/** For each flip the sum of the values of its flipped blocks. `values` has one per block; bits beyond the last block do not count. */
export function flippedSums({ blocks, count, bits }: Flips, values: ArrayLike<number>): Float64Array {
  const bytes = bytesOf(blocks);
  const sums = new Float64Array(count);
  const table = new Float64Array(256);
  for (let byte = 0; byte < bytes; byte++) {
    for (let bit = 0; bit < 8; bit++) {
      const value = values[8 * byte + bit] ?? 0;
      const half = 2 ** bit;
      for (let mask = 0; mask < half; mask++) table[half + mask] = (table[mask] as number) + value;
    }
    for (let flip = 0, at = byte; flip < count; flip++, at += bytes)
      sums[flip] = (sums[flip] as number) + (table[bits[at] as number] as number);
  }
  return sums;
}

/** Number of flipped blocks of each flip. */
export const flippedCounts = (flips: Flips): Float64Array => flippedSums(flips, new Uint8Array(flips.blocks).fill(1));
