/** What changed in the steps themselves: added, removed, perhaps renamed, moved on or off the critical path. Counted, not tested. */
import type { BootRecord } from '../../model/boot.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { count } from '../format.ts';
import type { ReportInput } from '../input.ts';
import { itemOfSpan, itemTitle } from '../items.ts';
import type { ReportView } from '../view.ts';
import { dataTable, itemLink, numbers, variantName } from './parts.ts';
import { pathOf } from './timeline.ts';

export interface StepChange {
  readonly item: string;
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

type Seen = {
  readonly boots: number;
  readonly spans: ReadonlyMap<string, number>;
  readonly path: ReadonlyMap<string, number>;
};

function seenIn(records: readonly BootRecord[], metric: string): Seen {
  const spans = new Map<string, number>();
  const path = new Map<string, number>();
  const tally = (into: Map<string, number>, names: Iterable<string>) => {
    for (const name of new Set(names)) into.set(name, (into.get(name) ?? 0) + 1);
  };
  for (const record of records) {
    tally(
      spans,
      record.spans.map((span) => itemOfSpan(span)),
    );
    tally(
      path,
      pathOf(record, metric).map((segment) => segment.item),
    );
  }
  return { boots: records.length, spans, path };
}

export function stepChanges(
  { records = [], comparison }: ReportInput,
  candidate: string,
  metric: string,
): StepChange[] {
  const booted = records.filter((record) => record.outcome === 'booted');
  const before = seenIn(
    booted.filter((record) => record.boot.variant === comparison.baseline),
    metric,
  );
  const after = seenIn(
    booted.filter((record) => record.boot.variant === candidate),
    metric,
  );
  if (before.boots === 0 || after.boots === 0) return [];
  const isUsual = (seen: Seen, map: ReadonlyMap<string, number>, name: string) => (map.get(name) ?? 0) > seen.boots / 2;
  const names = [
    ...new Set([...before.spans.keys(), ...after.spans.keys(), ...before.path.keys(), ...after.path.keys()]),
  ].sort();
  const share = (seen: Seen, map: ReadonlyMap<string, number>, name: string) =>
    `${map.get(name) ?? 0} of ${seen.boots}`;
  const changes = names.flatMap((item): StepChange[] => {
    const tell = (what: string, pick: (seen: Seen) => ReadonlyMap<string, number>) => [
      { item, what, before: share(before, pick(before), item), after: share(after, pick(after), item) },
    ];
    const spans = (seen: Seen) => seen.spans;
    const path = (seen: Seen) => seen.path;
    if (isUsual(after, after.spans, item) && !before.spans.has(item)) return tell('added', spans);
    if (isUsual(before, before.spans, item) && !after.spans.has(item)) return tell('removed', spans);
    if (isUsual(before, before.path, item) && !after.path.has(item)) return tell('moved off the path', path);
    if (isUsual(after, after.path, item) && !before.path.has(item)) return tell('moved onto the path', path);
    return [];
  });
  return withRenames(changes);
}

/** An added step that shares most words with a removed one is perhaps the same step under a new name; the page calls it a guess. */
function withRenames(changes: readonly StepChange[]): StepChange[] {
  const removed = changes.filter((change) => change.what === 'removed');
  return changes.map((change) => {
    if (change.what !== 'added') return change;
    const twin = removed.find((other) => likeness(other.item, change.item) >= 0.6);
    return twin === undefined ? change : { ...change, what: `added; perhaps ${itemTitle(twin.item)} renamed` };
  });
}

/** Common words, as a share of all words of both. */
function likeness(a: string, b: string): number {
  const words = (name: string) =>
    new Set(
      name
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter((word) => word !== ''),
    );
  const [left, right] = [words(a), words(b)];
  const common = [...left].filter((word) => right.has(word)).length;
  return common / (left.size + right.size - common || 1);
}

export function stepChangesTable(view: ReportView, candidate: string, metric: string): Html {
  const changes = stepChanges(view, candidate, metric);
  if (changes.length === 0)
    return html`<p class="muted">No step was added, removed or moved on or off the critical path.</p>`;
  const shown = changes.slice(0, 60);
  const rows = shown.map(
    (change) => html`<tr>
<th scope="row">${itemLink(view, change.item)}</th>
<td class="what">${change.what}</td>
<td class="n">${change.before}</td>
<td class="n">${change.after}</td>
</tr>`,
  );
  const columns = [
    'step',
    'what',
    numbers(variantName(view, view.comparison.baseline), 'seen'),
    numbers(variantName(view, candidate), 'seen'),
  ];
  const others = changes.length - shown.length;
  return html`${dataTable(`Steps added, removed or moved, ${shorten(candidate, 40)}`, columns, rows)}${
    others > 0 ? html`<p class="muted">${count(others, 'more change')} of this kind.</p>` : NOTHING
  }`;
}
