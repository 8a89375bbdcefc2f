/**
 * From one test to one verdict. The only place that turns numbers into faster, slower, equivalent or inconclusive.
 *
 * slower / faster: adjusted p <= alpha. Fails the gate only when slower by more than `minimumEffect` and more than `floorUs`.
 * equivalent: the 1 - 2 alpha interval lies inside +-`equivalenceMargin` (two one-sided tests, Schuirmann 1987).
 * inconclusive: all else. Never "no change".
 *
 *           1-margin      1       1+margin
 *     ---------[----------|----------]---------
 *                    |---o----|                    equivalent
 *                         |  |--o--|               slower, within margin
 *                  |-----------o-----------|       inconclusive
 *                                   |----o----|    slower
 */
import type { Interval, Verdict } from '../model/comparison.ts';
import type { MetricDeclaration } from '../model/samples.ts';
import type { MetricTest } from './metric-test.ts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly failsGate: boolean;
  readonly warnings: readonly string[];
}

/** `baselineUs` is the baseline's median: what a margin means in time where there is no ratio. */
export function judge(
  declared: MetricDeclaration,
  test: MetricTest,
  pAdjusted: number | null,
  alpha: number,
  baselineUs: number | null,
): Judgement {
  if (test.p === null || pAdjusted === null) return { verdict: 'inconclusive', failsGate: false, warnings: [] };
  const inside = withinMargin(declared, test, baselineUs);
  if (test.direction !== 0 && pAdjusted <= alpha) {
    const slower = test.direction > 0;
    const failsGate = declared.gate && slower && exceedsMinimum(declared, test, baselineUs);
    return {
      verdict: slower ? 'slower' : 'faster',
      failsGate,
      warnings: smallnessWarnings(declared, inside, failsGate, slower),
    };
  }
  if (test.smallestP > alpha) return { verdict: 'inconclusive', failsGate: false, warnings: [] };
  return { verdict: inside ? 'equivalent' : 'inconclusive', failsGate: false, warnings: [] };
}

function smallnessWarnings(
  declared: MetricDeclaration,
  inside: boolean,
  failsGate: boolean,
  slower: boolean,
): string[] {
  if (inside)
    return [
      `${slower ? 'Slower' : 'Faster'}, within margin: the whole interval is inside +-${percent(declared.equivalenceMargin)}.`,
    ];
  if (declared.gate && slower && !failsGate) return ['Slower, by less than the minimum effect: the gate passes.'];
  return [];
}

/** Slower by more than the minimum effect and more than the floor. */
function exceedsMinimum(declared: MetricDeclaration, test: MetricTest, baselineUs: number | null): boolean {
  const differenceUs = test.differenceUs.estimate ?? 0;
  if (differenceUs <= declared.floorUs) return false;
  const share =
    test.ratio?.estimate != null
      ? test.ratio.estimate - 1
      : baselineUs
        ? differenceUs / Math.abs(baselineUs)
        : Infinity;
  return share > declared.minimumEffect;
}

export function withinMargin(declared: MetricDeclaration, test: MetricTest, baselineUs: number | null): boolean {
  const margin = declared.equivalenceMargin;
  if (test.equivalence) return contains(test.equivalence, 1 - margin, 1 + margin);
  const marginUs = Math.max(declared.floorUs, margin * Math.abs(baselineUs ?? 0));
  return contains(test.equivalenceUs, -marginUs, marginUs);
}

const contains = (interval: Interval, low: number, high: number): boolean =>
  interval.low !== null && interval.high !== null && interval.low >= low && interval.high <= high;

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
