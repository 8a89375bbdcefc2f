/**
 * What it would take to settle an inconclusive metric, and what runs of other sizes could find, from the spread that was seen.
 *
 * "Settle" means: if the truth is a change of the minimum effect it is found, and if it is none it is called equivalent, either
 * with a chance of about 80 % (two one-sided tests need z_a + z_(b/2) = 2.93 standard errors, which is what a two-sided test needs for
 * 85 %: both are covered by asking for that). Not the observed effect: a design that chases what was seen once ends wherever luck points.
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
  /** Independent tests that share alpha, as the family's own correction has it; not always a whole number. */
  readonly tests: number;
}

/** Blocks (boots a side, where unblocked); null where no spread is known or no run this program would start is enough. */
export function needsBlocks(input: NeedsInput): number | null {
  const { test, margins, alpha, tests } = input;
  const least = Math.max(blocksToReach(alpha), test.size + 1);
  // Where nothing was measured on both sides, there is nothing to use.
  if (test.size === 0) return null;
  const sigma = spreadSeen(input);
  if (sigma === null) return test.size < least ? blocksToReach(alpha) : null;
  const shift = test.ratio ? Math.log1p(margins.share) : margins.us;
  if (shift <= 0) return null;
  const blocks = blocksFor({ shift, sigma, alpha, tests, power: POWER });
  return blocks === null ? null : Math.max(least, blocks);
}

/** Points on the curve: the eye sees no more, and each takes .7 ms. */
const POINTS = 16;

/** Where the curve ends: it has risen there. */
const RISEN = 0.99;

/** Null where nothing was interleaved, or no ratio or spread is known. A power of what was found is no evidence, so none is made of it. */
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
