/**
 * Does the distribution of boots have one mode? Hartigan's dip test of unimodality (Hartigan and Hartigan 1985).
 *
 * Serves: boots that sometimes wait for something (a package lock) and sometimes don't; a mean or a median of both describes neither.
 * The dip is the largest distance between the empirical distribution and the nearest one with a single mode. It needs no bin width
 * and no judgement by eye.
 *
 * Null: the uniform, the least favourable unimodal distribution; p = (hits + 1) / (DRAWS + 1) over seeded uniform samples of the
 * same size, which makes the test conservative for peaked distributions. Smallest reachable p: 1 / (DRAWS + 1).
 */
import type { Random } from '../../model/random.ts';

const DRAWS = 999;

/** Fewer boots than this are too few for the test. */
const FEWEST = 8;

/** Draws the null dips once per sample size: share one instance per comparison. */
export type DipTest = (values: ArrayLike<number>) => number | null;

/** p of the hypothesis of one mode; null if the values are too few or too coarsely rounded for the test. */
export function dipTest(random: Random): DipTest {
  const nulls = new Map<number, Float64Array>();
  const nullOf = (n: number) => {
    const known = nulls.get(n);
    if (known) return known;
    const drawn = Float64Array.from({ length: DRAWS }, () =>
      dip(Float64Array.from({ length: n }, () => random.next()).sort()),
    ).sort();
    nulls.set(n, drawn);
    return drawn;
  };
  return (values) => {
    const sorted = Float64Array.from(values).sort();
    // Ties are steps in the distribution and look like modes.
    if (sorted.length < FEWEST || new Set(sorted).size < 0.75 * sorted.length) return null;
    const seen = dip(sorted);
    return (nullOf(sorted.length).reduce((hits, value) => hits + (value >= seen ? 1 : 0), 0) + 1) / (DRAWS + 1);
  };
}

/**
 * The dip of ascending values, at least 1 / (2 n). It narrows the modal interval between a convex minorant on the left and a concave
 * majorant on the right, until the dip no longer grows.
 */
export function dip(sorted: Float64Array): number {
  const n = sorted.length;
  if (n < 2 || sorted[0] === sorted[n - 1]) return 1 / (2 * Math.max(1, n));
  let low = 0;
  let high = n - 1;
  // Twice n times the dip; at least 1.
  let largest = 1;
  // Every round narrows [low, high], so n rounds are enough.
  for (let round = 0; round < n; round++) {
    const minorant = hull(sorted, low, high, 1);
    const majorant = hull(sorted, low, high, -1);
    const { distance, left, right } = widest(sorted, minorant, majorant);
    if (distance <= largest) break;
    const leftDip = deviation(minorant, low, left, (i, a, b) => i - a + 1 - rise(sorted, i, a, b));
    const rightDip = deviation(majorant, right, high, (i, a, b) => rise(sorted, i, a, b) - (i - a) + 1);
    largest = Math.max(largest, leftDip, rightDip);
    if (left === low && right === high) break;
    low = left;
    high = right;
  }
  return largest / (2 * n);
}

/** Indices of the greatest convex minorant (side 1) or the least concave majorant (side -1) of the distribution on [low, high]. */
function hull(sorted: Float64Array, low: number, high: number, side: 1 | -1): number[] {
  const corners: number[] = [];
  for (let i = low; i <= high; i++) {
    while (corners.length >= 2) {
      const a = corners[corners.length - 2] as number;
      const b = corners[corners.length - 1] as number;
      const turn =
        (b - a) * ((sorted[i] as number) - (sorted[b] as number)) -
        (i - b) * ((sorted[b] as number) - (sorted[a] as number));
      // The slope must rise along the minorant and fall along the majorant.
      if (side * turn < 0) break;
      corners.pop();
    }
    corners.push(i);
  }
  return corners;
}

/**
 * The largest distance between majorant (upper edge of the steps) and minorant (lower edge), in steps, and the modal interval there.
 * Its left end is a corner of the minorant, its right end one of the majorant.
 */
function widest(sorted: Float64Array, minorant: readonly number[], majorant: readonly number[]) {
  let best = { distance: 0, left: minorant[0] as number, right: majorant.at(-1) as number };
  eachInside(majorant, minorant, (j, a, b) => {
    const distance = j - a + 1 - rise(sorted, j, a, b);
    if (distance > best.distance) best = { distance, left: a, right: j };
  });
  eachInside(minorant, majorant, (i, a, b) => {
    const distance = rise(sorted, i, a, b) - (i - a) + 1;
    if (distance > best.distance) best = { distance, left: i, right: b };
  });
  return best;
}

/** Calls back with each inner corner of one hull and the segment [a, b] of the other hull at that place. */
function eachInside(
  corners: readonly number[],
  segments: readonly number[],
  visit: (corner: number, a: number, b: number) => void,
) {
  let s = 1;
  for (const corner of corners.slice(1, -1)) {
    while ((segments[s] as number) < corner) s++;
    visit(corner, segments[s - 1] as number, segments[s] as number);
  }
}

/** Largest deviation along the hull segments inside [from, to]. */
function deviation(
  hullCorners: readonly number[],
  from: number,
  to: number,
  of: (i: number, a: number, b: number) => number,
): number {
  let largest = 1;
  for (let s = 1; s < hullCorners.length; s++) {
    const a = hullCorners[s - 1] as number;
    const b = hullCorners[s] as number;
    if (a < from || b > to || b - a < 2) continue;
    for (let i = a; i <= b; i++) largest = Math.max(largest, of(i, a, b));
  }
  return largest;
}

/** Height gained from a to i on the straight line from a to b. */
const rise = (sorted: Float64Array, i: number, a: number, b: number): number => {
  const span = (sorted[b] as number) - (sorted[a] as number);
  return span === 0 ? 0 : (((sorted[i] as number) - (sorted[a] as number)) * (b - a)) / span;
};
