/** Charts of the gates and of all changed metrics; a row with a small picture for every series. */
import type { Trend, TrendChange, TrendSeries } from '../../model/trend.ts';
import { type Html, html, NOTHING } from '../escape.ts';
import { count, loose, percent, percentChange } from '../format.ts';
import { dataTable, numbers, scroller, section, tight } from '../page/parts.ts';
import { stateOf } from './changes-section.ts';
import { isCut, seriesChart } from './chart.ts';
import { nightText, seriesAnchor, seriesName } from './names.ts';
import { spark } from './spark.ts';

/** Charts per page; the table below has every series. */
const MOST_CHARTS = 12;

export async function chartsSection(trend: Trend, links: ReadonlyMap<string, string>): Promise<Html> {
  const wanted = trend.series.filter((series) => series.gate || changesOf(trend, series).length > 0);
  const ranked = [...wanted].sort((a, b) => Number(b.gate) - Number(a.gate));
  const shown = ranked.slice(0, MOST_CHARTS);
  if (shown.length === 0) return NOTHING;
  const figures: Html[] = [];
  for (const series of shown) {
    const changes = changesOf(trend, series);
    const chart = await seriesChart({ trend, series, changes, links });
    figures.push(html`<figure class="nights" id="${seriesAnchor(series)}"><h3>${seriesName(trend, series)}${series.gate ? html` <span class="tag">gate</span>` : NOTHING}</h3>
${scroller(`${series.metric} by night`, chart, 'drawing')}<figcaption>${captionOf(series, changes)}</figcaption></figure>`);
  }
  const left = ranked.length - shown.length;
  return section(
    'nights',
    'Night by night',
    'Each point is a run, candidate against reference; the thin line through it is the interval of that run. The dark line is the level between changes, a dashed line marks a change, and a cross a night without a value.',
    html`${figures}${left > 0 ? html`<p class="muted">${count(left, 'more series')} with changes: see the table below.</p>` : NOTHING}`,
  );
}

const changesOf = (trend: Trend, series: TrendSeries): TrendChange[] =>
  trend.changes.filter(
    ({ scenario, candidate, metric }) =>
      scenario === series.scenario && candidate === series.candidate && metric === series.metric,
  );

function captionOf(series: TrendSeries, changes: readonly TrendChange[]): string {
  const standing = changes.filter(({ status }) => status === 'standing').length;
  const noise = series.noise === null ? '' : ` Nights vary by ${percent(series.noise, 1)} around their level.`;
  const cut = isCut(series) ? ' The chart shows the newest 400 runs.' : '';
  const missing = series.missing.length === 0 ? '' : ` ${count(series.missing.length, 'night')} without a value.`;
  return `${count(series.points.length, 'run')}, ${standing === 0 ? 'no change stands' : `${count(standing, 'change')} ${standing === 1 ? 'stands' : 'stand'}`}.${noise}${missing}${cut}`;
}

export function seriesSection(trend: Trend): Html {
  if (trend.series.length === 0) return NOTHING;
  const charted = new Set(
    [...trend.series.filter((series) => series.gate || changesOf(trend, series).length > 0)]
      .sort((a, b) => Number(b.gate) - Number(a.gate))
      .slice(0, MOST_CHARTS)
      .map(seriesAnchor),
  );
  const rows = trend.series.map((series) => {
    const [latest] = changesOf(trend, series);
    const last = series.points.at(-1);
    const name = seriesName(trend, series);
    const level = series.levels.at(-1)?.ratio ?? null;
    const title = charted.has(seriesAnchor(series)) ? html`<a href="#${seriesAnchor(series)}">${name}</a>` : name;
    return html`<tr${charted.has(seriesAnchor(series)) ? NOTHING : html` id="${seriesAnchor(series)}"`}>
<th scope="row">${title}${series.gate ? html` <span class="tag">gate</span>` : NOTHING}</th>
<td class="picture">${spark(series.points.map(({ ratio }) => ratio))}</td>
<td class="n" data-v="${level ?? ''}">${tight(percentChange(level, 1))}</td>
<td class="n" data-v="${series.latestUs ?? ''}">${series.latestUs === null ? '–' : tight(loose(series.latestUs))}</td>
<td class="n" data-v="${series.noise ?? ''}">${series.noise === null ? '–' : tight(percent(series.noise, 1))}</td>
<td class="n">${series.points.length}</td>
<td class="n">${series.missing.length}</td>
<td>${latest ? html`${stateOf(latest)} <span class="muted small">${nightText(latest.night)}</span>` : NOTHING}</td>
<td class="n">${last ? nightText(last.night) : NOTHING}</td>
</tr>`;
  });
  return section('series', 'All series', '', dataTable('All series', SERIES_COLUMNS, rows, true));
}

const SERIES_COLUMNS = [
  'metric',
  { title: html`<span class="hidden">over the nights</span>` },
  numbers('level', 'level'),
  numbers('latest median', 'median'),
  numbers('noise', 'night-noise'),
  numbers('runs'),
  numbers('nights without a value'),
  'newest change',
  numbers('last night'),
];
