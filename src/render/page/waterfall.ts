/** The attribution as a waterfall from the baseline's mean to the candidate's: each row is a step, and the rows add up exactly. */
import type { Attribution } from '../../model/comparison.ts';
import { type Us, us } from '../../model/units.ts';
import { type Html, html, NOTHING, shorten, trusted } from '../escape.ts';
import { change, count, leastShown, probability, type Scale, signed, time } from '../format.ts';
import { term } from '../glossary.ts';
import { type AttributionRow, topRows } from '../movers.ts';
import { attributionScale } from '../scales.ts';
import type { ReportView } from '../view.ts';
import { itemLink, scroller, tight, variantName } from './parts.ts';

const WIDTH = 250;
/** Rows shown; fewer if each of several candidates has a waterfall. */
const SHOWN = 14;
const SHOWN_OF_SEVERAL = 6;

export function waterfall(view: ReportView, attribution: Attribution): Html {
  const scale = attributionScale(attribution, view.scale(attribution.metric));
  const { top, rest } = topRows(attribution, several(view) ? SHOWN_OF_SEVERAL : SHOWN, us(leastShown(scale)));
  const rows = [...top, ...(rest === undefined ? [] : [rest])];
  const ends = runningTotals(rows);
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  const x = (us: Us) => Math.round(((us - low) / (high - low || 1)) * (WIDTH - 8) * 10) / 10 + 4;
  const label = `Where the difference in ${shorten(attribution.metric, 40)} comes from, ${shorten(attribution.candidate, 30)}`;
  const [before, after] = (['beforeUs', 'afterUs'] as const).map((side) =>
    us(attribution.rows.reduce((sum, row) => sum + row[side], 0)),
  );
  const head = html`<tr role="row">
<th role="columnheader" scope="col">on the ${term('path')}</th>
<th role="columnheader" scope="col" class="n">change</th>
<th role="columnheader" scope="col" class="picture"><span class="hidden">change drawn</span></th>
<th role="columnheader" scope="col" class="n">${term('interval')}</th>
<th role="columnheader" scope="col" class="n">${term('p')}</th>
<th role="columnheader" scope="col" class="n">${variantName(view, view.comparison.baseline)}</th>
<th role="columnheader" scope="col" class="n">${variantName(view, attribution.candidate)}</th>
</tr>`;
  const foot = html`<tr role="row">
<th role="rowheader" scope="row">sum</th>
<td role="cell" class="n"><strong>${tight(change(attribution.differenceUs, scale))}</strong></td>
<td role="cell" class="picture">${bar(0, attribution.differenceUs, x, 'sum')}</td>
<td role="cell"></td>
<td role="cell"></td>
<td role="cell" class="n">${tight(time(before, scale))}</td>
<td role="cell" class="n">${tight(time(after, scale))}</td>
</tr>`;
  const body = rows.map((row, index) =>
    waterfallRow(view, row, { scale, x, from: ends[index - 1] ?? 0, to: ends[index] ?? 0, isRest: row === rest }),
  );
  return html`<p class="over">${several(view) ? html`${variantName(view, attribution.candidate)}: ` : NOTHING}<code>${shorten(attribution.metric, 48)}</code>, means over ${count(attribution.blocks, 'block')}. The changes add up to the difference of the means.</p>
${scroller(
  label,
  html`<table class="waterfall" role="table">
<caption class="hidden">${label}</caption>
<thead role="rowgroup">${head}</thead>
<tbody role="rowgroup">${body}</tbody>
<tfoot role="rowgroup">${foot}</tfoot>
</table>`,
)}`;
}

const several = (view: ReportView): boolean => view.comparison.candidates.length > 1;

function runningTotals(rows: readonly AttributionRow[]): number[] {
  let total = 0;
  return rows.map((row) => {
    total += row.differenceUs;
    return total;
  });
}

type Drawing = {
  readonly scale: Scale;
  readonly x: (us: Us) => number;
  readonly from: number;
  readonly to: number;
  readonly isRest: boolean;
};

function waterfallRow(view: ReportView, row: AttributionRow, drawing: Drawing): Html {
  const { scale } = drawing;
  const size = (us: Us) => signed(us / scale.usPerUnit, scale.decimals);
  const interval =
    row.lowUs === null || row.highUs === null ? '' : `${size(row.lowUs)} to ${size(row.highUs)} ${scale.unit}`;
  const isNew = row.beforeUs === 0 && row.afterUs !== 0;
  const isGone = row.afterUs === 0 && row.beforeUs !== 0;
  const note = isNew
    ? html` <span class="tag">joined the path</span>`
    : isGone
      ? html` <span class="tag">left the path</span>`
      : NOTHING;
  return html`<tr role="row">
<th role="rowheader" scope="row">${drawing.isRest ? html`<span class="muted">${row.item}</span>` : itemLink(view, row.item)}${note}</th>
<td role="cell" class="n">${tight(change(row.differenceUs, scale))}</td>
<td role="cell" class="picture">${bar(drawing.from, drawing.to, drawing.x, row.differenceUs < 0 ? 'faster' : 'slower')}</td>
<td role="cell" class="n muted">${tight(interval)}</td>
<td role="cell" class="n">${drawing.isRest ? '' : probability(row.pAdjusted)}</td>
<td role="cell" class="n">${tight(time(row.beforeUs, scale))}</td>
<td role="cell" class="n">${tight(time(row.afterUs, scale))}</td>
</tr>`;
}

function bar(from: number, to: number, x: (us: Us) => number, kind: string): Html {
  const left = Math.min(x(us(from)), x(us(to)));
  const width = Math.max(1.5, Math.abs(x(us(to)) - x(us(from))));
  return trusted(
    `<svg width="${WIDTH}" height="22" viewBox="0 0 ${WIDTH} 22" preserveAspectRatio="none" aria-hidden="true"><path class="zero" d="M${x(us(0))} 0V22"/><rect class="bar ${kind}" x="${Math.round(left * 10) / 10}" y="5" width="${Math.round(width * 10) / 10}" height="12" rx="1.5"/><path class="next" d="M${x(us(to))} 17V22"/></svg>`,
  );
}
