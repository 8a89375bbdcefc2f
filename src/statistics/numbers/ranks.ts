/**
 * Ranks of values, ties included. The code doubles midranks, which makes them whole numbers and their sums exact.
 *
 * The files of `src/statistics` read typed arrays with `as number`: an index inside the loop's own bounds is never undefined. A
 * check per element would be in the hot path of every test.
 */

/** Indices of `values` in ascending order of value. */
export function ascending(values: ArrayLike<number>): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => (values[a] as number) - (values[b] as number));
}

/** Twice the midrank of each value among all of them (1-based: the smallest of distinct values gets 2). */
export function doubledMidranks(values: ArrayLike<number>): Int32Array {
  const order = ascending(values);
  const ranks = new Int32Array(order.length);
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] as number] as number;
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === value) end++;
    // Ranks start+1 .. end: twice their mean is start + 1 + end.
    for (let i = start; i < end; i++) ranks[order[i] as number] = start + 1 + end;
    start = end;
  }
  return ranks;
}

/** Greatest common divisor of all values, 0 when all are 0. Values are whole and not negative. */
export function commonDivisor(values: ArrayLike<number>): number {
  let divisor = 0;
  for (let i = 0; i < values.length && divisor !== 1; i++) {
    let a = divisor;
    let b = values[i] as number;
    while (b !== 0) [a, b] = [b, a % b];
    divisor = a;
  }
  return divisor;
}
