/** Where the time went: attribution, the median boots' timelines, the steps that changed, the critical chains. */
import type { BootRecord } from '../../model/boot.ts';
import { us } from '../../model/units.ts';
import { pathAlone } from '../alone/rows.ts';
import { attributionOf, leadOf } from '../claims.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { change, count, loose, time } from '../format.ts';
import { explained } from '../glossary.ts';
import { medianRecord } from '../input.ts';
import { itemOfSpan } from '../items.ts';
import { attributionScale } from '../scales.ts';
import type { ReportView } from '../view.ts';
import { pathTable } from './alone/path-table.ts';
import { chainsTable } from './chains.ts';
import { dataTable, evidenceLink, itemLink, numbers, scroller, section, tight, variantName } from './parts.ts';
import { stepChangesTable } from './steps.ts';
import { endOf, pathOf, type TimelineRow, timelines } from './timeline.ts';
import { waterfall } from './waterfall.ts';

/** Spans listed of one boot. */
const SPANS_LIMIT = 600;

export function whereSection(view: ReportView): Html {
  const metric = view.headline;
  const rows: TimelineRow[] = view.variants.flatMap((variant, index) => {
    const record = metric === undefined ? undefined : medianRecord(view, variant, metric);
    return record === undefined ? [] : [{ variant, index, record }];
  });
  const drawn = metric === undefined || rows.length === 0 ? NOTHING : medianBoots(view, metric, rows);
  const attributions = view.isAlone
    ? pathsAlone(view)
    : view.comparison.candidates.flatMap((candidate) => candidateWaterfalls(view, candidate));
  if (attributions.length === 0 && rows.length === 0) {
    return section(
      'where',
      'Where the time went',
      `These samples have no critical paths, so ${view.isAlone ? 'a boot' : 'the difference'} can’t be split into its parts.`,
      NOTHING,
    );
  }
  const chains =
    metric === undefined
      ? NOTHING
      : html`${view.comparison.candidates.map((candidate) => candidateSteps(view, candidate, metric, rows))}`;
  return section(
    'where',
    'Where the time went',
    explained(
      'Each moment of a boot belongs to exactly one item of its critical path, so the items add up to the total.',
    ),
    html`${attributions}${drawn}${chains}`,
  );
}

/** The path to the headline metric; the paths to the other gates are folded. */
function pathsAlone(view: ReportView): Html[] {
  const first = pathAlone(view);
  const others = (view.comparison.paths ?? []).filter((path) => path !== first);
  return first === undefined
    ? []
    : [
        pathTable(view, first),
        ...others.map(
          (path) =>
            html`<details><summary>The same for <code>${shorten(path.metric, 48)}</code>: ${tight(time(path.meanUs, view.scale(path.metric)))}</summary>${pathTable(view, path)}</details>`,
        ),
      ];
}

function candidateWaterfalls(view: ReportView, candidate: string): Html[] {
  const lead = leadOf(view, view.gatesOf(candidate));
  const gates = view.gatesOf(candidate).map((row) => row.metric);
  const found = gates.flatMap((metric) => {
    const attribution = attributionOf(view, metric, candidate);
    return attribution === undefined || attribution.rows.length === 0 ? [] : [attribution];
  });
  return found
    .sort((a, b) => Number(b.metric === lead?.metric) - Number(a.metric === lead?.metric))
    .map((attribution, index) =>
      index === 0
        ? waterfall(view, attribution)
        : html`<details><summary>The same for <code>${shorten(attribution.metric, 48)}</code>: ${tight(change(attribution.differenceUs, attributionScale(attribution, view.scale(attribution.metric))))}</summary>${waterfall(view, attribution)}</details>`,
    );
}

function medianBoots(view: ReportView, metric: string, rows: readonly TimelineRow[]): Html {
  const told = rows.map((row) => `${shorten(row.variant, 30)} ${loose(us(endOf(row.record, metric)))}`).join(', ');
  const finding = `Timelines of the median boots to ${shorten(metric, 40)}: ${told}.`;
  return html`<h3>${view.isAlone ? 'The median boot' : 'The median boots, on one axis'}</h3>
<p class="lead">${view.isAlone ? 'The median boot' : 'The median boot of each variant'} by <code>${shorten(metric, 48)}</code>. The ribbon is the critical path; hatching means waiting. ◆ marks items on the path.</p>
${scroller('Timelines of the median boots', timelines(view, metric, rows, finding), 'drawing')}
${rows.map((row) => spansTable(view, metric, row.record))}`;
}

/** Every span of one boot, with the line that shows it. */
function spansTable(view: ReportView, metric: string, record: BootRecord): Html {
  const onPath = new Set(pathOf(record, metric).map((segment) => segment.item));
  const label = `All ${record.spans.length} spans of ${shorten(record.boot.id, 40)}`;
  const shown = [...record.spans].sort((a, b) => a.start.us - b.start.us).slice(0, SPANS_LIMIT);
  const rows = shown.map((span) => {
    const length = span.end === undefined ? undefined : span.end.us - span.start.us;
    return html`<tr>
<th scope="row">${itemLink(view, itemOfSpan(span))}</th>
<td class="muted">${span.kind}</td>
<td class="n" data-v="${span.start.us}">${tight(loose(span.start.us))}</td>
<td class="n" data-v="${length}">${length === undefined ? shorten(span.open ?? 'open', 60) : tight(loose(us(length)))}</td>
<td>${onPath.has(itemOfSpan(span)) ? '◆' : ''}</td>
<td>${evidenceLink(record.boot.id, span.start.evidence)}</td>
</tr>`;
  });
  const columns = ['name', 'kind', numbers('starts'), numbers('lasts'), 'on the path', 'evidence'];
  const others = record.spans.length - shown.length;
  return html`<details><summary>${label} (${shorten(record.boot.variant, 30)})</summary>${dataTable(label, columns, rows, true)}${
    others > 0 ? html`<p class="muted">${count(others, 'later span')} not shown.</p>` : NOTHING
  }</details>`;
}

function candidateSteps(view: ReportView, candidate: string, metric: string, rows: readonly TimelineRow[]): Html {
  const before = rows.find((row) => row.variant === view.comparison.baseline)?.record;
  const after = rows.find((row) => row.variant === candidate)?.record;
  if (before === undefined || after === undefined) return NOTHING;
  const scale = view.scale(metric);
  const [from, to] = [endOf(before, metric), endOf(after, metric)];
  return html`<h3>Steps that changed${view.comparison.candidates.length > 1 ? html`, ${variantName(view, candidate)}` : NOTHING}</h3>
${stepChangesTable(view, candidate, metric)}
<details><summary>Critical chains side by side: ${bootLinkText(before)} ${tight(time(us(from), scale))}, ${bootLinkText(after)} ${tight(time(us(to), scale))}</summary>${chainsTable(view, metric, before, after, scale)}</details>`;
}

const bootLinkText = (record: BootRecord): Html => html`${shorten(record.boot.id, 40)}`;
