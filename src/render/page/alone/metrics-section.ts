/** All metrics of a variant measured alone, in one table: the page's script sorts and searches it; complete without the script. */
import type { MetricDescription } from '../../../model/description.ts';
import type { Us } from '../../../model/units.ts';
import { intervalWords } from '../../alone/claims.ts';
import { describedInOrder, spreadWords } from '../../alone/rows.ts';
import { testsLine } from '../../caveats.ts';
import { type Html, html, NOTHING } from '../../escape.ts';
import { time } from '../../format.ts';
import { term } from '../../glossary.ts';
import type { ReportView } from '../../view.ts';
import { codeName, metricAnchor, scroller, section, tight } from '../parts.ts';

export function metricsAlone(view: ReportView): Html {
  const label = 'All metrics';
  const heads = (['median', 'interval', 'p90', 'p95', 'spread', 'n'] as const).map((head) =>
    term(head === 'p95' ? 'p90' : head, head),
  );
  const table = html`<table id="metrics-table" data-sortable>
<caption class="hidden">${label}: median with its interval, p90, p95, spread and n</caption>
<thead><tr><th scope="col">metric</th>${heads.map((head) => html`<th scope="col" class="n">${head}</th>`)}</tr></thead>
<tbody>${describedInOrder(view).map((each) => row(view, each))}</tbody>
</table>`;
  const controls = html`<form class="controls" hidden data-for="metrics-table">
<label>Search <input type="search" name="search" placeholder="name" autocomplete="off"></label>
<label class="check"><input type="checkbox" name="gate"> gates only</label>
<output class="muted"></output>
</form>`;
  return section('metrics', label, testsLine(view), html`${controls}${scroller(label, table)}`);
}

function row(view: ReportView, described: MetricDescription): Html {
  const { metric, gate, n, missing, spread, quantiles } = described;
  const scale = view.scale(metric);
  const [median, p90, p95] = quantiles;
  const id = metricAnchor(metric);
  const cell = (us: Us | null | undefined) => html`<td class="n" data-v="${us}">${tight(time(us, scale))}</td>`;
  return html`<tr id="${id}"${gate ? html` data-gate` : NOTHING}>
<th scope="row"><a href="#${id}">${codeName(metric)}</a>${gate ? html` <span class="tag">gate</span>` : NOTHING}</th>
${cell(median?.estimateUs)}
<td class="n muted" data-v="${median?.lowUs}">${median === undefined ? '–' : tight(intervalWords(median, scale))}</td>
${cell(p90?.estimateUs)}
${cell(p95?.estimateUs)}
<td class="n" data-v="${spread}">${tight(spreadWords(spread))}</td>
<td class="n" data-v="${n}">${n}${missing > 0 ? html`<div class="muted small">${missing} missing</div>` : NOTHING}</td>
</tr>`;
}
