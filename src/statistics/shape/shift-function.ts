/**
 * The shift function: how much slower or faster each decile of the candidate is (Doksum 1974; Wilcox 1995). It shows where in
 * the distribution a change acts. It is not a test, and no verdict depends on it.
 *
 * Formula: difference of type-7 quantiles, with percentile bootstrap intervals over seeded resamples of blocks (of boots, if
 * unblocked). n limits the deciles: the middle ones from 10 boots a side, all from 20, never beyond the first and ninth.
 */

import { quantileSorted } from 'simple-statistics';
import type { DecileShift } from '../../model/comparison.ts';
import { elementAt } from '../../model/element.ts';
import type { Random } from '../../model/random.ts';
import { ascending } from '../numbers/ranks.ts';
import { roundedUs } from '../numbers/rounding.ts';
import type { Arrangement } from '../observations.ts';

const RESAMPLES = 999;

/** Deciles shown for a number of boots on the smaller side. */
export function decilesFor(n: number): readonly number[] {
  if (n < 10) return [];
  if (n < 20) return [0.3, 0.4, 0.5, 0.6, 0.7];
  return [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
}

export function shiftFunction(arrangement: Arrangement, alpha: number, random: Random): DecileShift[] {
  const { before, after } = arrangement;
  const deciles = decilesFor(Math.min(before.length, after.length));
  if (deciles.length === 0) return [];
  const sides = [sorted(before), sorted(after)] as const;
  const once = [new Int32Array(before.length).fill(1), new Int32Array(after.length).fill(1)] as const;
  const seen = shifts(sides, once, deciles);
  const draws = deciles.map(() => new Float64Array(RESAMPLES));
  for (let draw = 0; draw < RESAMPLES; draw++) {
    const times = resample(before.length, random);
    // Each draw of a block takes both of its boots.
    const drawn = [times, arrangement.kind === 'blocked' ? times : resample(after.length, random)] as const;
    shifts(sides, drawn, deciles).forEach((shift, d) => {
      (draws[d] as Float64Array)[draw] = shift;
    });
  }
  return deciles.map((decile, d) => {
    const spread = Array.from((draws[d] as Float64Array).sort());
    return {
      decile,
      differenceUs: roundedUs(elementAt(seen, d)),
      lowUs: roundedUs(quantileSorted(spread, alpha / 2)),
      highUs: roundedUs(quantileSorted(spread, 1 - alpha / 2)),
    };
  });
}

interface Sorted {
  readonly values: Float64Array;
  /** Indices of the values in ascending order. */
  readonly order: Uint32Array;
}

const sorted = (values: Float64Array): Sorted => ({ values, order: ascending(values) });

function shifts(
  [x, y]: readonly [Sorted, Sorted],
  [timesX, timesY]: readonly [Int32Array, Int32Array],
  deciles: readonly number[],
): number[] {
  const before = quantiles(x, timesX, deciles);
  return quantiles(y, timesY, deciles).map((value, d) => value - elementAt(before, d));
}

/** Type-7 quantiles of a resample, from the number of draws of each value. One walk: all draws share the sorted order. */
function quantiles({ values, order }: Sorted, times: Int32Array, deciles: readonly number[]): number[] {
  let place = 0;
  let upTo = times[order[0] as number] as number;
  const valueAt = (index: number): number => {
    while (upTo <= index) upTo += times[order[++place] as number] as number;
    return values[order[place] as number] as number;
  };
  return deciles.map((decile) => {
    const index = (values.length - 1) * decile;
    const lower = valueAt(Math.floor(index));
    // The walk only goes up: if n allows deciles, the next decile is never below this one's upper neighbour.
    return index % 1 === 0 ? lower : lower + (index % 1) * (valueAt(Math.ceil(index)) - lower);
  });
}

/** Number of draws of each of n values in n draws. */
function resample(n: number, random: Random): Int32Array {
  const times = new Int32Array(n);
  for (let draw = 0; draw < n; draw++) {
    const i = random.below(n);
    times[i] = (times[i] as number) + 1;
  }
  return times;
}
