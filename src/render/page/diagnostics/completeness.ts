/** Whether all data arrived: missing values by their reason, boots that did not take place. */
import { type Html, html, NOTHING } from '../../escape.ts';
import { count } from '../../format.ts';
import type { ReportView } from '../../view.ts';
import { codeName, dataTable, metricAnchor, perVariant } from '../parts.ts';

/** Missing values by metric and reason, over the boots that came up. */
export function completeness(view: ReportView): Html {
  const tally = new Map<string, { metric: string; reason: string; byVariant: Map<string, number>; total: number }>();
  let measured = 0;
  let missing = 0;
  for (const boot of view.samples.boots) {
    if (boot.outcome === 'failed') continue;
    for (const [metric, value] of Object.entries(boot.values)) {
      if ('us' in value) {
        measured += 1;
        continue;
      }
      missing += 1;
      const key = `${metric}\n${value.missing}`;
      const entry = tally.get(key) ?? { metric, reason: value.missing, byVariant: new Map<string, number>(), total: 0 };
      entry.byVariant.set(boot.variant, (entry.byVariant.get(boot.variant) ?? 0) + 1);
      entry.total += 1;
      tally.set(key, entry);
    }
  }
  const rows = [...tally.values()].sort((a, b) => b.total - a.total || (a.metric < b.metric ? -1 : 1));
  const total = measured + missing;
  const planned = plannedBoots(view);
  const missed = planned - view.samples.boots.length;
  const unplayed =
    missed > 0 ? html`<p class="bad">✖ ${count(missed, 'boot')} of ${planned} planned did not run.</p>` : NOTHING;
  const summary = html`${unplayed}<p>${measured.toLocaleString('en-US')} of ${count(total, 'value')} were measured in the boots that did not fail${missing === 0 ? '' : `; ${missing.toLocaleString('en-US')} are missing, each with its reason`}.</p>`;
  if (rows.length === 0) return html`<h3>Completeness</h3>${summary}`;
  const shown = rows.slice(0, 40).map(
    (row) => html`<tr>
<th scope="row"><a href="#${metricAnchor(row.metric)}">${codeName(row.metric, 48)}</a></th>
<td>${row.reason}</td>
${view.variants.map((variant) => html`<td class="n">${row.byVariant.get(variant) ?? 0}</td>`)}
</tr>`,
  );
  const others = rows.length - shown.length;
  return html`<h3>Completeness</h3>${summary}<details><summary>${count(rows.length, 'reason')} for missing values</summary>${dataTable('Missing values', ['metric', 'why it is missing', ...perVariant(view)], shown)}${
    others > 0 ? html`<p class="muted">${count(others, 'more reason')}.</p>` : NOTHING
  }</details>`;
}

/** For a run that may stop early, the boots up to its last started block. */
function plannedBoots({ run, samples }: ReportView): number {
  const last =
    run?.schedule === undefined ? Number.POSITIVE_INFINITY : Math.max(...samples.boots.map(({ block }) => block ?? 0));
  return (run?.blocks ?? []).reduce((sum, { block, boots }) => sum + (block <= last ? boots.length : 0), 0);
}
