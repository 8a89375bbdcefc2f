/** Where the time went: attribution, the median boots' timelines, the steps that changed, the critical chains. */
import type { BootRecord } from '../../model/boot.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { change, count, loose, time } from '../format.ts';
import { gatesOf, headlineMetric, medianRecord, type ReportInput, variantsOf } from '../input.ts';
import { itemOfSpan } from '../items.ts';
import { attributionScale, metricScale } from '../scales.ts';
import { attributionOf, leadOf } from '../verdict.ts';
import { chainsTable } from './chains.ts';
import { dataTable, evidenceLink, itemLink, numbers, scroller, section, tight, variantName } from './parts.ts';
import { stepChangesTable } from './steps.ts';
import { endOf, pathOf, type TimelineRow, timelines } from './timeline.ts';
import { waterfall } from './waterfall.ts';

/** Spans listed of one boot. */
const SPANS_LIMIT = 600;

export function whereSection(input: ReportInput): Html {
  const metric = headlineMetric(input);
  const rows: TimelineRow[] = variantsOf(input).flatMap((variant, index) => {
    const record = metric === undefined ? undefined : medianRecord(input, variant, metric);
    return record === undefined ? [] : [{ variant, index, record }];
  });
  const drawn = metric === undefined || rows.length === 0 ? NOTHING : medianBoots(input, metric, rows);
  const attributions = input.comparison.candidates.flatMap((candidate) => candidateWaterfalls(input, candidate));
  if (attributions.length === 0 && rows.length === 0) {
    return section(
      'where',
      'Where the time went',
      'There are no critical paths in these samples, so the difference can’t be split into its parts.',
      NOTHING,
    );
  }
  const chains =
    metric === undefined
      ? NOTHING
      : html`${input.comparison.candidates.map((candidate) => candidateSteps(input, candidate, metric, rows))}`;
  return section(
    'where',
    'Where the time went',
    'Each instant of a boot belongs to exactly one item of its critical path, so the items add up to the whole.',
    html`${attributions}${drawn}${chains}`,
  );
}

function candidateWaterfalls(input: ReportInput, candidate: string): Html[] {
  const lead = leadOf(input, gatesOf(input, candidate));
  const gates = gatesOf(input, candidate).map((row) => row.metric);
  const found = gates.flatMap((metric) => {
    const attribution = attributionOf(input, metric, candidate);
    return attribution === undefined || attribution.rows.length === 0 ? [] : [attribution];
  });
  return found
    .sort((a, b) => Number(b.metric === lead?.metric) - Number(a.metric === lead?.metric))
    .map((attribution, index) =>
      index === 0
        ? waterfall(input, attribution)
        : html`<details><summary>The same for <code>${shorten(attribution.metric, 48)}</code>: ${tight(change(attribution.differenceUs, attributionScale(input, attribution)))}</summary>${waterfall(input, attribution)}</details>`,
    );
}

function medianBoots(input: ReportInput, metric: string, rows: readonly TimelineRow[]): Html {
  const told = rows.map((row) => `${shorten(row.variant, 30)} ${loose(endOf(row.record, metric))}`).join(', ');
  const finding = `Timelines of the median boots to ${shorten(metric, 40)}: ${told}.`;
  return html`<h3>The median boots, on one axis</h3>
<p class="lead">Of each variant the boot in the middle by <code>${shorten(metric, 48)}</code>. The ribbon is the critical path; hatched is waiting. ◆ marks what is on it.</p>
${scroller('Timelines of the median boots', timelines(input, metric, rows, finding), 'drawing')}
${rows.map((row) => spansTable(input, metric, row.record))}`;
}

/** Every span of one boot, with the line that shows it. */
function spansTable(input: ReportInput, metric: string, record: BootRecord): Html {
  const onPath = new Set(pathOf(record, metric).map((segment) => segment.item));
  const label = `All ${record.spans.length} spans of ${shorten(record.boot.id, 40)}`;
  const shown = [...record.spans].sort((a, b) => a.start.us - b.start.us).slice(0, SPANS_LIMIT);
  const rows = shown.map((span) => {
    const length = span.end === undefined ? undefined : span.end.us - span.start.us;
    return html`<tr>
<th scope="row">${itemLink(input, itemOfSpan(span))}</th>
<td class="muted">${span.kind}</td>
<td class="n" data-v="${span.start.us}">${tight(loose(span.start.us))}</td>
<td class="n" data-v="${length}">${length === undefined ? shorten(span.open ?? 'open', 60) : tight(loose(length))}</td>
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

function candidateSteps(input: ReportInput, candidate: string, metric: string, rows: readonly TimelineRow[]): Html {
  const before = rows.find((row) => row.variant === input.comparison.baseline)?.record;
  const after = rows.find((row) => row.variant === candidate)?.record;
  if (before === undefined || after === undefined) return NOTHING;
  const scale = metricScale(input, metric);
  const [from, to] = [endOf(before, metric), endOf(after, metric)];
  return html`<h3>Steps that changed${input.comparison.candidates.length > 1 ? html`, ${variantName(input, candidate)}` : NOTHING}</h3>
${stepChangesTable(input, candidate, metric)}
<details><summary>Critical chains side by side: ${bootLinkText(before)} ${tight(time(from, scale))}, ${bootLinkText(after)} ${tight(time(to, scale))}</summary>${chainsTable(input, metric, before, after, scale)}</details>`;
}

const bootLinkText = (record: BootRecord): Html => html`${shorten(record.boot.id, 40)}`;
