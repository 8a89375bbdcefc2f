/** Images measured alone: a list of their raw times by night. Bench looks for no change in them. */
import type { BudgetVerdict } from '../../model/budget-result.ts';
import type { Trend, TrendAlone } from '../../model/trend.ts';
import type { Us } from '../../model/units.ts';
import { BUDGET_LOOKS, BUDGET_SYMBOLS } from '../budget-words.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { loose } from '../format.ts';
import { codeName, dataTable, numbers, section, tight } from '../page/parts.ts';
import { nightText } from './names.ts';
import { spark } from './spark.ts';

const COLUMNS = [
  'metric',
  { title: html`<span class="hidden">over the nights</span>` },
  numbers('median', 'median'),
  numbers('interval', 'interval'),
  numbers('p90', 'p90'),
  numbers('boots'),
  numbers('runs'),
  'budgets',
  numbers('last night'),
];

const LEAD =
  'Runs of one image only. Effects of host, region and hour are part of these times, so bench lists them and does not search for changes. To find changes, run the image next to a pinned reference.';

export function aloneSection({ alone = [] }: Trend): Html {
  if (alone.length === 0) return NOTHING;
  return section(
    'alone',
    'Images measured alone',
    LEAD,
    dataTable('Images measured alone', COLUMNS, alone.map(row), true),
  );
}

function row(series: TrendAlone): Html {
  const { scenario, variant, metric, gate, points } = series;
  const last = points.at(-1);
  const time = (us: Us | null | undefined) => (us === null || us === undefined ? '–' : tight(loose(us)));
  const interval =
    last === undefined || last.lowUs === null || last.highUs === null
      ? '–'
      : `${time(last.lowUs)} to ${time(last.highUs)}`;
  return html`<tr>
<th scope="row">${codeName(metric, 48)}${gate ? html` <span class="tag">gate</span>` : NOTHING}<div class="muted small">${shorten(scenario, 40)}, ${shorten(variant, 30)}</div></th>
<td class="picture">${spark(points.flatMap(({ medianUs }) => medianUs ?? []))}</td>
<td class="n" data-v="${last?.medianUs ?? ''}">${time(last?.medianUs)}</td>
<td class="n">${interval}</td>
<td class="n" data-v="${last?.p90Us ?? ''}">${time(last?.p90Us)}</td>
<td class="n">${last?.n ?? 0}</td>
<td class="n">${points.length}</td>
<td>${(last?.budgets ?? []).map(badge)}</td>
<td class="n">${last === undefined ? NOTHING : nightText(last.night)}</td>
</tr>`;
}

const badge = (verdict: BudgetVerdict): Html =>
  html`<span class="badge ${BUDGET_LOOKS[verdict]}"><span aria-hidden="true">${BUDGET_SYMBOLS[verdict]}</span> ${verdict}</span> `;
