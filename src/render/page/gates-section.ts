/** The gate metrics: effect with interval on one common axis against the equivalence band, then the numbers. */
import type { MetricComparison, SideSummary } from '../../model/comparison.ts';
import { addTo } from '../../model/grouped.ts';
import { anchor, type Html, html, NOTHING, shorten } from '../escape.ts';
import { change, changeInterval, probability, time } from '../format.ts';
import { effectText, intervalHeading } from '../gate-rows.ts';
import { explained, term } from '../glossary.ts';
import type { ReportView } from '../view.ts';
import { axisPicture, intervalPicture, type PictureAxis, pictureAxis } from './interval-picture.ts';
import { codeName, metricAnchor, rowBadge, scroller, section, tight, variantName } from './parts.ts';

export function gatesSection(view: ReportView): Html {
  const rows = view.gates;
  if (rows.length === 0) return section('gates', 'Gate metrics', 'The scenario compares no gate metric.', NOTHING);
  const bands = rows.map((row) => row.margins.equivalenceMargin);
  const axis = pictureAxis(
    rows.map((row) => row.ratio),
    bands,
    view.comparison.candidates.length > 1 ? 170 : 230,
    1,
  );
  const several = view.comparison.candidates.length > 1;
  const lead =
    'Only these metrics can fail a build. The bar is the interval, the dot the estimate and the shaded band the equivalence margin. Left of the line is faster. In each cell the baseline is the upper line.';
  const head = html`<tr role="row">
<th role="columnheader" scope="col">metric</th>
${several ? html`<th role="columnheader" scope="col">candidate</th>` : NOTHING}
<th role="columnheader" scope="col">verdict</th>
<th role="columnheader" scope="col" class="n">change, ${intervalHeading(rows)}</th>
<th role="columnheader" scope="col" class="picture"><span class="hidden">interval drawn</span>${axisPicture(axis)}</th>
<th role="columnheader" scope="col" class="n">in time</th>
<th role="columnheader" scope="col" class="n">${term('median')}</th>
<th role="columnheader" scope="col" class="n">${term('p90', 'p90')}</th>
<th role="columnheader" scope="col" class="n">${term('n')}</th>
<th role="columnheader" scope="col" class="n">${term('p')}</th>
</tr>`;
  const table = html`<table class="gates${several ? ' dense' : ''}" role="table">
<caption class="hidden">Gate metrics: verdict, effect with its interval, medians, p90 and n of both sides</caption>
<thead role="rowgroup">${head}</thead>
<tbody role="rowgroup">${rows.map((row, index) => gateRow(view, row, axis, several && { isFirst: rows[index - 1]?.metric !== row.metric }))}</tbody>
</table>`;
  return section(
    'gates',
    'Gate metrics',
    explained(lead),
    html`${scroller('Gate metrics', table)}${notes(view, rows)}`,
  );
}

function gateRow(
  view: ReportView,
  row: MetricComparison,
  axis: PictureAxis,
  several: false | { isFirst: boolean },
): Html {
  const scale = view.scale(row.metric);
  const effect = effectText(view, row);
  const declared = view.declared(row.metric);
  const question =
    declared?.question === undefined || (several && !several.isFirst)
      ? NOTHING
      : html`<div class="muted small">${shorten(declared.question, 120)}</div>`;
  const values = `#${anchor('values', row.metric)}`;
  return html`<tr role="row">
<th role="rowheader" scope="row"><a href="#${metricAnchor(row.metric)}">${codeName(row.metric, 48)}</a>${question}</th>
${several ? html`<td role="cell" data-label="candidate">${variantName(view, row.candidate)}</td>` : NOTHING}
<td role="cell">${rowBadge(view, row)}</td>
<td role="cell" class="n effect"><strong>${tight(effect.percent)}</strong><div class="muted small">${tight(effect.interval)}</div></td>
<td role="cell" class="picture">${intervalPicture(row.ratio, axis, row.verdict, row.margins.equivalenceMargin, 38)}</td>
${sides('in time', tight(change(row.differenceUs.estimate, scale)), tight(changeInterval(row.differenceUs, scale)), undefined, true)}
${sides('median', tight(time(row.before.medianUs, scale)), tight(time(row.after.medianUs, scale)), values)}
${sides('p90', tight(time(row.before.p90Us, scale)), tight(time(row.after.p90Us, scale)), values)}
${sides('n', nOf(row.before), nOf(row.after), '#boots')}
<td role="cell" class="n" data-label="p, adjusted">${probability(row.pAdjusted ?? row.p)}</td>
</tr>`;
}

/** Two lines of a cell: baseline above candidate, or an estimate above its interval. They link to their source. */
function sides(label: string, first: string, second: string, href: string | undefined, isEstimate = false): Html {
  const lines = html`<span class="${isEstimate ? 'block' : 'block side was'}">${first}</span><span class="${isEstimate ? 'block muted small' : 'block side'}"><span class="hidden">${isEstimate ? 'interval' : 'to'} </span>${second}</span>`;
  const body = href === undefined ? html`<span>${lines}</span>` : html`<a href="${href}">${lines}</a>`;
  return html`<td role="cell" class="n" data-label="${label}">${body}</td>`;
}

const nOf = (side: SideSummary): string => `${side.n}${side.missing > 0 ? ` (${side.missing} missing)` : ''}`;

/** Each note once, with its rows. */
function notes(view: ReportView, rows: readonly MetricComparison[]): Html {
  const rowsOf = new Map<string, MetricComparison[]>();
  for (const row of rows) for (const { text } of row.warnings.slice(0, 10)) addTo(rowsOf, text, row);
  if (rowsOf.size === 0) return NOTHING;
  return html`<ul class="notes">${[...rowsOf].map(([warning, of]) => html`<li>${namesOf(view, of)}: ${warning}</li>`)}</ul>`;
}

/** `node.ready, kubelet.start`; with several candidates `node.ready (a, b), kubelet.start (a)`. */
function namesOf(view: ReportView, rows: readonly MetricComparison[]): Html {
  const metrics = [...new Set(rows.map((row) => row.metric))];
  const several = view.comparison.candidates.length > 1;
  const named = metrics.map((metric, index) => {
    const candidates = rows.filter((row) => row.metric === metric).map((row) => shorten(row.candidate, 40));
    return html`${index === 0 ? '' : ', '}<code>${shorten(metric, 48)}</code>${several ? ` (${candidates.join(', ')})` : ''}`;
  });
  return html`${named}`;
}
