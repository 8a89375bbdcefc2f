/**
 * What it would take to settle an inconclusive metric, from the spread that was seen.
 *
 * "Settle" means: if the truth is a change of the minimum effect it is found, and if it is none it is called equivalent, either
 * with a chance of about 80 % (two one-sided tests need z_a + z_(b/2) = 2.93 standard errors, which is what a two-sided test needs for
 * 85 %: both are covered by asking for that). Not the observed effect: a design that chases what was seen once ends wherever luck points.
 */
import { blocksToReach } from './block-flip.ts';
import type { MetricTest } from './metric-test.ts';
import type { Arrangement } from './observations.ts';
import { blocksFor } from './plan.ts';
import { spreadOf, spreadOfInterval } from './spread.ts';
import type { Margins } from './verdict.ts';

const POWER = 0.85;

export interface NeedsInput {
  readonly arrangement: Arrangement;
  readonly test: MetricTest;
  readonly margins: Margins;
  readonly alpha: number;
  /** Tests that share alpha. */
  readonly tests: number;
}

/** Blocks (boots a side, where unblocked); null where no spread is known or no run this program would start is enough. */
export function needsBlocks({ arrangement, test, margins, alpha, tests }: NeedsInput): number | null {
  const least = Math.max(blocksToReach(alpha), test.size + 1);
  const scale = test.ratio ? 'ratio' : 'difference';
  const interval = test.ratio ?? test.differenceUs;
  const sigma =
    arrangement.kind === 'blocked'
      ? spreadOf(arrangement, interval, alpha, scale)
      : spreadOfInterval(interval, test.size, alpha, scale);
  if (sigma === null) return test.size < least ? blocksToReach(alpha) : null;
  const shift = scale === 'ratio' ? Math.log1p(margins.share) : margins.us;
  if (shift <= 0) return null;
  const blocks = blocksFor({ shift, sigma, alpha, tests, power: POWER });
  return blocks === null ? null : Math.max(least, blocks);
}
