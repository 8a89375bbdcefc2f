/**
 * The items on the critical paths of one variant: each item's share of the mean boot, and its variation from boot to boot. Each
 * instant of a boot belongs to exactly one item, so the rows add up to the mean in whole microseconds.
 */
import { quantileSorted } from 'simple-statistics';
import type { PathDescription } from '../../model/description.ts';
import { us } from '../../model/units.ts';
import { apportion, pathLengths } from '../attribute.ts';
import { rounded } from '../numbers/rounding.ts';
import type { VariantBoots } from '../observations.ts';

/** Most items listed, the largest first; the rest become one row. A path of a real boot has fewer than a hundred. */
const MOST_ITEMS = 200;

const OTHERS = '(other items)';

/** Undefined if no boot has a path. */
export function describePath(metric: string, { variant, usable }: VariantBoots): PathDescription | undefined {
  const paths = usable.flatMap((boot) => pathLengths(boot, metric) ?? []);
  if (paths.length === 0) return undefined;
  const kept = keptItems(paths);
  const items = [...kept, OTHERS].map((item) => ({ item, lengths: paths.map((path) => lengthIn(path, item, kept)) }));
  const present = items.filter(({ lengths }) => lengths.some((length) => length !== 0));
  const totals = paths.map((path) => sum([...path.values()]));
  const meanUs = Math.round(meanOf(totals));
  const means = apportion(
    present.map(({ lengths }) => meanOf(lengths)),
    meanUs,
  );
  const rows = present.map(({ item, lengths }, i) => ({
    item,
    meanUs: us(means[i] ?? 0),
    share: rounded(meanUs === 0 ? 0 : (means[i] ?? 0) / meanUs),
    ...quartiles(lengths.map((length, boot) => shareOf(length, totals[boot] ?? 0))),
    boots: lengths.filter((length) => length !== 0).length,
  }));
  rows.sort((a, b) => b.meanUs - a.meanUs || (a.item < b.item ? -1 : 1));
  return { metric, variant, boots: paths.length, meanUs: us(meanUs), rows };
}

type Path = ReadonlyMap<string, number>;

/** The largest items by their sum over the boots. */
function keptItems(paths: readonly Path[]): ReadonlySet<string> {
  const sums = new Map<string, number>();
  for (const path of paths) for (const [item, length] of path) sums.set(item, (sums.get(item) ?? 0) + Math.abs(length));
  const bySize = [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return new Set(bySize.slice(0, MOST_ITEMS).map(([item]) => item));
}

const lengthIn = (path: Path, item: string, kept: ReadonlySet<string>): number =>
  item === OTHERS
    ? sum([...path].flatMap(([name, length]) => (kept.has(name) ? [] : [length])))
    : (path.get(item) ?? 0);

const shareOf = (length: number, total: number): number => (total === 0 ? 0 : length / total);

function quartiles(shares: readonly number[]): { lowShare: number; highShare: number } {
  const sorted = [...shares].sort((a, b) => a - b);
  return { lowShare: rounded(quantileSorted(sorted, 0.25)), highShare: rounded(quantileSorted(sorted, 0.75)) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const meanOf = (values: readonly number[]): number => sum(values) / values.length;
