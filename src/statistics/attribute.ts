/**
 * Attributes a difference to the items of the critical path. The segments of each boot's path add up to its end-to-end time. So the
 * mean block differences per segment add up to the mean end-to-end difference.
 *
 * Exactness: the code adds whole microseconds and rounds the means together (largest remainder). In the result
 * after - before = difference holds in each row, and each column adds up to its total, in integers. The part of a boot's value
 * that its path does not cover has its own row, `UNATTRIBUTED`.
 *
 * Intervals: Hartigan's typical values (1969). Sort the means of random subsets of blocks. If an item's block differences are
 * symmetric about their true mean, that mean is equally likely to fall between any two neighbours. The same flips give the p of each
 * item. Step-down max-T (Westfall and Young 1993) of |mean| / root mean square adjusts these p over the items of a path.
 * Smallest reachable p: 2 / 2^b, and 1 / (FLIPS + 1).
 */

import type { Attribution } from '../model/comparison.ts';
import { elementAt } from '../model/element.ts';
import { addTo } from '../model/grouped.ts';
import type { Random } from '../model/random.ts';
import type { SampleBoot } from '../model/samples.ts';
import { type Us, us, usOrNull } from '../model/units.ts';
import type { ComparisonWarning } from '../model/verdict.ts';
import { rounded, roundedOrNull } from './numbers/rounding.ts';
import { MOST_US } from './observations.ts';
import { smallestFlipP } from './tests/block-flip.ts';
import { type Flips, flippedCounts, flippedSums, randomFlips } from './tests/flips.ts';

export const UNATTRIBUTED = '(unattributed)';

const FLIPS = 1_999;

/** Most items listed; the smallest beyond that become one row. A path of a real boot has fewer than a hundred. */
const MOST_ITEMS = 200;

const OTHERS = '(other items)';

export interface AttributeInput {
  readonly metric: string;
  readonly candidate: string;
  /** Sound boots of both sides; only those with a block, a value and a path count. */
  readonly before: readonly SampleBoot[];
  readonly after: readonly SampleBoot[];
  readonly alpha: number;
}

/** Rows by size of their difference; undefined if no block has a path on both sides. */
export function attribute(input: AttributeInput, random: Random): Attribution | undefined {
  const { metric, candidate, alpha } = input;
  const before = pathsByBlock(input.before, metric);
  const after = pathsByBlock(input.after, metric);
  const blocks = [...before.keys()].filter((block) => after.has(block)).sort((a, b) => a - b);
  if (blocks.length === 0) return undefined;
  const items = foldSmall(itemsOf(blocks, before, after));
  const baseTotal = Math.round(meanOf(items, (item) => item.before, blocks.length));
  const differenceUs = Math.round(meanOf(items, (item) => item.difference, blocks.length));
  const beforeUs = apportion(
    items.map((item) => mean(item.before)),
    baseTotal,
  );
  const differencesUs = apportion(
    items.map((item) => mean(item.difference)),
    differenceUs,
  );
  const tests = testItems(
    items.map((item) => item.difference),
    alpha,
    random,
  );
  const rows = items.map(({ item }, i) => {
    const from = beforeUs[i] ?? 0;
    const change = differencesUs[i] ?? 0;
    return {
      item,
      beforeUs: us(from),
      afterUs: us(from + change),
      differenceUs: us(change),
      ...elementAt(tests, i),
    };
  });
  rows.sort((a, b) => Math.abs(b.differenceUs) - Math.abs(a.differenceUs) || (a.item < b.item ? -1 : 1));
  return { metric, candidate, blocks: blocks.length, differenceUs: us(differenceUs), rows };
}

/** Warnings on costs that moved instead of disappearing: one item significantly down, another up by at least half of it. */
export function costShifts(attribution: Attribution, alpha: number): ComparisonWarning[] {
  const sure = attribution.rows.filter((row) => row.pAdjusted !== null && row.pAdjusted <= alpha);
  const down = sure.filter((row) => row.differenceUs < 0);
  const up = sure.filter((row) => row.differenceUs > 0);
  return down.flatMap((from) => {
    const into = up.find(
      (row) => row.differenceUs >= -from.differenceUs / 2 && row.differenceUs <= -from.differenceUs * 2,
    );
    return into
      ? [
          {
            code: 'cost-shifted' as const,
            text: `Cost shifted: ${nameOf(from)} ${signedMs(from.differenceUs)}, ${nameOf(into)} ${signedMs(into.differenceUs)}.`,
          },
        ]
      : [];
  });
}

/** Drops the prefixes `unit:`, `task:` and `phase:`: `ssh.service` for `unit:ssh.service`; `wait:ssh.service` stays. */
const nameOf = ({ item }: { readonly item: string }): string => item.replace(/^(?:unit|task|phase):/, '');

interface Item {
  readonly item: string;
  readonly before: Float64Array;
  readonly difference: Float64Array;
}

interface ItemTest {
  readonly lowUs: Us | null;
  readonly highUs: Us | null;
  readonly pAdjusted: number | null;
}

/** Item lengths per block; the mean where a variant booted several times in a block. */
function pathsByBlock(boots: readonly SampleBoot[], metric: string): Map<number, Map<string, number>> {
  const perBlock = new Map<number, Map<string, number>[]>();
  for (const boot of boots) {
    const lengths = boot.block === null ? undefined : pathLengths(boot, metric);
    if (boot.block === null || !lengths) continue;
    addTo(perBlock, boot.block, lengths);
  }
  return new Map([...perBlock].map(([block, several]) => [block, averagePath(several)]));
}

/** Lengths by item of one boot's path, which add up to its value; undefined if it has no value or no path. */
export function pathLengths(boot: SampleBoot, metric: string): Map<string, number> | undefined {
  const value = Object.hasOwn(boot.values, metric) ? boot.values[metric] : undefined;
  const path = boot.paths && Object.hasOwn(boot.paths, metric) ? boot.paths[metric] : undefined;
  if (!path || !value || !('us' in value)) return undefined;
  if ([value, ...path].some(({ us }) => Math.abs(us) > MOST_US)) return undefined;
  const lengths = new Map<string, number>();
  for (const { item, us } of path) lengths.set(item, (lengths.get(item) ?? 0) + us);
  const covered = [...lengths.values()].reduce((sum, us) => sum + us, 0);
  // Half a microsecond is rounding of fractions, not a gap.
  if (Math.abs(value.us - covered) > 0.5) lengths.set(UNATTRIBUTED, value.us - covered);
  return lengths;
}

function averagePath(several: readonly Map<string, number>[]): Map<string, number> {
  const names = new Set(several.flatMap((path) => [...path.keys()]));
  return new Map(
    [...names].map((name) => [name, several.reduce((sum, path) => sum + (path.get(name) ?? 0), 0) / several.length]),
  );
}

function itemsOf(
  blocks: readonly number[],
  before: ReadonlyMap<number, ReadonlyMap<string, number>>,
  after: ReadonlyMap<number, ReadonlyMap<string, number>>,
): Item[] {
  const items = new Map<string, Item>();
  const itemOf = (name: string) => {
    const known = items.get(name);
    if (known) return known;
    const item = { item: name, before: new Float64Array(blocks.length), difference: new Float64Array(blocks.length) };
    items.set(name, item);
    return item;
  };
  blocks.forEach((block, b) => {
    for (const [name, us] of before.get(block) ?? []) {
      const item = itemOf(name);
      item.before[b] = us;
      item.difference[b] = (item.difference[b] ?? 0) - us;
    }
    for (const [name, us] of after.get(block) ?? []) {
      const item = itemOf(name);
      item.difference[b] = (item.difference[b] ?? 0) + us;
    }
  });
  return [...items.values()].sort((a, b) => (a.item < b.item ? -1 : 1));
}

/** Hostile or broken samples may name another item in every boot: all items beyond the largest become one. */
function foldSmall(items: Item[]): Item[] {
  if (items.length <= MOST_ITEMS) return items;
  const size = ({ before, difference }: Item) => Math.abs(mean(before)) + Math.abs(mean(difference));
  const bySize = [...items].sort((a, b) => size(b) - size(a));
  const kept = bySize.slice(0, MOST_ITEMS - 1);
  const rest = bySize.slice(MOST_ITEMS - 1);
  const blocks = rest[0]?.before.length ?? 0;
  const sumOf = (of: (item: Item) => Float64Array) =>
    Float64Array.from({ length: blocks }, (_, b) => rest.reduce((sum, item) => sum + (of(item)[b] ?? 0), 0));
  return [
    ...kept,
    { item: OTHERS, before: sumOf((item) => item.before), difference: sumOf((item) => item.difference) },
  ];
}

/** Rounds `means` to whole numbers that add up to `total`: the largest remainders round up (Hamilton's method). */
export function apportion(means: readonly number[], total: number): number[] {
  const floors = means.map(Math.floor);
  const missing = total - floors.reduce((sum, value) => sum + value, 0);
  const byRemainder = means.map((_, i) => i).sort((a, b) => remainder(means, b) - remainder(means, a) || a - b);
  for (const i of byRemainder.slice(0, missing)) floors[i] = (floors[i] ?? 0) + 1;
  // -0 prints as 0 but is not equal to it everywhere.
  return floors.map((value) => value + 0);
}

const remainder = (means: readonly number[], i: number): number => (means[i] ?? 0) - Math.floor(means[i] ?? 0);

/** Flip tests and typical-value intervals of all items, over the same flips. */
function testItems(differences: readonly Float64Array[], alpha: number, random: Random): ItemTest[] {
  const flips = randomFlips(differences[0]?.length ?? 0, FLIPS, random);
  const sums = differences.map((values) => flippedSums(flips, values));
  const adjusted = stepDown(differences, sums, flips);
  const sizes = flippedCounts(flips);
  return differences.map((_, i) => {
    const { low, high } = typicalValues(sums[i] as Float64Array, sizes, flips.blocks, alpha);
    return {
      lowUs: usOrNull(roundedOrNull(low)),
      highUs: usOrNull(roundedOrNull(high)),
      pAdjusted: roundedOrNull(adjusted[i] ?? null),
    };
  });
}

/** Bounds from the sorted means of random subsets of blocks: each flip is one subset. */
function typicalValues(sums: Float64Array, sizes: Float64Array, blocks: number, alpha: number) {
  if (smallestFlipP(blocks) > alpha) return { low: null, high: null };
  const means = sums
    .map((sum, flip) => sum / (sizes[flip] as number))
    .filter(Number.isFinite)
    .sort();
  const cut = Math.floor(((means.length + 1) * alpha) / 2);
  return { low: means[cut - 1] ?? null, high: means[means.length - cut] ?? null };
}

/** Step-down max-T of |signed sum| / root of the squares (which flips don't change). */
function stepDown(differences: readonly Float64Array[], sums: readonly Float64Array[], { blocks }: Flips): number[] {
  const members = differences.map((values, i) => {
    const total = values.reduce((sum, d) => sum + d, 0);
    const root = rootOfSquares(values);
    return { i, total, root, score: root === 0 ? 0 : Math.abs(total) / root };
  });
  members.sort((a, b) => a.score - b.score);
  const largest = new Float64Array(FLIPS);
  const adjusted = new Array<number>(differences.length).fill(1);
  // From the least significant up: each step adds one item to the largest so far.
  for (const { i, total, root, score } of members) {
    if (score === 0) continue;
    let hits = 0;
    (sums[i] as Float64Array).forEach((flipped, flip) => {
      largest[flip] = Math.max(largest[flip] as number, Math.abs(total - 2 * flipped) / root);
      // Equal sums can differ in the last bits if the order of addition differs.
      if ((largest[flip] as number) >= score * (1 - 1e-9)) hits++;
    });
    adjusted[i] = Math.max((hits + 1) / (FLIPS + 1), smallestFlipP(blocks));
  }
  let running = 0;
  for (const { i } of members.reverse()) {
    running = Math.max(running, elementAt(adjusted, i));
    adjusted[i] = running;
  }
  return adjusted;
}

function meanOf(items: readonly Item[], of: (item: Item) => Float64Array, blocks: number): number {
  return items.reduce((sum, item) => sum + of(item).reduce((total, value) => total + value, 0), 0) / blocks;
}

const rootOfSquares = (values: Float64Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const signedMs = (differenceUs: Us): string => {
  const ms = rounded(Math.abs(differenceUs) / 1000);
  return `${differenceUs < 0 ? '−' : '+'}${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
};
