/** The question that two images of a change are booted with: the scenario's own, put to these two and of that metric alone. */
import type { HistorySide } from '../../model/history.ts';
import type { TrendChange } from '../../model/trend.ts';
import { pinnedSource } from './images.ts';

export interface Pair {
  readonly before: HistorySide;
  readonly after: HistorySide;
}

/** What differs from the scenario's document, as settings on top of it. */
export function pairSettings(
  { before, after }: Pair,
  { candidate, metric }: Pick<TrendChange, 'candidate' | 'metric'>,
  document: Readonly<Record<string, unknown>>,
): { readonly path: string; readonly value: string }[] {
  const image = (side: HistorySide) => ({ image: pinnedSource(side) });
  // Judged by the scenario's own margins where it has any.
  const gate = (document.gates as Readonly<Record<string, unknown>> | undefined)?.[metric] ?? null;
  const settings = {
    variants: { before: image(before), after: image(after) },
    gates: { [metric]: gate },
    ...(Array.isArray(document.expect) && { expect: ofBoth(document.expect, candidate) }),
  };
  return Object.entries(settings).map(([path, value]) => ({ path, value: JSON.stringify(value) }));
}

/** Both images were the candidate's: what was expected of it is expected of both, and what was of other variants of neither. */
function ofBoth(expectations: readonly { readonly of?: string }[], candidate: string): object[] {
  return expectations
    .filter(({ of }) => of === undefined || of === candidate)
    .map(({ of: _, ...expectation }) => expectation);
}
