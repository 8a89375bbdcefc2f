/** The parts of the time to one metric: each item of the critical path with its share, as a bar, and how much that share varies. */
import type { PathDescription } from '../../../model/description.ts';
import { pathBasis, pathRows } from '../../alone/rows.ts';
import { type Html, html, shorten, trusted } from '../../escape.ts';
import type { ReportView } from '../../view.ts';
import { dataTable, itemLink, numbers, tight } from '../parts.ts';

const SHOWN = 14;
const WIDTH = 180;

export function pathTable(view: ReportView, path: PathDescription): Html {
  const columns = [
    { title: 'on the critical path', term: 'path' } as const,
    numbers('mean'),
    numbers('share'),
    { title: html`<span class="hidden">share drawn</span>` },
    numbers('spread of the share', 'share-spread'),
    numbers('boots', 'on-path'),
  ];
  const rows = pathRows(view, path, SHOWN);
  const largest = Math.max(...path.rows.map((row) => row.share), 0.001);
  const body = rows.map((row, index) => {
    const whole = path.rows[index]?.share ?? 0;
    return html`<tr>
<th scope="row">${row.isRest ? html`<span class="muted">${row.item}</span>` : itemLink(view, row.item)}</th>
<td class="n">${tight(row.mean)}</td>
<td class="n">${tight(row.share)}</td>
<td class="picture">${row.isRest ? '' : bar(whole / largest)}</td>
<td class="n muted">${tight(row.spread)}</td>
<td class="n">${row.boots}</td>
</tr>`;
  });
  const label = `Parts of the boots to ${shorten(path.metric, 40)}`;
  return html`<p class="over"><code>${shorten(path.metric, 48)}</code>, ${pathBasis(path)}.</p>${dataTable(label, columns, body)}`;
}

function bar(part: number): Html {
  const width = Math.max(1.5, Math.round(Math.max(0, part) * WIDTH * 10) / 10);
  return trusted(
    `<svg width="${WIDTH}" height="16" viewBox="0 0 ${WIDTH} 16" preserveAspectRatio="none" aria-hidden="true"><rect class="bar sum" x="0" y="3" width="${width}" height="10" rx="1.5"/></svg>`,
  );
}
