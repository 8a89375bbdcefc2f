/** Warnings of the boots and of the comparison, each kind once. */

import type { Evidence } from '../../../model/timeline.ts';
import { type Html, html, NOTHING, shorten } from '../../escape.ts';
import { count } from '../../format.ts';
import type { ReportView } from '../../view.ts';
import { bootLink, dataTable, evidenceLink, metricAnchor, perVariant } from '../parts.ts';

/** Warnings of the boots by code, with one place of each. */
export function warnings(view: ReportView): Html {
  const tally = new Map<
    string,
    { code: string; byVariant: Map<string, number>; boot: string; message: string; evidence: Evidence | undefined }
  >();
  for (const record of view.records ?? []) {
    for (const warning of record.warnings) {
      const entry = tally.get(warning.code) ?? {
        code: warning.code,
        byVariant: new Map<string, number>(),
        boot: record.boot.id,
        message: warning.message,
        evidence: warning.evidence,
      };
      entry.byVariant.set(record.boot.variant, (entry.byVariant.get(record.boot.variant) ?? 0) + 1);
      tally.set(warning.code, entry);
    }
  }
  const samples = view.samples.warnings;
  if (tally.size === 0 && samples.length === 0) return html`<h3>Warnings</h3><p>None.</p>`;
  const list =
    samples.length === 0
      ? NOTHING
      : html`<ul class="plain">${samples.slice(0, 40).map((warning) => html`<li>${warning}</li>`)}</ul>`;
  if (tally.size === 0) return html`<h3>Warnings</h3>${list}`;
  const rows = [...tally.values()].sort((a, b) => (a.code < b.code ? -1 : 1)).slice(0, 60);
  const table = rows.map((row) => {
    const line = row.evidence === undefined ? NOTHING : html` ${evidenceLink(row.boot, row.evidence)}`;
    return html`<tr>
<th scope="row"><span class="tag">${row.code}</span></th>
${view.variants.map((variant) => html`<td class="n">${row.byVariant.get(variant) ?? 0}</td>`)}
<td class="why">${row.message} (${bootLink(row.boot)}${line})</td>
</tr>`;
  });
  return html`<h3>Warnings</h3>${list}${dataTable('Warnings by kind', ['kind', ...perVariant(view), 'for example'], table)}`;
}

/** Metrics whose own meaning may differ between the variants. */
export function definitions(view: ReportView): Html {
  const rows = [...view.comparison.metrics, ...(view.comparison.descriptions ?? [])];
  const told = rows.flatMap((row) => (row.gate ? [] : row.warnings.slice(0, 3).map((warning) => ({ row, warning }))));
  if (told.length === 0) return NOTHING;
  return html`<details><summary>${count(told.length, 'note')} on ${view.isAlone ? 'other' : 'exploratory'} metrics</summary><ul class="plain">${told
    .slice(0, 200)
    .map(
      ({ row, warning }) =>
        html`<li><a href="#${metricAnchor(row.metric)}"><code>${shorten(row.metric, 48)}</code></a>: ${warning.text}</li>`,
    )}</ul></details>`;
}
