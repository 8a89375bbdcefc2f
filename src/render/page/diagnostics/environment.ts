/** Whether the arms were alike: machine facts that differ. */
import { type Html, html, NOTHING, shorten } from '../../escape.ts';
import { count } from '../../format.ts';
import type { ReportView } from '../../view.ts';
import { codeName, dataTable, variantName } from '../parts.ts';

export function environment(view: ReportView): Html {
  const spreads = view.facts;
  if (spreads.length === 0) return NOTHING;
  const differing = spreads.filter((spread) => spread.kind !== 'shared');
  const shared = spreads.filter((spread) => spread.kind === 'shared');
  const first = view.variants[0] ?? '';
  const sharedList = html`<details><summary>${count(shared.length, 'fact')} all machines share</summary><dl class="facts">${shared.map(
    (spread) =>
      html`<div><dt>${spread.key}</dt><dd>${shorten(spread.byVariant.get(first)?.[0]?.[0] ?? 'unknown', 160)}</dd></div>`,
  )}</dl></details>`;
  if (differing.length === 0)
    return html`<h3>Environment</h3><p>All recorded facts are the same for the machines${view.isAlone ? '' : ' of all variants'}.</p>${sharedList}`;
  const cell = (values: readonly (readonly [string, number])[] | undefined) => {
    const range = rangeOf(values ?? []);
    if (range !== undefined) return html`<td>${range}</td>`;
    const shown = (values ?? []).slice(0, 6);
    return html`<td>${shown.map(([value, boots]) => html`<div>${shorten(value, 80)} <span class="muted">× ${boots}</span></div>`)}${(values?.length ?? 0) > 6 ? html`<div class="muted">${count((values?.length ?? 0) - 6, 'more value')}</div>` : NOTHING}</td>`;
  };
  const rows = differing.map(
    (spread) => html`<tr>
<th scope="row">${codeName(spread.key)}</th>
<td>${view.isAlone && spread.kind === 'varies' ? 'varies' : SPREAD_WORDS[spread.kind]}</td>
${view.variants.map((variant) => cell(spread.byVariant.get(variant)))}
</tr>`,
  );
  const columns = [
    'fact',
    view.isAlone ? 'from boot to boot' : 'between variants',
    ...view.variants.map((variant) => ({ title: variantName(view, variant) })),
  ];
  return html`<h3>Environment</h3>${dataTable('Facts that differ between machines', columns, rows)}${sharedList}`;
}

/** `11.63 to 14.62` for numbers that differ in most boots: load, seeds, uptimes. */
function rangeOf(values: readonly (readonly [string, number])[]): string | undefined {
  const numbers = values.map(([value]) => Number(value));
  if (numbers.length < 3 || !numbers.every(Number.isFinite)) return undefined;
  return `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
}

const SPREAD_WORDS = {
  shared: 'the same',
  varies: 'varies alike',
  differs: 'differs',
  'per boot': 'differs in every boot',
} as const;
