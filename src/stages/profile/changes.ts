/** Where the path absorbed a dose, or let it through: attributes the differences between boots with it and boots without. */
import { criticalPath } from '../../metrics/critical-path.ts';
import type { BootRecord } from '../../model/boot.ts';
import type { PathChange } from '../../model/profile.ts';
import { type Us, us } from '../../model/units.ts';

/** Smaller changes are scheduling noise, and no cause of anything. */
const WORTH_TELLING_US = 100_000;
const MOST = 5;
/** Parts of a path that are neither a unit nor a step. */
const MILESTONE = /^(?:tls|node|agent|phase):/;

/** Stretches of a path that are neither a unit nor a step, e.g. TLS bootstrap. Largest first. */
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
    .filter((change) => Math.abs(change.us) >= WORTH_TELLING_US && MILESTONE.test(change.item))
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

/** Share of a dose, or of its absorbed part: smaller growth or shrinkage has other reasons. */
const WORTH = 0.25;
/** Share of a dose: an item that began later by this much did so because of the dose. */
const DELAYED = 0.25;

/**
 * Units and steps that absorbed the delay, or passed it on, by their own lengths. Each began later by (nearly) all of it and ended later by
 * less, or began on time and ended later. Of nested steps it takes the inner one.
 *
 *   a step before     |====|....d....|            began 0 later, the dose
 *   a step behind          |----wait----|==|      began d later, ended d - slack later: it absorbed the slack
 */
export function lengthChanges(
  baseline: BootRecord,
  boots: readonly { readonly record: BootRecord }[],
  { deliveredUs, absorbedUs }: { readonly deliveredUs: Us; readonly absorbedUs: Us },
): PathChange[] {
  const begins = Math.min(...boots.map(({ record }) => doseStart(record)));
  const worthUs = (grown: number) => Math.max(WORTH_TELLING_US, WORTH * (grown < 0 ? absorbedUs : deliveredUs));
  const changed = baseline.spans
    .filter(
      ({ kind, name, start, end }) =>
        (kind === 'task' || kind === 'unit') &&
        !/\.device$/.test(name) &&
        start.clock === 'monotonic' &&
        end !== undefined,
    )
    .flatMap((span) => {
      const moved = boots.flatMap(({ record }) => {
        const same = record.spans.find(
          ({ kind, name, end }) => kind === span.kind && name === span.name && end !== undefined,
        );
        return same
          ? [{ startUs: same.start.us - span.start.us, endUs: (same.end?.us ?? 0) - (span.end?.us ?? 0) }]
          : [];
      });
      if (moved.length < boots.length || (span.end?.us ?? 0) < begins) return [];
      const startUs = moved.reduce((sum, each) => sum + each.startUs, 0) / moved.length;
      const grown = moved.reduce((sum, each) => sum + each.endUs, 0) / moved.length - startUs;
      return [{ span, startUs, grown }];
    })
    .filter(
      ({ startUs, grown }) =>
        (grown < 0 ? startUs >= DELAYED * deliveredUs : true) && Math.abs(grown) >= worthUs(grown),
    );
  const inner = changed.filter(
    ({ span }) => !changed.some((other) => other.span.kind === span.kind && other.span.within === span.name),
  );
  return inner
    .map(({ span, grown }): PathChange => {
      const item = `${span.kind}:${span.name}`;
      const held = span.lock?.holder;
      const wait = held === undefined ? { item } : { item: `wait:${span.lock?.name} (${held})`, during: item };
      return { ...wait, us: us(Math.round(grown)) };
    })
    .sort((a, b) => Math.abs(b.us) - Math.abs(a.us) || (a.item < b.item ? -1 : 1));
}

const doseStart = (record: BootRecord): number =>
  Math.min(...record.spans.flatMap(({ kind, start }) => (kind === 'trial' ? [start.us] : [])));
