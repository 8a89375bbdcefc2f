/** Bisection: finds the one point at which a condition changes. */

export interface Bracket {
  readonly low: number;
  readonly high: number;
}

/** Halves `bracket` up to `halvings` times, or until it is narrower than `tolerance` of its upper end. `isBelow` holds below the point. */
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

/** The first whole number from `from` on that is enough; `to` if no smaller one is. */
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

/** The same number with fewer calls of `isEnough` if it is near `guess`: steps away from the guess double until they pass it. */
export function firstEnoughNear(isEnough: (n: number) => boolean, guess: number, from: number, to: number): number {
  const start = Math.min(to, Math.max(from, Math.round(guess)));
  if (start < to && !isEnough(start)) {
    let low = start + 1;
    let high = Math.min(to, low);
    for (let step = 1; high < to && !isEnough(high); step *= 2) {
      low = high + 1;
      high = Math.min(to, high + step);
    }
    return firstEnough(isEnough, low, high);
  }
  let high = start;
  let low = from;
  for (let step = 1; high - step >= from; step *= 2) {
    if (isEnough(high - step)) high -= step;
    else {
      low = high - step + 1;
      break;
    }
  }
  return firstEnough(isEnough, low, high);
}
