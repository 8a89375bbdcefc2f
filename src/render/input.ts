/**
 * The renderers' input, and lookups in it. `run` and `records` may be absent: a comparison needs only a `samples.json`. This
 * folder computes no statistics: `comparison.json` makes every claim.
 */

import type { BootRecord } from '../model/boot.ts';
import type { Comparison } from '../model/comparison.ts';
import type { Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';
import type { SampleBoot, Samples } from '../model/samples.ts';
import type { Us } from '../model/units.ts';

export interface ReportInput {
  readonly run?: Run | undefined;
  /** The cloud billed the run's machines. */
  readonly billed?: boolean | undefined;
  /** Whether bench can boot its scenario again; absent where unknown. */
  readonly bootable?: boolean | undefined;
  readonly comparison: Comparison;
  readonly samples: Samples;
  readonly records?: readonly BootRecord[] | undefined;
  /** Profile of one variant, if requested. */
  readonly profile?: Profile | undefined;
}

/** One value of one boot, for a drawing. `position` counts the variant's boots in run order. */
export interface Point {
  readonly boot: string;
  readonly variant: string;
  readonly block: number | null;
  readonly position: number;
  readonly us: Us;
  readonly errorUs: Us;
}

/** A boot that counts: it booted and broke no expectation. */
export const isGood = (boot: SampleBoot): boolean => boot.outcome === 'booted' && boot.broken.length === 0;

/** Measured values of a metric over the good boots, in run order. */
export function pointsOf(input: ReportInput, metric: string): Point[] {
  const position = new Map<string, number>();
  const points: Point[] = [];
  for (const boot of input.samples.boots) {
    const at = (position.get(boot.variant) ?? 0) + 1;
    position.set(boot.variant, at);
    const value = boot.values[metric];
    if (!isGood(boot) || value === undefined || !('us' in value)) continue;
    points.push({
      boot: boot.id,
      variant: boot.variant,
      block: boot.block,
      position: at,
      us: value.us,
      errorUs: value.errorUs,
    });
  }
  return points;
}

/** The lower middle of the values: always one of them, so that a real boot can represent it. */
function lowerMedian<T>(items: readonly T[], value: (item: T) => number): T | undefined {
  const sorted = [...items].sort((a, b) => value(a) - value(b));
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** The record of the variant's median boot by the metric: the report shows its timeline. */
export function medianRecord(input: ReportInput, variant: string, metric: string): BootRecord | undefined {
  const records = new Map((input.records ?? []).map((record) => [record.boot.id, record]));
  const drawable = pointsOf(input, metric).filter((point) => point.variant === variant && records.has(point.boot));
  const middle = lowerMedian(drawable, (point) => point.us);
  return middle === undefined ? undefined : records.get(middle.boot);
}
