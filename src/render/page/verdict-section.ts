/** The top of the report: failures first, then the verdict in a sentence, its basis and what would change it. */
import type { VariantCounts } from '../../model/comparison.ts';
import { basisLine, caveats, testsLine } from '../caveats.ts';
import { type Claim, claims, leadOf, shortName } from '../claims.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { allCameUp, openClaims, openClaimText } from '../expectations.ts';
import { count, probability } from '../format.ts';
import { explained, isTerm, term } from '../glossary.ts';
import { runLook, runSymbol, runVerdict } from '../verdict.ts';
import type { ReportView } from '../view.ts';
import { whatWouldChange } from '../what-would-change.ts';
import { badge, scroller, tight, variantName } from './parts.ts';

export function verdictSection(view: ReportView): Html {
  const all = claims(view);
  const [only] = all;
  const body =
    all.length === 1 && only !== undefined
      ? html`<h1>${tight(only.headline)}</h1><p class="detail">${explained(tight(sentenceCase(only.detail)))}</p>`
      : severalClaims(view, all);
  const alarm = view.alarm === undefined ? NOTHING : html`<p class="first bad">✖ ${shorten(view.alarm, 600)}</p>\n`;
  return html`<section id="verdict" class="hero">
${alarm}<p class="pill">${runBadge(view)}</p>
${body}
${failures(view)}
<p class="basis">${explained(tight(basisLine(view)))}</p>
${changes(view)}
${caveatList(view)}
</section>`;
}

function runBadge(view: ReportView): Html {
  const [first = '', ...rest] = runVerdict(view).split(/(?=,)/);
  const words = html`${isTerm(first) ? term(first) : first}${explained(rest.join(''))}`;
  return html`<span class="badge ${runLook(view)}"><span aria-hidden="true">${runSymbol(view)}</span> ${words}</span>`;
}

const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function severalClaims(view: ReportView, all: readonly Claim[]): Html {
  const byVerdict = new Map<string, number>();
  for (const claim of all) byVerdict.set(claim.verdict, (byVerdict.get(claim.verdict) ?? 0) + 1);
  const told = [...byVerdict].map(([verdict, number]) => `${number} ${verdict}`).join(', ');
  return html`<h1>${count(all.length, 'candidate')} against ${shortName(view.comparison.baseline)}: ${told}</h1>
<ul class="claims">${all.map(
    (claim) =>
      html`<li>${badge(claim.verdict, claim.note)} <strong>${tight(claim.headline)}</strong>; ${tight(claim.detail)}</li>`,
  )}</ul>`;
}

/** Failed and broken boots per variant, before any time: a variant that loses its slow boots looks fast. */
function failures(view: ReportView): Html {
  const { counts } = view.comparison;
  if (counts.every((side) => side.failed + side.broken === 0)) {
    const isFine = openClaims(view).length === 0 && view.counts.boots > 0;
    return html`<p class="${isFine ? 'fine' : 'open'}"><span aria-hidden="true">${isFine ? '✓' : '?'}</span> ${allCameUp(view)}</p>${unjudged(view)}`;
  }
  const head = html`<tr role="row">
<th role="columnheader" scope="col">${term('variant')}</th>
${['boots', term('failed'), term('broken')].map((title) => html`<th role="columnheader" scope="col" class="n">${title}</th>`)}
${view.isAlone ? NOTHING : html`<th role="columnheader" scope="col" class="n">${term('p-failures', 'p')}</th>`}
<th role="columnheader" scope="col" class="why">why</th>
</tr>`;
  const rows = counts.map(
    (side) => html`<tr role="row">
<th role="rowheader" scope="row">${variantName(view, side.variant)}</th>
${[side.boots, side.failed, side.broken, ...(view.isAlone ? [] : [probability(side.p)])].map((figure) => html`<td role="cell" class="n">${figure}</td>`)}
<td role="cell" class="why">${reasons(side)}</td>
</tr>`,
  );
  const label = 'Failed and broken boots';
  const table = html`<table role="table">
<caption class="hidden">${label}</caption>
<thead role="rowgroup">${head}</thead>
<tbody role="rowgroup">${rows}</tbody>
</table>`;
  return html`<div class="alarm">${scroller(label, table)}</div>${unjudged(view)}`;
}

function unjudged(view: ReportView): Html {
  const claims = openClaims(view);
  if (claims.length === 0) return NOTHING;
  const more = claims.length - OPEN_SHOWN;
  return html`<ul class="plain small">${claims.slice(0, OPEN_SHOWN).map((claim) => html`<li>? ${openClaimText(claim)}</li>`)}${
    more > 0 ? html`<li>${count(more, 'other claim')}</li>` : NOTHING
  }</ul>`;
}

const OPEN_SHOWN = 8;

function reasons(side: VariantCounts): Html {
  if (side.reasons.length === 0) return html`none`;
  const shown = side.reasons.slice(0, 5);
  const others = side.reasons.length - shown.length;
  return html`${shown.map(
    (reason) => html`<div>${shorten(reason.reason, 240)} <span class="muted">× ${reason.count}</span></div>`,
  )}${others > 0 ? html`<div class="muted">${count(others, 'other reason')}</div>` : NOTHING}`;
}

function changes(view: ReportView): Html {
  const sentences = view.comparison.candidates.flatMap((candidate) => {
    const lead = leadOf(view, view.gatesOf(candidate));
    return lead === undefined ? [] : [whatWouldChange(view, lead)];
  });
  const [first] = sentences;
  if (first === undefined || new Set(sentences).size > 1)
    return html`<p class="basis">${explained(testsLine(view))}</p>`;
  return html`<p class="basis">${tight(first)} ${explained(testsLine(view))}</p>`;
}

function caveatList(view: ReportView): Html {
  const notes = caveats(view);
  const { warnings } = view;
  if (notes.length + warnings.length === 0) return NOTHING;
  return html`<div class="caveats"><h2>Limits of this run</h2><ul>${notes.map(
    (note) => html`<li><strong>${note.label}</strong> ${note.sentence}</li>`,
  )}${warnings.slice(0, 30).map((warning) => html`<li><strong>warning</strong> ${warning}</li>`)}</ul></div>`;
}
