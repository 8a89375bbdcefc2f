/** The gate metrics: effect with interval on one common axis against the equivalence band, then the numbers. */
import type { MetricComparison } from '../../model/comparison.ts';
import { anchor, type Html, html, NOTHING, shorten } from '../escape.ts';
import { change, changeInterval, probability, time } from '../format.ts';
import { effectText, intervalHeading } from '../gate-rows.ts';
import { declarationOf, gatesOf, type ReportInput } from '../input.ts';
import { metricScale } from '../verdict.ts';
import { axisPicture, intervalPicture, type PictureAxis, pictureAxis } from './interval-picture.ts';
import { metricAnchor, rowBadge, scroller, section, tight, variantName } from './parts.ts';

export function gatesSection(input: ReportInput): Html {
  const rows = gatesOf(input);
  if (rows.length === 0) return section('gates', 'Gate metrics', 'The scenario compares no gate metric.', NOTHING);
  const bands = rows.map((row) => declarationOf(input, row.metric)?.equivalenceMargin ?? 0.05);
  const axis = pictureAxis(
    rows.map((row) => row.ratio),
    bands,
    260,
    1,
  );
  const several = input.comparison.candidates.length > 1;
  const lead =
    'Only these may fail a build. The bar is the interval, the dot the estimate, the shaded band what counts as equivalent; left of the line is faster.';
  const table = html`<table class="gates" role="table"><caption class="hidden">Gate metrics: effect, interval, medians and verdict</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">metric</th>${several ? html`<th role="columnheader" scope="col">candidate</th>` : NOTHING}<th role="columnheader" scope="col">verdict</th><th role="columnheader" scope="col" class="n">change</th><th role="columnheader" scope="col" class="picture"><span class="hidden">${intervalHeading(rows)} drawn</span>${axisPicture(axis)}</th><th role="columnheader" scope="col" class="n">${intervalHeading(rows)}</th><th role="columnheader" scope="col" class="n">median</th><th role="columnheader" scope="col" class="n">p90</th><th role="columnheader" scope="col" class="n">n</th><th role="columnheader" scope="col" class="n"><span class="hint" data-tip="Adjusted over all gate tests">p</span></th></tr></thead>
<tbody role="rowgroup">${rows.map((row) => gateRow(input, row, axis, several))}</tbody></table>`;
  return section('gates', 'Gate metrics', lead, html`${scroller('Gate metrics', table)}${notes(rows)}`);
}

function gateRow(input: ReportInput, row: MetricComparison, axis: PictureAxis, several: boolean): Html {
  const scale = metricScale(input, row.metric);
  const effect = effectText(input, row);
  const declared = declarationOf(input, row.metric);
  const values = anchor('values', row.metric);
  const pair = (before: string, after: string) =>
    html`<a href="#${values}"><span class="was">${tight(before)}</span> <span aria-hidden="true">→</span><span class="hidden"> to </span> ${tight(after)}</a>`;
  const n = (side: MetricComparison['before']) => side.n + (side.missing > 0 ? ` (${side.missing} missing)` : '');
  return html`<tr role="row"><th role="rowheader" scope="row"><a href="#${metricAnchor(row.metric)}"><code>${shorten(row.metric, 48)}</code></a>${
    declared?.question === undefined ? NOTHING : html`<div class="muted small">${shorten(declared.question, 120)}</div>`
  }</th>${several ? html`<td role="cell" data-label="candidate">${variantName(input, row.candidate)}</td>` : NOTHING}<td role="cell">${rowBadge(row)}</td><td role="cell" class="n effect"><strong>${tight(effect.percent)}</strong><div class="muted small">${tight(change(row.differenceUs.estimate, scale))}</div></td><td role="cell" class="picture">${intervalPicture(row.ratio, axis, row.verdict, declared?.equivalenceMargin, 34)}</td><td role="cell" class="n" data-label="${intervalHeading([row])}"><span>${tight(effect.interval)}<span class="muted small block">${tight(changeInterval(row.differenceUs, scale))}</span></span></td><td role="cell" class="n" data-label="median">${pair(time(row.before.medianUs, scale), time(row.after.medianUs, scale))}</td><td role="cell" class="n" data-label="p90">${pair(time(row.before.p90Us, scale), time(row.after.p90Us, scale))}</td><td role="cell" class="n" data-label="boots"><a href="#boots">${n(row.before)} / ${n(row.after)}</a></td><td role="cell" class="n" data-label="p, adjusted">${probability(row.pAdjusted ?? row.p)}</td></tr>`;
}

function notes(rows: readonly MetricComparison[]): Html {
  const told = rows.flatMap((row) => row.warnings.slice(0, 10).map((warning) => ({ metric: row.metric, warning })));
  if (told.length === 0) return NOTHING;
  return html`<ul class="notes">${told.map(({ metric, warning }) => html`<li><code>${shorten(metric, 48)}</code>: ${warning}</li>`)}</ul>`;
}
