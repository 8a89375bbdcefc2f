/**
 * The shift function: how much slower or faster each decile of the candidate is (Doksum 1974; Wilcox 1995). A picture of where in
 * the distribution a change acts, not a test: no verdict is made from it.
 *
 * Formula: difference of type-7 quantiles, with percentile bootstrap intervals over seeded resamples of blocks (of boots, where
 * unblocked). Hidden beyond what n allows: the middle deciles from 10 boots a side, all from 20, never beyond the first and ninth.
 */
import { quantileSorted } from 'simple-statistics';
import type { DecileShift } from '../model/comparison.ts';
import type { Random } from '../model/random.ts';
import type { Arrangement } from './observations.ts';
import { rounded } from './rounding.ts';

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
  const shifts = (x: Float64Array, y: Float64Array) => {
    const sortedX = Array.from(x.sort());
    const sortedY = Array.from(y.sort());
    return deciles.map((decile) => quantileSorted(sortedY, decile) - quantileSorted(sortedX, decile));
  };
  const draws = Array.from({ length: RESAMPLES }, () => {
    const rows = resample(before.length, random);
    // A block is drawn with both of its boots.
    const others = arrangement.kind === 'blocked' ? rows : resample(after.length, random);
    return shifts(
      rows.map((i) => before[i] as number),
      others.map((i) => after[i] as number),
    );
  });
  const seen = shifts(before.slice(), after.slice());
  return deciles.map((decile, d) => {
    const sorted = draws.map((draw) => draw[d] as number).sort((a, b) => a - b);
    return {
      decile,
      differenceUs: rounded(seen[d] as number),
      lowUs: rounded(quantileSorted(sorted, alpha / 2)),
      highUs: rounded(quantileSorted(sorted, 1 - alpha / 2)),
    };
  });
}

const resample = (n: number, random: Random): Float64Array => Float64Array.from({ length: n }, () => random.below(n));
