/**
 * How the time of something grows with its input: processor time at n, 2n, 4n and 8n, the least of several tries, and the slope of a
 * line through their logarithms. 1 is linear, 2 quadratic.
 */
export interface Growth {
  readonly name: string;
  /** The artifact below `raw/` that grows, of a reader of one. */
  readonly reads?: string;
  /** The input of that size is made here, the time is that of what is returned. */
  readonly of: (n: number) => () => unknown;
  /** Where doubling begins; sizes are doubled until the smallest takes long enough to be measured. */
  readonly from?: number;
  /** No larger than this, eight times the first size: what is beyond a limit of the reader is not read. */
  readonly to?: number;
}

export interface Measured {
  readonly exponent: number;
  readonly points: readonly { readonly n: number; readonly ms: number }[];
}

const DOUBLINGS = [1, 2, 4, 8];
const TRIES = 3;
/** Below it, what is measured is the compiler and the clock. */
const LEAST_MS = 40;

export async function grows({ of, from = 250, to = 400_000 }: Growth): Promise<Measured> {
  let n = from;
  // The first run of a size compiles; the second is one to go by.
  while (n * 16 <= to && (await leastMs(of, n, 2)) < LEAST_MS) n *= 2;
  const points: { n: number; ms: number }[] = [];
  for (const times of DOUBLINGS) points.push({ n: n * times, ms: await leastMs(of, n * times, TRIES) });
  // Where the largest of all is done at once, there is a limit on what is read, and nothing that grows.
  return { points, exponent: points.every(({ ms }) => ms < 2 * LEAST_MS) ? 0 : slope(points) };
}

/** Readers remember what they made of the same bytes: every try has its own input. */
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

/** Of the line of least squares through the logarithms. */
export function slope(points: readonly { readonly n: number; readonly ms: number }[]): number {
  const logs = points.map(({ n, ms }) => [Math.log(n), Math.log(ms)] as const);
  const mean = (index: 0 | 1) => logs.reduce((sum, point) => sum + point[index], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const across = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return across / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
