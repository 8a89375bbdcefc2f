/** The question for the two images of a change: the scenario's own, for these two and that metric alone. */
import type { HistorySide } from '../../model/history.ts';
import type { TrendChange } from '../../model/trend.ts';
import { pinnedSource } from './images.ts';

export interface Pair {
  readonly before: HistorySide;
  readonly after: HistorySide;
}

/** Settings that differ from the scenario's document. */
export function pairSettings(
  { before, after }: Pair,
  { candidate, metric }: Pick<TrendChange, 'candidate' | 'metric'>,
  document: Readonly<Record<string, unknown>>,
): { readonly path: string; readonly value: string }[] {
  const image = (side: HistorySide) => ({ image: pinnedSource(side) });
  // The scenario's own margins apply if it has any.
  const gate = (document.gates as Readonly<Record<string, unknown>> | undefined)?.[metric] ?? null;
  const settings = {
    variants: { before: image(before), after: image(after) },
    gates: { [metric]: gate },
    ...(Array.isArray(document.expect) && { expect: ofBoth(document.expect, candidate) }),
  };
  return Object.entries(settings).map(([path, value]) => ({ path, value: JSON.stringify(value) }));
}

/** Both images were the candidate's: its expectations apply to both, and those of other variants to neither. */
function ofBoth(expectations: readonly { readonly of?: string }[], candidate: string): object[] {
  return expectations
    .filter(({ of }) => of === undefined || of === candidate)
    .map(({ of: _, ...expectation }) => expectation);
}
