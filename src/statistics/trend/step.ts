/** The step between two levels of a series, and the spread of the values around them. Levels are logarithms. */
import { studentQuantile } from '../numbers/student.ts';

/** Interval of an effect. */
export const EFFECT_CONFIDENCE = 0.95;

/** Difference of the levels of [from, first) and [first, end), with Student's interval. */
export function effectOf(
  values: Float64Array,
  from: number,
  first: number,
  end: number,
  confidence = EFFECT_CONFIDENCE,
) {
  const [before, after] = [sideOf(values, from, first), sideOf(values, first, end)];
  const estimate = after.mean - before.mean;
  const spread = within(values.subarray(from, end), first - from);
  const freedom = before.n + after.n - 2;
  const half = freedom < 1 ? Infinity : quantile(confidence, freedom) * spread * Math.sqrt(1 / before.n + 1 / after.n);
  return { estimate, low: estimate - half, high: estimate + half };
}

const quantiles = new Map<string, number>();

/** Caches Student's quantile, because its bisection is slow: once for all nights. */
function quantile(confidence: number, freedom: number): number {
  const key = `${confidence}:${freedom}`;
  const known = quantiles.get(key) ?? studentQuantile((1 - confidence) / 2, freedom);
  quantiles.set(key, known);
  return known;
}

export const sideOf = (values: Float64Array, from: number, end: number): { n: number; mean: number } => ({
  n: end - from,
  mean: sumOf(values, from, end) / Math.max(1, end - from),
});

export function sumOf(values: Float64Array, from: number, end: number): number {
  let sum = 0;
  for (let i = from; i < end; i++) sum += values[i] as number;
  return sum;
}

/** Standard deviation around the two levels that a cut after `before` values makes. */
export function within(values: Float64Array, before: number): number {
  let squares = 0;
  for (const [from, end] of [
    [0, before],
    [before, values.length],
  ] as const) {
    const { mean } = sideOf(values, from, end);
    for (let i = from; i < end; i++) squares += ((values[i] as number) - mean) ** 2;
  }
  return Math.sqrt(squares / Math.max(1, values.length - 2));
}

export function centred(values: Float64Array): Float64Array {
  const { mean } = sideOf(values, 0, values.length);
  return values.map((value) => value - mean);
}
