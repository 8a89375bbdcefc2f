/**
 * Boots that gave no usable sample, counted per variant and compared: a variant that loses its slow boots looks fast.
 *
 * The one place that says when a variant is **broken**:
 * - any boot of the candidate broke an expectation (a service failed, a file has the wrong mode): one is enough, as an
 *   expectation is a claim about every boot, and how many boots the baseline broke does not excuse the candidate; or
 * - boots of the candidate failed that the baseline's did not: Fisher's exact p <= alpha, or not one of them came up while the
 *   baseline did. A single failed boot is as likely the world's fault (a cloud that lost a machine): it is warned of.
 * Where only the baseline broke, the candidate is not broken; the blocks without a sound baseline boot don't count.
 */
import type { VariantCounts } from '../model/comparison.ts';
import { fisherP } from './fisher.ts';
import type { VariantBoots } from './observations.ts';
import { rounded } from './rounding.ts';

/** Reasons listed per variant, most frequent first. */
const REASONS_SHOWN = 20;

export function countLosses(boots: VariantBoots, baseline: VariantBoots): VariantCounts {
  const lost = (side: VariantBoots) => side.failed.length + side.broken.length;
  const compared = boots !== baseline && boots.all.length > 0 && baseline.all.length > 0;
  return {
    variant: boots.variant,
    boots: boots.all.length,
    failed: boots.failed.length,
    broken: boots.broken.length,
    p: compared ? rounded(fisherP(lost(boots), boots.all.length, lost(baseline), baseline.all.length)) : null,
    reasons: reasonsOf(boots),
  };
}

/** Why the candidate counts as broken; undefined when it does not. */
export function brokenBecause(boots: VariantBoots, baseline: VariantBoots, alpha: number): string | undefined {
  const { variant, all } = boots;
  if (boots.broken.length > 0)
    return `${variant}: ${boots.broken.length} of ${all.length} boots broke an expectation (${baseline.variant}: ${baseline.broken.length} of ${baseline.all.length}).`;
  if (boots.failed.length === 0) return undefined;
  const failures = `${variant}: ${boots.failed.length} of ${all.length} boots failed (${baseline.variant}: ${baseline.failed.length} of ${baseline.all.length})`;
  const p = fisherP(boots.failed.length, all.length, baseline.failed.length, baseline.all.length);
  const noneCameUp = boots.failed.length === all.length && baseline.failed.length < baseline.all.length;
  if (noneCameUp || (p <= alpha && boots.failed.length * baseline.all.length > baseline.failed.length * all.length))
    return `${failures}.`;
  return undefined;
}

/** Sentences about boots that were lost without making the candidate broken. */
export function lossWarnings(boots: VariantBoots, baseline: VariantBoots, alpha: number): string[] {
  const isBaseline = boots === baseline;
  if (!isBaseline && brokenBecause(boots, baseline, alpha) !== undefined) return [];
  const share = (lost: number) => `${boots.variant}: ${lost} of ${boots.all.length} boots`;
  const warnings: string[] = [];
  if (boots.failed.length > 0) warnings.push(`${share(boots.failed.length)} failed and count for nothing.`);
  if (isBaseline && boots.broken.length > 0)
    warnings.push(
      `${share(boots.broken.length)} broke an expectation and count for nothing; the baseline itself is not sound.`,
    );
  return warnings;
}

function reasonsOf(boots: VariantBoots): VariantCounts['reasons'] {
  const counts = new Map<string, number>();
  const count = (reason: string) => counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const boot of boots.failed) count(boot.failure ?? 'failed');
  for (const boot of boots.broken) for (const reason of boot.broken) count(reason);
  return [...counts]
    .map(([reason, times]) => ({ reason, count: times }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
    .slice(0, REASONS_SHOWN);
}
