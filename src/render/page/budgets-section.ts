/** Budgets: limits for a variant by itself, the worst first. */
import { type BudgetRow, budgetMethod, budgetRows } from '../budget-rows.ts';
import { BUDGET_LOOKS, BUDGET_SYMBOLS } from '../budget-words.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { explained, term } from '../glossary.ts';
import type { ReportView } from '../view.ts';
import { codeName, dataTable, metricAnchor, numbers, section, tight, variantName } from './parts.ts';

export function budgetsSection(view: ReportView): Html {
  const rows = budgetRows(view);
  if (rows.length === 0) return NOTHING;
  const several = !view.isAlone;
  const columns = [
    'metric',
    ...(several ? ['variant'] : []),
    'verdict',
    numbers('limit'),
    numbers('seen'),
    numbers('interval', 'budget-interval'),
    numbers('n', 'n'),
    'boots needed',
  ];
  const body = rows.map((row) => budgetRow(view, row, several));
  return section(
    'budgets',
    'Budgets',
    explained(budgetMethod(view)),
    html`${dataTable('Budgets', columns, body)}${notes(rows)}`,
  );
}

function budgetRow(view: ReportView, row: BudgetRow, several: boolean): Html {
  const { verdict, gateResult } = row.budget;
  const name = view.hasRow(row.metric)
    ? html`<a href="#${metricAnchor(row.metric)}">${codeName(row.metric, 48)}</a>`
    : codeName(row.metric, 48);
  const note = gateResult === 'fails' ? ', fails' : gateResult === undefined ? ', baseline' : '';
  return html`<tr>
<th scope="row">${name}</th>
${several ? html`<td>${variantName(view, row.variant)}</td>` : NOTHING}
<td><span class="badge ${BUDGET_LOOKS[verdict]}"><span aria-hidden="true">${BUDGET_SYMBOLS[verdict]}</span> ${term(verdict)}${note}</span></td>
<td class="n">${row.limit}</td>
<td class="n">${tight(row.seen)}</td>
<td class="n">${tight(row.interval)}</td>
<td class="n">${row.n}</td>
<td class="${row.needs === '' ? '' : 'why small'}">${row.needs}</td>
</tr>`;
}

/** Each note once, with its metrics. */
function notes(rows: readonly BudgetRow[]): Html {
  const metricsOf = new Map<string, Set<string>>();
  for (const { metric, budget } of rows)
    for (const { text } of budget.warnings) metricsOf.set(text, (metricsOf.get(text) ?? new Set()).add(metric));
  if (metricsOf.size === 0) return NOTHING;
  return html`<ul class="notes">${[...metricsOf]
    .slice(0, 20)
    .map(
      ([text, metrics]) => html`<li><code>${shorten([...metrics].slice(0, 5).join(', '), 120)}</code>: ${text}</li>`,
    )}</ul>`;
}
