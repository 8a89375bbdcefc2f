/** Whether negative controls changed, and how often A/A runs gave a false alarm. */
import { calibrationLine } from '../../caveats.ts';
import { type Html, html, shorten } from '../../escape.ts';
import { percent } from '../../format.ts';
import { effectText } from '../../gate-rows.ts';
import { explained, term } from '../../glossary.ts';
import type { ReportView } from '../../view.ts';
import { codeName, dataTable, metricAnchor, numbers, rowBadge, tight } from '../parts.ts';

export function controls(view: ReportView): Html {
  const rows = view.comparison.metrics.filter((row) => view.declared(row.metric)?.control === true);
  if (rows.length === 0)
    return html`<h3>Controls</h3><p class="muted">${explained('The scenario declares no controls (metrics that the change cannot affect), so differing conditions would go unnoticed.')}</p>`;
  const state = view.comparison.unproven
    ? 'A control changed: conditions differed between the variants, so the verdict is unproven.'
    : 'Metrics that the change cannot affect; none changed.';
  return html`<h3>Controls</h3><p>${explained(state)}</p><ul class="plain">${rows.map(
    (row) =>
      html`<li>${rowBadge(view, row)} <a href="#${metricAnchor(row.metric)}"><code>${shorten(row.metric, 48)}</code></a> ${tight(effectText(view, row).percent)} (${tight(effectText(view, row).interval)})</li>`,
  )}</ul>`;
}

/** How often this setup saw a difference between identical images, by the history at the time of the run. */
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
    return html`<h3>A/A calibration</h3><p class="muted">Unknown: the files of this run mention no ${term('aa')} (baseline against itself). <code>bench run --aa --history &lt;where&gt;</code> runs one and records its result, <code>bench report &lt;run&gt; --history &lt;where&gt;</code> shows the rate here; <code>bench calibrate &lt;folder&gt;</code> counts the A/A runs in a folder.</p>`;
  const columns = ['gate', numbers('spread between blocks'), numbers('blocks')];
  return html`<h3>A/A calibration</h3><p>${explained(tight(line))}</p>${dataTable('How much the ratios of blocks spread in A/A runs', columns, rows)}`;
}

/** A name, with a link to its row if the metric has one. */
function comparedMetric(view: ReportView, metric: string): Html {
  const name = codeName(metric, 48);
  const isCompared = view.comparison.metrics.some((row) => row.metric === metric);
  return isCompared ? html`<a href="#${metricAnchor(metric)}">${name}</a>` : name;
}
