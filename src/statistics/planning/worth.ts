/**
 * How many independent tests the gates of a run are worth, as the verdict's family (`families/max-t.ts`) has it: what they share alpha as.
 *
 * Serves: `bench plan`, so that a plan and the report of its run cannot disagree about the cost of a second gate.
 *
 * Formula: from a pilot, that of the verdict, over the flips of the pilot's own blocks. Without one, for a change that moves all gates by
 * d standard deviations of their block differences, which else have nothing in common: a flip swaps the sums of two such gates with
 * correlation d^2 / (1 + d^2), and the worth is the chance that any of so many normals passes the two-sided limit over that of one.
 */
import { seededRandom } from '../../model/random.ts';
import type { Samples } from '../../model/samples.ts';
import { correct } from '../families/correct.ts';
import { withMargins } from '../margins.ts';
import { rowsOf } from '../metric-row.ts';
import { normalDensity, normalQuantile, normalTail } from '../numbers/normal.ts';
import { bootsOf } from '../observations.ts';
import { dipTest } from '../shape/dip.ts';
import { nullDistributions } from '../tests/metric-test.ts';

/** Of one candidate: candidates share alpha by the union bound. As many as there are gates where nothing was interleaved. */
export function gatesWorth(samples: Samples, gates: readonly string[], alpha: number): number {
  const judged = samples.metrics.filter(({ id }) => gates.includes(id)).map((metric) => ({ ...metric, gate: true }));
  const baseline = bootsOf(samples, samples.baseline);
  const { seed } = samples;
  const context = {
    levels: { alpha, equivalenceAlpha: alpha },
    nulls: nullDistributions(seed),
    dip: dipTest(seededRandom(seed)),
  };
  const rows = samples.candidates.flatMap((candidate) =>
    rowsOf(withMargins(judged), baseline, bootsOf(samples, candidate), context),
  );
  const { effectiveTests } = correct(rows, alpha, seed);
  return Math.max(1, effectiveTests / Math.max(1, samples.candidates.length));
}

/** Of gates that all move by `shift` standard deviations: 1 where that is far, their number where it is nothing. */
export function worthOfGatesThatMove(gates: number, shift: number, alpha: number): number {
  if (gates === 1 || shift === Number.POSITIVE_INFINITY) return 1;
  const correlation = shift ** 2 / (1 + shift ** 2);
  const limit = normalQuantile(1 - alpha / 2);
  const [common, own] = [Math.sqrt(correlation), Math.sqrt(1 - correlation)];
  let none = 0;
  // What the gates have in common, from -8 to 8: beyond that there is nothing to add.
  for (let at = -8; at <= 8; at += STEP) {
    const beyond = normalTail((limit - common * at) / own) + normalTail((limit + common * at) / own);
    none += STEP * normalDensity(at) * (1 - beyond) ** gates;
  }
  return Math.min(gates, Math.max(1, (1 - none) / alpha));
}

const STEP = 1 / 16;
