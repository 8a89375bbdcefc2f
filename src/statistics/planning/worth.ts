/**
 * The worth of a run's gates: the number of independent tests as which they share alpha in the verdict's family (`families/max-t.ts`).
 *
 * Serves: `bench plan`, so a plan and the report of its run agree about the cost of a second gate.
 *
 * Formula with a pilot: that of the verdict, over the flips of the pilot's own blocks. Without a pilot, assume a change that moves all
 * gates by d standard deviations of their block differences, which are otherwise independent. Over the flips, the sums of two gates
 * then have the correlation d^2 / (1 + d^2). The worth is the chance that any of these normals passes the two-sided limit, over that
 * of one.
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

/** Worth of the gates of one candidate: candidates share alpha by the union bound. Without blocks it is the number of gates. */
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

/** Worth of gates that all move by `shift` standard deviations: 1 for a large shift, their number for 0. */
export function worthOfGatesThatMove(gates: number, shift: number, alpha: number): number {
  if (gates === 1 || shift === Number.POSITIVE_INFINITY) return 1;
  const correlation = shift ** 2 / (1 + shift ** 2);
  const limit = normalQuantile(1 - alpha / 2);
  const [common, own] = [Math.sqrt(correlation), Math.sqrt(1 - correlation)];
  let none = 0;
  // Integrate over the common part of the gates from -8 to 8; the rest is negligible.
  for (let at = -8; at <= 8; at += STEP) {
    const beyond = normalTail((limit - common * at) / own) + normalTail((limit + common * at) / own);
    none += STEP * normalDensity(at) * (1 - beyond) ** gates;
  }
  return Math.min(gates, Math.max(1, (1 - none) / alpha));
}

const STEP = 1 / 16;
