/**
 * Turns one test into one verdict. Only this file turns numbers into faster, slower, equivalent or inconclusive.
 *
 * slower / faster: adjusted p <= alpha. Fails the gate only when slower by more than `minimumEffect` and more than `floorUs`.
 * equivalent: the 1 - 2 alpha interval lies inside +-`equivalenceMargin` (two one-sided tests, Schuirmann 1987).
 * inconclusive: all else, and all metrics whose definition differs between the variants. Never "no change".
 *
 *           1-margin      1       1+margin
 *     ---------[----------|----------]---------
 *                    |---o----|                    equivalent
 *                         |  |--o--|               slower, within margin
 *                  |-----------o-----------|       inconclusive
 *                                   |----o----|    slower
 */
import type { Interval } from '../model/comparison.ts';
import { percentOf, type Us, us } from '../model/units.ts';
import type { ComparisonWarning, Verdict } from '../model/verdict.ts';
import type { Declared } from './margins.ts';
import type { MetricTest } from './tests/metric-test.ts';

/** What a change must exceed to matter, as a share and in time. */
export interface Margins {
  readonly share: number;
  readonly us: Us;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly failsGate: boolean;
  readonly warnings: readonly ComparisonWarning[];
}

/**
 * `level` is the level of the adjusted p (alpha for gates, the false-discovery rate for the others). p itself must also reach `alpha`,
 * so a claim never comes with an interval that includes "no change". `baselineUs` is the baseline's median, which turns a share into
 * time if there is no ratio.
 */
export function judge(input: {
  readonly declared: Declared;
  readonly test: MetricTest;
  readonly pAdjusted: number | null;
  readonly alpha: number;
  readonly level: number;
  readonly baselineUs: Us | null;
}): Judgement {
  const { declared, test, pAdjusted, alpha, level, baselineUs } = input;
  // The variants measure different things: their difference, however significant, is neither a speed-up nor a slowdown.
  if (declared.moved !== undefined)
    return {
      ...INCONCLUSIVE,
      warnings: [{ code: 'definition-moved', text: `Not judged because its definition differs: ${declared.moved}.` }],
    };
  // Too few blocks for any claim: no verdict, not even equivalence.
  if (test.p === null || pAdjusted === null || test.smallestP > alpha) return INCONCLUSIVE;
  const inside = withinMargin(declared, test, baselineUs);
  if (test.direction !== 0 && pAdjusted <= level && test.p <= alpha) {
    const slower = test.direction > 0;
    const failsGate = declared.gate && slower && !inside && exceedsMinimum(declared, test, baselineUs);
    const warnings = smallnessWarnings(declared, inside, failsGate, slower);
    return { verdict: slower ? 'slower' : 'faster', failsGate, warnings };
  }
  return inside ? { verdict: 'equivalent', failsGate: false, warnings: [] } : INCONCLUSIVE;
}

const INCONCLUSIVE: Judgement = { verdict: 'inconclusive', failsGate: false, warnings: [] };

/** The smaller of minimum effect and equivalence margin: a run must resolve it to end with a verdict either way. */
export function marginsOf(declared: Declared, baselineUs: Us | null): Margins {
  const share =
    declared.minimumEffect > 0
      ? Math.min(declared.minimumEffect, declared.equivalenceMargin)
      : declared.equivalenceMargin;
  return { share, us: us(Math.max(declared.floorUs, share * Math.abs(baselineUs ?? 0))) };
}

function smallnessWarnings(
  declared: Declared,
  inside: boolean,
  failsGate: boolean,
  slower: boolean,
): ComparisonWarning[] {
  const side = slower ? 'Slower' : 'Faster';
  const margin = `±${percentOf(declared.equivalenceMargin, 3)}`;
  if (inside)
    return [{ code: 'within-margin', text: `${side}, within margin: the whole interval lies inside ${margin}.` }];
  if (declared.gate && slower && !failsGate)
    return [{ code: 'below-minimum', text: 'Slower, but by less than the minimum effect.' }];
  return [];
}

/** Slower by more than the minimum effect and more than the floor. */
function exceedsMinimum(declared: Declared, test: MetricTest, baselineUs: Us | null): boolean {
  const differenceUs = test.differenceUs.estimate ?? 0;
  if (differenceUs <= declared.floorUs) return false;
  if (test.ratio?.estimate != null) return test.ratio.estimate - 1 > declared.minimumEffect;
  return differenceUs > declared.minimumEffect * Math.abs(baselineUs ?? 0);
}

/** The equivalence interval lies inside the margin. Without a ratio the margin is a share of the baseline's median, at least the floor. */
export function withinMargin(declared: Declared, test: MetricTest, baselineUs: Us | null): boolean {
  const margin = declared.equivalenceMargin;
  if (test.equivalence) return contains(test.equivalence, 1 - margin, 1 + margin);
  const marginUs = Math.max(declared.floorUs, margin * Math.abs(baselineUs ?? 0));
  return contains(test.equivalenceUs, -marginUs, marginUs);
}

const contains = (interval: Interval | null, low: number, high: number): boolean =>
  interval !== null && interval.low !== null && interval.high !== null && interval.low >= low && interval.high <= high;
