/** Did what cannot move move: the negative controls, and how often A/A runs gave a false alarm. */
import { calibrationLine } from '../../caveats.ts';
import { type Html, html, shorten } from '../../escape.ts';
import { percent } from '../../format.ts';
import { effectText } from '../../gate-rows.ts';
import type { ReportView } from '../../view.ts';
import { codeName, dataTable, metricAnchor, numbers, rowBadge, tight } from '../parts.ts';

export function controls(view: ReportView): Html {
  const rows = view.comparison.metrics.filter((row) => view.declared(row.metric)?.control === true);
  if (rows.length === 0)
    return html`<h3>Controls</h3><p class="muted">The scenario declares no metric that the change cannot touch, so nothing here would show that conditions differed.</p>`;
  const state = view.comparison.unproven
    ? 'One of them moved: this run shows a difference in conditions, and its verdict is unproven.'
    : 'Metrics that the change cannot touch; none moved.';
  return html`<h3>Controls</h3><p>${state}</p><ul class="plain">${rows.map(
    (row) =>
      html`<li>${rowBadge(view, row)} <a href="#${metricAnchor(row.metric)}"><code>${shorten(row.metric, 48)}</code></a> ${tight(effectText(view, row).percent)} (${tight(effectText(view, row).interval)})</li>`,
  )}</ul>`;
}

/** How often this setup saw a difference where there is none, as its history had it. */
export function calibration(view: ReportView): Html {
  const line = calibrationLine(view);
  const rows = (view.run?.calibration?.metrics ?? []).map(
    ({ metric, spread, blocks }) => html`<tr>
<th scope="row">${comparedMetric(view, metric)}</th>
<td class="n">${spread === null ? 'not known' : tight(percent(spread, spread < 0.1 ? 1 : 0))}</td>
<td class="n">${blocks}</td>
</tr>`,
  );
  if (line === undefined)
    return html`<h3>A/A calibration</h3><p class="muted">Not known: no run of the baseline against itself is told of in this run’s files. <code>bench run --aa --history &lt;where&gt;</code> makes one and keeps what came of it, <code>bench report &lt;run&gt; --history &lt;where&gt;</code> shows it here; <code>bench calibrate &lt;folder&gt;</code> counts those in a folder.</p>`;
  const columns = ['gate', numbers('spread between blocks'), numbers('blocks')];
  return html`<h3>A/A calibration</h3><p>${tight(line)}</p>${dataTable('How much the ratios of blocks spread in A/A runs', columns, rows)}`;
}

/** A name, linked to its row where the metric has one. */
function comparedMetric(view: ReportView, metric: string): Html {
  const name = codeName(metric, 48);
  const isCompared = view.comparison.metrics.some((row) => row.metric === metric);
  return isCompared ? html`<a href="#${metricAnchor(metric)}">${name}</a>` : name;
}
