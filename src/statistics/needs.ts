/**
 * What it would take to settle an inconclusive metric, from the spread that was seen.
 *
 * "Settle" means: if the truth is a change of the minimum effect it is found, and if it is none it is called equivalent, either
 * with a chance of about 80 % (two one-sided tests need z_a + z_(b/2) = 2.93 standard errors, which is what a two-sided test needs for
 * 85 %: both are covered by asking for that). Not the observed effect: a design that chases what was seen once ends wherever luck points.
 *
 * The spread is read from the width of the interval, so that it is the spread the test itself felt (a lock in one boot of ten widens it
 * less than it widens a standard deviation); from block differences where the interval is unbounded.
 */
import { blocksToReach } from './block-flip.ts';
import type { MetricTest } from './metric-test.ts';
import type { Arrangement } from './observations.ts';
import { blocksFor } from './plan.ts';
import { halfWidth } from './student.ts';
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
  const sigma = spreadOf(arrangement, test, alpha, scale);
  if (sigma === null) return test.size < least ? blocksToReach(alpha) : null;
  const shift = scale === 'ratio' ? Math.log1p(margins.share) : margins.us;
  if (shift <= 0) return null;
  const blocks = blocksFor({ shift, sigma, alpha, tests, power: POWER });
  return blocks === null ? null : Math.max(least, blocks);
}

/** Standard deviation of a block's difference, in logarithms for ratios. */
function spreadOf(
  arrangement: Arrangement,
  test: MetricTest,
  alpha: number,
  scale: 'ratio' | 'difference',
): number | null {
  const interval = test.ratio ?? test.differenceUs;
  const place = (value: number) => (scale === 'ratio' ? Math.log(value) : value);
  if (interval.low !== null && interval.high !== null && test.size >= 2)
    return (place(interval.high) - place(interval.low)) / 2 / halfWidth(test.size, alpha);
  if (arrangement.kind !== 'blocked' || test.size < 2) return null;
  const differences = Array.from(
    arrangement.after,
    (value, b) => place(value) - place(arrangement.before[b] as number),
  );
  const mean = differences.reduce((sum, d) => sum + d, 0) / differences.length;
  return Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (differences.length - 1));
}
