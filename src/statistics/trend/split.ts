/**
 * Tests whether the last nights of a series lie on another level than the nights before: E-divisive with means (Matteson and James
 * 2014, with the exponent 2), by permutation.
 *
 *            o  o                 n nights since the last change, the last m of them the tail:
 *     o  o        o
 *   o      o           x  x       statistic = max over m of  n / (m (n - m)) * (sum of tail - m * mean)^2
 *        o     o         x  x
 *   |---- n - m -----|--- m --|   over tails of 3 to 30 nights that persist
 *
 * With the exponent 2 the divergence of two samples is the squared difference of their means, so sums along the tail give
 * it for every m. A test costs n steps instead of n^2 for all pairs, and the values are exact. A tail persists when three nights,
 * and two thirds of it, lie on the new side of the middle. Two bad nights move a mean, but make no level.
 *
 * p = (hits + 1) / (B + 1) over random orders, each searched the same way. Each order permutes blocks of correlated nights
 * (`blockLength`); without evidence of correlation a block is one night. Drawing ends once there are too many hits for
 * p to matter; p is then hits / draws (Besag and Clifford 1991), which is as valid.
 */
import type { Random } from '../../model/random.ts';

/** Nights on the new level before a report of the change. */
export const PERSISTENCE = 3;

/** The search covers only the last nights: earlier searches covered the older ones. */
export const LONGEST_TAIL = 30;

/** Fewest nights of the old level for a comparison with the new one. */
const LEAST_BEFORE = 5;

export interface Split {
  /** Nights on the new level. */
  readonly tail: number;
  readonly statistic: number;
}

/** The tail that differs most; undefined if no tail persists. */
export function bestSplit(values: Float64Array): Split | undefined {
  const n = values.length;
  let total = 0;
  for (let i = 0; i < n; i++) total += values[i] as number;
  let best: Split | undefined;
  let sum = 0;
  for (let m = 1; m <= longestTail(n); m++) {
    sum += values[n - m] as number;
    if (m < PERSISTENCE) continue;
    const statistic = divergence(n, m, total, sum);
    if (statistic > (best?.statistic ?? 0) && persists((i) => values[n - 1 - i] as number, n, m, total, sum))
      best = { tail: m, statistic };
  }
  return best;
}

export const longestTail = (n: number): number => Math.min(LONGEST_TAIL, n - LEAST_BEFORE);

function divergence(n: number, m: number, total: number, sum: number): number {
  const deviation = sum - (m * total) / n;
  return (deviation * deviation * n) / (m * (n - m));
}

/** `fromEnd(0)` is the last night. */
function persists(fromEnd: (i: number) => number, n: number, m: number, total: number, sum: number): boolean {
  const after = sum / m;
  const before = (total - sum) / (n - m);
  const middle = (before + after) / 2;
  let beyond = 0;
  for (let i = 0; i < m; i++) if (fromEnd(i) > middle === after > before) beyond += 1;
  return beyond >= PERSISTENCE && beyond * 3 >= m * 2;
}

export interface Draws {
  /** Nights since the last change. */
  readonly n: number;
  /** Nights to draw from, each centred on its own level: those n, and older ones if n is small. */
  readonly pool: Float64Array;
  readonly block: number;
}

/** Continues until there are `permutations` draws, or `enoughHits` hits, when p no longer matters; then returns p. */
export type Permutations = (permutations: number, enoughHits: number) => number;

/** Chance of a statistic as large as `observed` if the order of the nights is random. */
export function splitP(observed: number, { n, pool, block }: Draws, random: Random): Permutations {
  const blocks = Math.ceil(pool.length / block);
  const order = Uint32Array.from({ length: blocks }, (_, i) => i);
  const longest = longestTail(n);
  // The sum of all the pool's nights does not depend on their order, so draw only the tail.
  const isWhole = pool.length === n;
  const wanted = isWhole ? longest : n;
  const whole = isWhole ? pool.reduce((sum, value) => sum + value, 0) : 0;
  const drawn = new Float64Array(wanted + block);
  const fromEnd = (i: number) => drawn[i] as number;
  // Orders that merely repeat the one observed differ from it by rounding.
  const least = observed * (1 - 1e-9);
  // Distance of a tail's sum that gives a divergence as large: one root per length saves a division per draw.
  const far = Float64Array.from({ length: longest + 1 }, (_, m) =>
    m < PERSISTENCE ? Infinity : Math.sqrt((least * m * (n - m)) / n),
  );
  const draw = () => {
    let filled = 0;
    for (let i = 0; filled < wanted; i++) {
      // Accepts a bias of a hundred in 2^32 and halves the time.
      const j = i + Math.floor(random.next() * (blocks - i));
      const chosen = order[j] as number;
      order[j] = order[i] as number;
      order[i] = chosen;
      const start = chosen * block;
      for (let at = Math.min(start + block, pool.length) - 1; at >= start; at--) drawn[filled++] = pool[at] as number;
    }
  };
  const isHit = () => {
    let total = whole;
    if (!isWhole) for (let i = 0; i < n; i++) total += drawn[i] as number;
    const mean = total / n;
    let sum = 0;
    for (let m = 1; m <= longest; m++) {
      sum += drawn[m - 1] as number;
      if (Math.abs(sum - m * mean) >= (far[m] as number) && persists(fromEnd, n, m, total, sum)) return true;
    }
    return false;
  };
  let hits = 0;
  let k = 0;
  return (permutations, enoughHits) => {
    while (k < permutations && hits < enoughHits) {
      draw();
      if (isHit()) hits += 1;
      k += 1;
    }
    return hits >= enoughHits ? hits / k : (hits + 1) / (k + 1);
  };
}

/** From this many standard errors on, neighbouring nights count as correlated. */
const SERIAL = 2.5;

/**
 * Nights per block, from the correlation of neighbouring nights before the change in question. Without significant correlation it is
 * 1, else the length for a first-order autoregression (Politis and White 2004, for the mean).
 */
export function blockLength(centred: Float64Array): number {
  const n = centred.length;
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    squares += (centred[i] as number) ** 2;
    if (i > 0) products += (centred[i] as number) * (centred[i - 1] as number);
  }
  const correlation = squares === 0 ? 0 : products / squares;
  if (correlation <= SERIAL / Math.sqrt(n)) return 1;
  const bounded = Math.min(correlation, 0.95);
  return Math.max(2, Math.ceil(((2 * bounded) / (1 - bounded * bounded)) ** (2 / 3) * Math.cbrt(n)));
}
