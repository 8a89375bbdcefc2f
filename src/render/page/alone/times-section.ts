/** How long the image takes: the gate metrics with their quantiles, the sources of their spread, and their oddities. */
import type { MetricDescription, QuantileEstimate } from '../../../model/description.ts';
import { boundsOf } from '../../alone/claims.ts';
import { spreadWords } from '../../alone/rows.ts';
import { anchor, type Html, html, NOTHING, shorten } from '../../escape.ts';
import { count, percent, probability, share, time } from '../../format.ts';
import { explained } from '../../glossary.ts';
import type { ReportView } from '../../view.ts';
import { codeName, dataTable, metricAnchor, numbers, section, tight } from '../parts.ts';

export function timesSection(view: ReportView): Html {
  const described = view.gateMetrics.flatMap((metric) => view.describedAs(metric) ?? []);
  if (described.length === 0)
    return section('gates', 'Times', 'The scenario has no gate metric; all metrics are below.', NOTHING);
  const columns = [
    'metric',
    numbers('median', 'median'),
    numbers('p90', 'p90'),
    numbers('p95', 'p90'),
    numbers('spread', 'spread'),
    numbers('slow boots', 'slow-boots'),
    numbers('n', 'n'),
  ];
  const lead = `Below each figure: its distribution-free ${share(1 - view.comparison.alpha)} interval, or the number of boots that a bound needs.`;
  const rows = described.map((each) => timesRow(view, each));
  return section('gates', 'Times', explained(lead), html`${dataTable('Times', columns, rows)}${notes(described)}`);
}

function timesRow(view: ReportView, described: MetricDescription): Html {
  const question = view.declared(described.metric)?.question;
  const [median, p90, p95] = described.quantiles;
  const within =
    described.spreadWithin === undefined
      ? NOTHING
      : html`<div class="muted small">${tight(percent(described.spreadWithin, 1))} within a machine</div>`;
  return html`<tr>
<th scope="row"><a href="#${metricAnchor(described.metric)}">${codeName(described.metric, 48)}</a>${question === undefined ? NOTHING : html`<div class="muted small">${shorten(question, 120)}</div>`}</th>
${[median, p90, p95].map((each) => html`<td class="n">${quantile(view, described.metric, each)}</td>`)}
<td class="n">${tight(spreadWords(described.spread))}${within}</td>
<td class="n">${slow(view, described)}${modes(described)}</td>
<td class="n"><a href="#${anchor('values', described.metric)}">${described.n}</a>${described.missing > 0 ? html`<div class="muted small">${described.missing} missing</div>` : NOTHING}</td>
</tr>`;
}

function quantile(view: ReportView, metric: string, estimate: QuantileEstimate | undefined): Html {
  if (estimate === undefined) return html`–`;
  const scale = view.scale(metric);
  const bounds = boundsOf(estimate, scale);
  const { needs } = estimate;
  const wants = needs === undefined ? NOTHING : html`<div class="muted small">needs ${count(needs, 'boot')}</div>`;
  return html`<strong>${tight(time(estimate.estimateUs, scale))}</strong>${bounds === undefined ? NOTHING : html`<div class="muted small">${tight(bounds)}</div>`}${wants}`;
}

function slow(view: ReportView, { metric, n, slow: seen }: MetricDescription): Html {
  if (seen === undefined) return html`–`;
  const { over, thresholdUs } = seen;
  const bounds = `${percent(seen.share.low, 1).replace(' %', '')} to ${percent(seen.share.high, 0)} of boots`;
  return html`${over} of ${n}<div class="muted small">over ${tight(time(thresholdUs, view.scale(metric)))}</div><div class="muted small">${tight(bounds)}</div>`;
}

const modes = ({ oneModeP }: MetricDescription): Html =>
  oneModeP === null || oneModeP === undefined
    ? NOTHING
    : html`<div class="muted small">one mode: p ${probability(oneModeP)}</div>`;

function notes(described: readonly MetricDescription[]): Html {
  const told = described.flatMap(({ metric, warnings }) => warnings.map(({ text }) => ({ metric, text })));
  if (told.length === 0) return NOTHING;
  return html`<ul class="notes">${told.slice(0, 20).map(({ metric, text }) => html`<li><code>${shorten(metric, 48)}</code>: ${text}</li>`)}</ul>`;
}
