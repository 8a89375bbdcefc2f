/** What would change a gate's verdict, in one sentence. */
import type { MetricComparison } from '../model/comparison.ts';
import { hasWarning, needs } from './claims.ts';
import { share, time } from './format.ts';
import { isFailed } from './verdict.ts';
import type { ReportView } from './view.ts';

export function whatWouldChange(view: ReportView, row: MetricComparison): string {
  const { margins } = row;
  const floor = time(margins.floorUs, { unit: 'ms', usPerUnit: 1000, decimals: 0 });
  const least = `more than ${share(margins.minimumEffect)} and more than ${floor}`;
  if (view.comparison.unproven && row.verdict !== 'broken')
    return 'Gates are not judged because a negative control changed. Find the cause and run again.';
  switch (row.verdict) {
    case 'slower':
      if (isFailed(row))
        return `It would pass if the slowdown were below ${share(margins.minimumEffect)} or below ${floor}.`;
      return hasWarning(row, 'within-margin')
        ? `It passes because the whole interval lies inside the margin of ±${share(margins.equivalenceMargin)}.`
        : `It would fail if the slowdown were ${least}.`;
    case 'faster':
      return `The gate fails only for a slowdown of ${least}.`;
    case 'equivalent':
      return `It would fail for a slowdown of ${least}; this interval rules that out.`;
    case 'inconclusive':
      return whatWouldSettle(view, row);
    case 'broken':
      return 'Fix the broken boots first: a broken boot never counts as fast.';
    default:
      return row.verdict satisfies never;
  }
}

function whatWouldSettle(view: ReportView, row: MetricComparison): string {
  if (hasWarning(row, 'nothing-to-compare'))
    return 'No boot on either side measured it: find out why before booting more.';
  if (hasWarning(row, 'definition-moved'))
    return 'Its definition differs between the variants; more boots do not help.';
  const [enough] = needs(view, row);
  return enough === undefined
    ? 'More blocks are needed; this spread does not show how many.'
    : `At the spread seen here, ${enough}.`;
}
