/** Where a condition turns, once, along a line: found by halving. */

export interface Bracket {
  readonly low: number;
  readonly high: number;
}

/** Halves `bracket` so many times, or until it is narrower than `tolerance` of its upper end. `isBelow` holds below the turn. */
export function narrow(isBelow: (x: number) => boolean, bracket: Bracket, halvings: number, tolerance = 0): Bracket {
  let { low, high } = bracket;
  for (let done = 0; done < halvings && high - low > tolerance * high; done++) {
    const middle = (low + high) / 2;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return { low, high };
}

export const middleOf = ({ low, high }: Bracket): number => (low + high) / 2;

/** The first whole number from `from` on that is enough; `to` where none before it is. */
export function firstEnough(isEnough: (n: number) => boolean, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
