/**
 * Measures how processor time grows with the size of the input. Takes the least of several tries at n, 2n, 4n and 8n, and the slope of
 * a line through their logarithms. 1 is linear, 2 quadratic.
 */
export interface Growth {
  readonly name: string;
  /** For a reader of one artifact: the path below `raw/` of the growing artifact. */
  readonly reads?: string;
  /** Makes the input of size n; only the returned function counts in the time. */
  readonly of: (n: number) => () => unknown;
  /** The first size; it doubles until the smallest measurement takes long enough. */
  readonly from?: number;
  /** The largest size, eight times the first: a reader ignores input beyond its limit. */
  readonly to?: number;
}

export interface Measured {
  readonly exponent: number;
  readonly points: readonly { readonly n: number; readonly ms: number }[];
}

const DOUBLINGS = [1, 2, 4, 8];
const TRIES = 3;
/** Below this time, the compiler and the clock dominate the measurement. */
const LEAST_MS = 40;

export async function grows({ of, from = 250, to = 400_000 }: Growth): Promise<Measured> {
  let n = from;
  // The first run of a size includes compilation; the second is representative.
  while (n * 16 <= to && (await leastMs(of, n, 2)) < LEAST_MS) n *= 2;
  const points: { n: number; ms: number }[] = [];
  for (const times of DOUBLINGS) points.push({ n: n * times, ms: await leastMs(of, n * times, TRIES) });
  // If even the largest size finishes at once, the reader limits its input, and nothing grows.
  return { points, exponent: points.every(({ ms }) => ms < 2 * LEAST_MS) ? 0 : slope(points) };
}

/** Readers cache results by their input bytes, so every try has its own input. */
async function leastMs(of: Growth['of'], n: number, tries: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < tries; index += 1) {
    const run = of(n);
    globalThis.gc?.();
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** Slope of the least-squares line through the logarithms. */
export function slope(points: readonly { readonly n: number; readonly ms: number }[]): number {
  const logs = points.map(({ n, ms }) => [Math.log(n), Math.log(ms)] as const);
  const mean = (index: 0 | 1) => logs.reduce((sum, point) => sum + point[index], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const across = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return across / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
