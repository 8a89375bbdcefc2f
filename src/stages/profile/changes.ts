/** Where on the path a dose was absorbed, or came through: the attribution of differences, of boots with it against boots without. */
import { criticalPath } from '../../metrics/critical-path.ts';
import type { BootRecord } from '../../model/boot.ts';
import type { PathChange } from '../../model/profile.ts';
import { us } from '../../model/units.ts';

/** Less than this is noise of dispatching, and no cause of anything. */
const WORTH_TELLING_US = 100_000;
const MOST = 5;

/** Largest first. */
export function pathChanges(
  metric: string,
  nulls: readonly { readonly record: BootRecord }[],
  boots: readonly { readonly record: BootRecord }[],
): PathChange[] {
  const before = meanLengths(metric, nulls);
  const after = meanLengths(metric, boots);
  const within = new Map(
    [...nulls, ...boots].flatMap(({ record }) =>
      pathIn(metric, record).flatMap(({ item, during }) => (during === undefined ? [] : [[item, during] as const])),
    ),
  );
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((item): PathChange => {
      const during = within.get(item);
      const changed = us(Math.round((after.get(item) ?? 0) - (before.get(item) ?? 0)));
      return { item, us: changed, ...(during !== undefined && { during }) };
    })
    .filter((change) => Math.abs(change.us) >= WORTH_TELLING_US)
    .sort((a, b) => Math.abs(b.us) - Math.abs(a.us) || (a.item < b.item ? -1 : 1))
    .slice(0, MOST);
}

const pathIn = (metric: string, record: BootRecord) => record.paths[metric] ?? criticalPath(metric, record) ?? [];

function meanLengths(metric: string, boots: readonly { readonly record: BootRecord }[]): Map<string, number> {
  const lengths = new Map<string, number>();
  for (const { record } of boots)
    for (const { item, fromUs, toUs } of pathIn(metric, record))
      lengths.set(item, (lengths.get(item) ?? 0) + (toUs - fromUs) / boots.length);
  return lengths;
}
