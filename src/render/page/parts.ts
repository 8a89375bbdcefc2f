/** Small pieces that the report's sections share: verdict badges, scrolling tables, links to metrics, boots and raw lines. */
import type { MetricComparison } from '../../model/comparison.ts';
import { metricsOfItem } from '../../model/ids.ts';
import type { Evidence } from '../../model/timeline.ts';
import type { Verdict } from '../../model/verdict.ts';
import { anchor, type Html, html, NOTHING, plain, shorten, trusted } from '../escape.ts';
import { type Term, term } from '../glossary.ts';
import { itemTitle } from '../items.ts';
import { gateNote, SYMBOLS } from '../verdict.ts';
import type { ReportView } from '../view.ts';

/** Numbers and their units stay on one line. */
export const tight = (text: string): string => text.replace(/(\d) (?=(?:s|ms|µs|%)(?:\W|$))/g, '$1\u00a0');

export function badge(verdict: Verdict, note = ''): Html {
  return html`<span class="badge ${verdict}"><span aria-hidden="true">${SYMBOLS[verdict]}</span> ${term(verdict)}${note}</span>`;
}

/** The same without the pill, where there are hundreds. */
export const verdictWord = (verdict: Verdict): Html =>
  html`<span class="word ${verdict}"><span aria-hidden="true">${SYMBOLS[verdict]}</span> ${verdict}</span>`;

export const rowBadge = (view: ReportView, row: MetricComparison): Html => badge(row.verdict, gateNote(view, row));

/** A frame in which wide content scrolls, also by keyboard. */
export function scroller(label: string, content: Html, what: 'table' | 'drawing' = 'table'): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}, ${what}">${content}</div>`;
}

/** A column's head: words, or the variant whose figures are in the column. `term` explains it. */
export interface Column {
  readonly title: Html | string;
  readonly isNumber?: boolean;
  readonly term?: Term;
}

export const numbers = (title: Html | string, explains?: Term): Column => ({
  title,
  isNumber: true,
  ...(explains === undefined ? {} : { term: explains }),
});

/** A plain table in its frame; `label` names both for screen readers. */
export function dataTable(
  label: string,
  columns: readonly (string | Column)[],
  rows: readonly Html[],
  isSortable = false,
): Html {
  const heads = columns.map((column) => {
    const { title, isNumber, term: id } = typeof column === 'string' ? ({ title: column } as Column) : column;
    const shown = id === undefined ? html`${title}` : term(id, title);
    return html`<th scope="col"${isNumber ? html` class="n"` : NOTHING}>${shown}</th>`;
  });
  return scroller(
    label,
    html`<table${isSortable ? html` data-sortable` : NOTHING}>
<caption class="hidden">${label}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody>
</table>`,
  );
}

export function section(id: string, title: string, lead: Html | string, body: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${
    lead === '' ? NOTHING : html`<p class="lead">${lead}</p>`
  }${body}</section>`;
}

/** The metric that times an item of a path, if it has a row. */
export const metricOfItem = (view: ReportView, item: string): string | undefined =>
  metricsOfItem(item).find((metric) => view.hasRow(metric));

export const metricAnchor = (metric: string): string => anchor('metric', metric);

/** A name as code that may break after its dots, dashes and slashes, and nowhere else. */
export function codeName(name: string, limit = 60): Html {
  const pieces = shorten(name, limit).split(/(?<=[._/:@-])(?=[^._/:@-])/);
  return html`<code>${pieces.map((piece, index) => (index === 0 ? piece : html`<wbr>${piece}`))}</code>`;
}

/** The name of an item, with a link to its metric if it has one. */
export function itemLink(view: ReportView, item: string): Html {
  const metric = metricOfItem(view, item);
  const name = codeName(itemTitle(item));
  return metric === undefined ? name : html`<a href="#${metricAnchor(metric)}">${name}</a>`;
}

export const bootLink = (boot: string): Html =>
  html`<a class="boot" href="#${anchor('boot', boot)}">${shorten(boot, 40)}</a>`;

/** `raw/kubelet/kubelet.log:812`, as a link if the name is a plain path below the boot's folder. */
export function evidenceLink(boot: string, evidence: Evidence | undefined): Html {
  if (evidence === undefined) return NOTHING;
  const file =
    evidence.file === 'outcome.json' || evidence.file.startsWith('raw/') ? evidence.file : `raw/${evidence.file}`;
  const shown = `${shorten(file, 80)}${evidence.line > 0 ? `:${evidence.line}` : ''}`;
  const href = pathBelow(['boots', boot, ...file.split('/')]);
  return href === undefined
    ? html`<code>${shown}</code>`
    : html`<a class="raw" href="${href}"><code>${shown}</code></a>`;
}

export function pathBelow(segments: readonly string[]): string | undefined {
  const isPlain = segments.every((segment) => /^[\w@.,+=~ -]{1,200}$/.test(segment) && !/^\.+$/.test(segment));
  return isPlain ? segments.map(encodeURIComponent).join('/') : undefined;
}

/** A swatch with the variant's colour and shape, and its name. */
export function variantName(view: ReportView, variant: string): Html {
  const index = Math.max(0, view.variants.indexOf(variant));
  const shapes = [
    '<circle cx="6" cy="6" r="4"/>',
    '<path d="M6 1l5 5-5 5-5-5z"/>',
    '<path d="M6 1.5l5 9H1z"/>',
    '<path d="M2 2h8v8H2z"/>',
    '<path d="M4 1h4v3h3v4H8v3H4V8H1V4h3z"/>',
  ];
  const shape = shapes[index % shapes.length] ?? '';
  return html`<span class="variant v${index % 5}"><svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">${trusted(shape)}</svg>${plain(shorten(variant, 40))}</span>`;
}

/** A column of numbers for each variant. */
export const perVariant = (view: ReportView): Column[] =>
  view.variants.map((variant) => numbers(variantName(view, variant)));
