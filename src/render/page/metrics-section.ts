/** All metrics in one table: the page's script sorts and searches it, but the table is complete without the script. */
import type { MetricComparison } from '../../model/comparison.ts';
import { VERDICTS } from '../../model/verdict.ts';
import { testsLine } from '../caveats.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { change, probability, type Scale, time } from '../format.ts';
import { effectText, intervalHeading } from '../gate-rows.ts';
import { explained, isTerm, term } from '../glossary.ts';
import type { ReportView } from '../view.ts';
import { axisPicture, intervalPicture, type PictureAxis, pictureAxis } from './interval-picture.ts';
import { codeName, metricAnchor, rowBadge, scroller, section, tight, variantName, verdictWord } from './parts.ts';

/** An interval beyond this share ends in an arrow: one unit that grew from nothing must not flatten the others. */
const AXIS_LIMIT = 0.4;

export function metricsSection(view: ReportView): Html {
  const rows = ordered(view.comparison.metrics);
  const several = view.comparison.candidates.length > 1;
  const axis = pictureAxis(
    rows.map((row) => row.ratio),
    [],
    150,
    AXIS_LIMIT,
  );
  const seen = new Set<string>();
  const body = rows.map((row) => {
    const isFirst = !seen.has(row.metric);
    seen.add(row.metric);
    return metricRow(view, row, {
      axis,
      several,
      isFirst,
      scale: view.scale(row.metric),
    });
  });
  const label = 'All metrics';
  const table = html`<table id="metrics-table"${several ? html` class="dense"` : NOTHING} data-sortable>
<caption class="hidden">${label}: medians, change, interval and verdict</caption>
<thead>${tableHead(view, axis, several)}</thead>
<tbody>${body}</tbody>
</table>`;
  const used = VERDICTS.filter((verdict) => rows.some((row) => row.verdict === verdict));
  const controls = html`<form class="controls" hidden data-for="metrics-table">
<label>Search <input type="search" name="search" placeholder="name" autocomplete="off"></label>
<label>Verdict <select name="verdict"><option value="">all</option>${used.map((verdict) => html`<option>${verdict}</option>`)}</select></label>
<label class="check"><input type="checkbox" name="gate"> gates only</label>
<output class="muted"></output>
</form>`;
  return section(
    'metrics',
    'All metrics',
    explained(
      `${testsLine(view)} Metrics not marked “gate” are exploratory: they show where to look and are not verdicts.`,
    ),
    html`${controls}${scroller(label, table)}`,
  );
}

/** Gates, then metrics that moved (the largest change first), then the rest in input order. Rows of one metric stay together. */
function ordered(rows: readonly MetricComparison[]): MetricComparison[] {
  const byMetric = new Map<string, { rows: MetricComparison[]; rank: number }>();
  for (const row of rows) {
    const moved = row.verdict === 'slower' || row.verdict === 'faster' ? Math.abs(row.differenceUs.estimate ?? 0) : -1;
    const rank = row.gate ? Number.POSITIVE_INFINITY : moved;
    const entry = byMetric.get(row.metric) ?? { rows: [], rank };
    entry.rows.push(row);
    entry.rank = Math.max(entry.rank, rank);
    byMetric.set(row.metric, entry);
  }
  // Infinity minus itself is NaN, so equal ranks come first.
  return [...byMetric.values()]
    .sort((a, b) => (a.rank === b.rank ? 0 : b.rank - a.rank))
    .flatMap((entry) => entry.rows);
}

function tableHead(view: ReportView, axis: PictureAxis, several: boolean): Html {
  const { baseline, candidates } = view.comparison;
  return html`<tr>
<th scope="col">metric</th>
${several ? html`<th scope="col">candidate</th>` : NOTHING}
<th scope="col">verdict</th>
<th scope="col" class="n">change</th>
<td class="picture" data-unsorted>${axisPicture(axis)}</td>
<th scope="col" class="n">in time</th>
<th scope="col" class="n">${several ? 'baseline' : shorten(baseline, 20)}</th>
<th scope="col" class="n">${several ? 'candidate' : shorten(candidates[0] ?? '', 20)}</th>
<th scope="col" class="n">${term('p')}</th>
<th scope="col" class="n">${term('n')}</th>
</tr>`;
}

type Look = { readonly axis: PictureAxis; readonly several: boolean; readonly isFirst: boolean; readonly scale: Scale };

function metricRow(view: ReportView, row: MetricComparison, look: Look): Html {
  const { scale } = look;
  const declared = view.declared(row.metric);
  const effect = effectText(view, row);
  const id = metricAnchor(row.metric);
  const tags = [row.gate && 'gate', declared?.control && 'control', declared?.moved && 'definition differs'].filter(
    Boolean,
  );
  const missing = row.before.missing + row.after.missing;
  const name = html`<a href="#${id}">${codeName(row.metric)}</a>${tags.map((tag) => html` <span class="tag">${typeof tag === 'string' && isTerm(tag) ? term(tag) : tag}</span>`)}`;
  const counts = html`${row.before.n} / ${row.after.n}${missing > 0 ? html`<div class="muted small">${missing} missing</div>` : NOTHING}`;
  return html`<tr${look.isFirst ? html` id="${id}"` : NOTHING} data-verdict="${row.verdict}"${row.gate ? html` data-gate` : NOTHING}>
<th scope="row">${name}</th>
${look.several ? html`<td>${variantName(view, row.candidate)}</td>` : NOTHING}
<td>${row.gate ? rowBadge(view, row) : verdictWord(row.verdict)}</td>
<td class="n" data-v="${row.ratio?.estimate?.toFixed(6)}" data-tip="${tight(`${intervalHeading([row])} ${effect.interval}`)}">${tight(effect.percent)}</td>
<td class="picture">${intervalPicture(row.ratio, look.axis, row.verdict, undefined)}</td>
<td class="n" data-v="${row.differenceUs.estimate?.toFixed(0)}">${tight(change(row.differenceUs.estimate, scale))}</td>
<td class="n" data-v="${row.before.medianUs}">${tight(time(row.before.medianUs, scale))}</td>
<td class="n" data-v="${row.after.medianUs}">${tight(time(row.after.medianUs, scale))}</td>
<td class="n" data-v="${row.pAdjusted ?? row.p}">${probability(row.pAdjusted ?? row.p)}</td>
<td class="n" data-v="${row.after.n}">${counts}</td>
</tr>`;
}
