/** Machine facts over all boots: those that all share, those that differ between the arms, those that vary within an arm. */
import type { BootRecord } from '../model/boot.ts';

export interface FactSpread {
  readonly key: string;
  /** Per variant, each value with the number of boots that have it, the commonest first. */
  readonly byVariant: ReadonlyMap<string, readonly (readonly [value: string, boots: number])[]>;
  readonly kind: 'shared' | 'varies' | 'differs' | 'per boot';
}

export function factSpreads(records: readonly BootRecord[], variants: readonly string[]): readonly FactSpread[] {
  const keys = [...new Set(records.flatMap((record) => Object.keys(record.machine)))].sort();
  return keys.map((key) => factSpread(records, variants, key));
}

function factSpread(records: readonly BootRecord[], variants: readonly string[], key: string): FactSpread {
  const byVariant = new Map<string, [string, number][]>();
  for (const variant of variants) {
    const tally = new Map<string, number>();
    for (const record of records) {
      if (record.boot.variant !== variant) continue;
      const value = String(record.machine[key] ?? 'unknown');
      tally.set(value, (tally.get(value) ?? 0) + 1);
    }
    byVariant.set(
      variant,
      [...tally].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
    );
  }
  const sets = [...byVariant.values()].map((values) =>
    values
      .map(([value]) => value)
      .sort()
      .join('\n'),
  );
  const isOneEach = [...byVariant.values()].every((values) => values.length <= 1);
  const isSame = new Set(sets).size <= 1;
  const values = [...byVariant.values()].flat();
  const boots = values.reduce((sum, [, number]) => sum + number, 0);
  // Nearly as many values as boots: an id or a reading, which tells nothing about the arms.
  if (boots > 2 && values.length > boots * 0.6) return { key, byVariant, kind: 'per boot' };
  return { key, byVariant, kind: isSame ? (isOneEach ? 'shared' : 'varies') : 'differs' };
}
