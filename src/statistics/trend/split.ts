/**
 * Whether the last nights of a series lie on another level than those before them: E-divisive with means (Matteson and James
 * 2014, with the exponent 2), by permutation.
 *
 *            o  o                 n nights since the last change, the last m of them the tail:
 *     o  o        o
 *   o      o           x  x       statistic = max over m of  n / (m (n - m)) * (sum of tail - m * mean)^2
 *        o     o         x  x
 *   |---- n - m -----|--- m --|   over tails of 3 to 30 nights that persist
 *
 * With the exponent 2 the divergence of two samples is the squared difference of their means, so that sums along the tail give
 * it for every m: a test costs n steps where all pairs cost n^2, and the values are exact. A tail persists when three nights,
 * and two thirds of it, lie on the new side of the middle: two bad nights move a mean, but make no level.
 *
 * p = (hits + 1) / (B + 1) over orders drawn at random, each searched the same way. Nights are drawn in blocks as long as
 * they hang together (`blockLength`): one night, where nothing speaks against it. Drawing ends once there are too many hits for
 * p to matter; p is then hits / draws (Besag and Clifford 1991), which is as valid.
 */
import type { Random } from '../../model/random.ts';

/** Nights on the new level before a change is reported. */
export const PERSISTENCE = 3;

/** A change is looked for in the last nights only: older ones were looked at when they were new. */
export const LONGEST_TAIL = 30;

/** Nights of the old level that a new one is checked against. */
const LEAST_BEFORE = 5;

export interface Split {
  /** Nights on the new level. */
  readonly tail: number;
  readonly statistic: number;
}

/** Where the tail differs most; undefined where no tail persists. */
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
  /** Nights to draw from, each centred on its own level: those n, and older ones where n is small. */
  readonly pool: Float64Array;
  readonly block: number;
}

/** Draws on until there are so many permutations, or so many hits that nothing depends on p any more; then says p. */
export type Permutations = (permutations: number, enoughHits: number) => number;

/** Chance of a statistic as large as `observed` where the order of the nights means nothing. */
export function splitP(observed: number, { n, pool, block }: Draws, random: Random): Permutations {
  const blocks = Math.ceil(pool.length / block);
  const order = Uint32Array.from({ length: blocks }, (_, i) => i);
  const longest = longestTail(n);
  // All of the pool's nights have one sum, whatever their order: only the tail has to be drawn.
  const isWhole = pool.length === n;
  const wanted = isWhole ? longest : n;
  const whole = isWhole ? pool.reduce((sum, value) => sum + value, 0) : 0;
  const drawn = new Float64Array(wanted + block);
  const fromEnd = (i: number) => drawn[i] as number;
  // Orders that merely repeat the one observed differ from it by rounding.
  const least = observed * (1 - 1e-9);
  // How far a tail's sum must lie off for a divergence as large: a root for each length, and no quotient for each draw.
  const far = Float64Array.from({ length: longest + 1 }, (_, m) =>
    m < PERSISTENCE ? Infinity : Math.sqrt((least * m * (n - m)) / n),
  );
  const draw = () => {
    let filled = 0;
    for (let i = 0; filled < wanted; i++) {
      // A bias of a hundred in 2^32 is paid for half of the time.
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

/** Standard errors from which on neighbouring nights are held to hang together. */
const SERIAL = 2.5;

/**
 * Nights per block, from the correlation of neighbouring nights before the change in question: 1 where it is not seen, else
 * as an autoregression of first order wants it (Politis and White 2004, for the mean).
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
