/**
 * Estimates the blocks that would settle an inconclusive metric, and the power of runs of other sizes, from the observed spread.
 *
 * "Settle" means the right verdict with a chance of about 80 %. Right is slower or faster for a change of the minimum effect, and
 * equivalent for no change. Two one-sided tests need z_a + z_(b/2) = 2.93 standard errors. A two-sided test needs the same for 85 %,
 * so that power covers both. The estimate ignores the observed effect: a plan based on one observed effect follows chance.
 */
import type { PowerCurve } from '../../model/comparison.ts';
import type { Arrangement } from '../observations.ts';
import { blocksToReach } from '../tests/block-flip.ts';
import type { MetricTest } from '../tests/metric-test.ts';
import type { Margins } from '../verdict.ts';
import { blocksFor, MOST_BLOCKS, powerCurve } from './plan.ts';
import { spreadOf, spreadOfInterval } from './spread.ts';

const POWER = 0.85;

export interface NeedsInput {
  readonly arrangement: Arrangement;
  readonly test: MetricTest;
  readonly margins: Margins;
  readonly alpha: number;
  /** Number of independent tests that share alpha, by the family's own correction; not always a whole number. */
  readonly tests: number;
}

/** Blocks (boots per side, if unblocked); null if the spread is unknown or no run that this program would start is enough. */
export function needsBlocks(input: NeedsInput): number | null {
  const { test, margins, alpha, tests } = input;
  const least = Math.max(blocksToReach(alpha), test.size + 1);
  // No values on both sides: no estimate.
  if (test.size === 0) return null;
  const sigma = spreadSeen(input);
  if (sigma === null) return test.size < least ? blocksToReach(alpha) : null;
  const shift = test.ratio ? Math.log1p(margins.share) : margins.us;
  if (shift <= 0) return null;
  const blocks = blocksFor({ shift, sigma, alpha, tests, power: POWER });
  return blocks === null ? null : Math.max(least, blocks);
}

/** Points on the curve: more would not be visible, and each takes .7 ms. */
const POINTS = 16;

/** The curve ends at this power. */
const RISEN = 0.99;

/** Null without blocks, a ratio or a spread. Power at the observed effect is no evidence, so the curve does not use that effect. */
export function powerOfSizes(input: NeedsInput): PowerCurve | null {
  const { arrangement, test, margins, alpha, tests } = input;
  const sigma = spreadSeen(input);
  if (arrangement.kind !== 'blocked' || !test.ratio || sigma === null || margins.share <= 0) return null;
  const shift = Math.log1p(margins.share);
  const risen = blocksFor({ shift, sigma, alpha, tests, power: RISEN }) ?? MOST_BLOCKS;
  const curve = powerCurve({ effect: margins.share, sigma, alpha, gates: tests }, Math.max(risen, test.size), POINTS);
  return {
    effect: margins.share,
    sigma: Number(sigma.toPrecision(6)),
    blocks: test.size,
    points: curve.map(({ blocks, power }) => ({ blocks, power: Number(power.toFixed(3)) })),
  };
}

function spreadSeen({ arrangement, test, alpha }: NeedsInput): number | null {
  const interval = test.ratio ?? test.differenceUs;
  const scale = test.ratio ? 'ratio' : 'difference';
  return arrangement.kind === 'blocked'
    ? spreadOf(arrangement, interval, alpha, scale)
    : spreadOfInterval(interval, test.size, alpha, scale);
}
