/**
 * An independent check of the change search. It finds all steps of a series at once, by least squares with a penalty per step (PELT,
 * Killick, Fearnhead and Eckley 2012). It uses no nights, no permutations and no persistence, and shares no code with that search.
 */

/** Shortest stretch. */
const SHORTEST = 3;

/** Standard deviation of the noise from neighbouring differences, which steps hardly touch (1.4826 sqrt(1/2) of their median size). */
function noiseOf(values: Float64Array): number {
  const differences = Float64Array.from({ length: values.length - 1 }, (_, i) =>
    Math.abs((values[i + 1] as number) - (values[i] as number)),
  ).sort();
  return 1.0483 * (differences[differences.length >> 1] ?? 0);
}

/** Positions where a new level begins, ascending. */
export function peltSteps(values: Float64Array): number[] {
  const n = values.length;
  const noise = n < 2 * SHORTEST ? 0 : noiseOf(values);
  if (noise === 0) return [];
  // Schwarz's criterion for a level and its place, as in the paper.
  const price = 3 * noise * noise * Math.log(n);
  const sums = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    sums[i + 1] = (sums[i] as number) + (values[i] as number);
    squares[i + 1] = (squares[i] as number) + (values[i] as number) ** 2;
  }
  const cost = (from: number, to: number) =>
    (squares[to] as number) -
    (squares[from] as number) -
    ((sums[to] as number) - (sums[from] as number)) ** 2 / (to - from);
  const best = new Float64Array(n + 1).fill(Infinity);
  const cameFrom = new Int32Array(n + 1);
  best[0] = -price;
  let starts = [0];
  for (let end = SHORTEST; end <= n; end++) {
    for (const start of starts) {
      const total = (best[start] as number) + cost(start, end) + price;
      if (total >= (best[end] as number)) continue;
      best[end] = total;
      cameFrom[end] = start;
    }
    // A start that already costs a step more can never be the best again.
    starts = starts.filter((start) => (best[start] as number) + cost(start, end) <= (best[end] as number));
    starts.push(end - SHORTEST + 1);
  }
  const steps: number[] = [];
  for (let end = n; (cameFrom[end] as number) > 0; end = cameFrom[end] as number)
    steps.unshift(cameFrom[end] as number);
  return steps;
}
