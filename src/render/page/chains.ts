/** The critical chains of two boots side by side, aligned by their common items, with the difference of each item. */
import type { BootRecord, PathSegment } from '../../model/boot.ts';
import { us } from '../../model/units.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { change, type Scale, time } from '../format.ts';
import type { ReportView } from '../view.ts';
import { dataTable, itemLink, numbers, tight, variantName } from './parts.ts';
import { pathOf } from './timeline.ts';

export interface ChainRow {
  readonly before: PathSegment | undefined;
  readonly after: PathSegment | undefined;
}

/** Cuts longer chains: the alignment below is quadratic. */
const LONGEST = 300;

/** Longest common subsequence by item name; an item of one side only gets its own row. */
export function alignChains(before: readonly PathSegment[], after: readonly PathSegment[]): ChainRow[] {
  const [a, b] = [before.slice(0, LONGEST), after.slice(0, LONGEST)];
  const isSame = (i: number, j: number) => a[i]?.item === b[j]?.item;
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = isSame(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const rows: ChainRow[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const isPair = i < a.length && j < b.length && isSame(i, j);
    const takesLeft = isPair || (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1)));
    const takesRight = isPair || !takesLeft;
    rows.push({ before: takesLeft ? a[i] : undefined, after: takesRight ? b[j] : undefined });
    if (takesLeft) i += 1;
    if (takesRight) j += 1;
  }
  return rows;
}

export function chainsTable(
  view: ReportView,
  metric: string,
  before: BootRecord,
  after: BootRecord,
  scale: Scale,
): Html {
  const rows = alignChains(pathOf(before, metric), pathOf(after, metric));
  const length = (segment: PathSegment | undefined) => segment && us(segment.toUs - segment.fromUs);
  const columns = [
    'item',
    'kind',
    numbers(variantName(view, before.boot.variant)),
    numbers(variantName(view, after.boot.variant)),
    numbers('difference'),
  ];
  const body = rows.map((row) => {
    const segment = row.before ?? row.after;
    if (segment === undefined) return NOTHING;
    const difference = (length(row.after) ?? 0) - (length(row.before) ?? 0);
    return html`<tr>
<th scope="row">${itemLink(view, segment.item)}</th>
<td class="muted">${segment.kind}</td>
<td class="n">${tight(time(length(row.before), scale))}</td>
<td class="n">${tight(time(length(row.after), scale))}</td>
<td class="n">${tight(change(us(difference), scale))}</td>
</tr>`;
  });
  const label = `Critical chains of ${shorten(before.boot.id, 40)} and ${shorten(after.boot.id, 40)}`;
  return dataTable(label, columns, body);
}
