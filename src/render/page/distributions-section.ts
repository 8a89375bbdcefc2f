/** Distributions of the gate metrics: strip, ECDF, run order, shift, and the figures in words. */
import type { MetricComparison, SideSummary } from '../../model/comparison.ts';
import { type Distribution, isSummarised, POINTS_LIMIT } from '../charts/distribution.ts';
import { ecdf } from '../charts/ecdf.ts';
import { DASHES } from '../charts/palette.ts';
import { power } from '../charts/power.ts';
import { runOrder } from '../charts/run-order.ts';
import { shift } from '../charts/shift.ts';
import { strip } from '../charts/strip.ts';
import { anchor, type Html, html, NOTHING, shorten, trusted } from '../escape.ts';
import { probability, share, time } from '../format.ts';
import { pointsOf } from '../input.ts';
import type { ReportView } from '../view.ts';
import { dataTable, numbers, section, tight, variantName } from './parts.ts';

export async function distributionsSection(view: ReportView): Promise<Html> {
  const parts: Html[] = [];
  // One at a time: vega is one thread, and the order of the parts must not depend on which one finishes first.
  for (const metric of view.gateMetrics) parts.push(await metricPart(view, metric));
  if (view.gateMetrics.length === 0)
    return section(
      'distributions',
      'Distributions',
      'The scenario declares no gate metric, so there is nothing to draw.',
      NOTHING,
    );
  const lead =
    'Every point is a sound boot and links to it. Failed and broken boots have no time to draw; they are counted above.';
  return section('distributions', 'Distributions', lead, html`${parts}`);
}

async function metricPart(view: ReportView, metric: string): Promise<Html> {
  const distribution: Distribution = {
    metric,
    variants: view.variants,
    points: pointsOf(view, metric),
    rows: view.comparison.metrics.filter((row) => row.metric === metric),
    scale: view.scale(metric),
    valueScale: view.valueScale(metric),
  };
  const title = html`<h3 id="${anchor('values', metric)}"><code>${shorten(metric, 60)}</code>${
    view.declared(metric)?.control ? html` <span class="tag">control</span>` : NOTHING
  }</h3>`;
  if (distribution.points.length === 0) return html`${title}<p class="muted">No boot has a value for it.</p>`;
  const perCandidate: Html[] = [];
  for (const row of distribution.rows) {
    const deciles = await shift(distribution, row);
    if (deciles !== undefined) perCandidate.push(figure(shiftCaption(view, row), deciles));
    const curve = await power(distribution, row);
    if (curve !== undefined) perCandidate.push(figure(powerCaption(view, row), curve));
  }
  const hasThreshold = distribution.rows.some((row) => row.tail !== undefined);
  const mark = isSummarised(distribution)
    ? `Each mark is 1 % of a variant's boots because there are more than ${POINTS_LIMIT}`
    : 'Every boot a point';
  const slow = hasThreshold ? '; beyond the dashed line a boot counts as slow' : '';
  return html`${title}
${legend(view)}
<div class="charts">
${figure(`${mark}, the line is the median${slow}`, await strip(distribution))}
${figure('Share of boots that took at most this long', await ecdf(distribution))}
${figure(`In the order they ran${view.isBlocked ? ': drift and bad blocks show here' : ''}`, await runOrder(distribution))}
${perCandidate}
<div class="figures">${figuresTable(view, distribution)}</div>
</div>`;
}

/** Mark and line of each variant, as the charts draw them. */
function legend(view: ReportView): Html {
  const entries = view.variants.map((variant, index) => {
    const dash = DASHES[index % DASHES.length]?.join(' ') ?? '';
    const line = `<svg class="v${index % 5}" width="34" height="3" aria-hidden="true"><path d="M0 1.5H34" stroke="currentColor" stroke-width="2" stroke-dasharray="${dash}"/></svg>`;
    return html`<span>${variantName(view, variant)}${trusted(line)}</span>`;
  });
  return html`<p class="legend">${entries}</p>`;
}

const figure = (caption: string, chart: Html): Html =>
  html`<figure>${chart}<figcaption>${caption}</figcaption></figure>`;

const candidatePrefix = (view: ReportView, row: MetricComparison): string =>
  view.comparison.candidates.length > 1 ? `${shorten(row.candidate, 30)}: ` : '';

const shiftCaption = (view: ReportView, row: MetricComparison): string =>
  `${candidatePrefix(view, row)}Change by percentile, with bootstrap bounds: did the median move, or the tail?`;

const powerCaption = (view: ReportView, row: MetricComparison): string =>
  `${candidatePrefix(view, row)}Probability that this many blocks detect a change of ${share(row.power?.effect ?? 0)}, at the spread of this run; the dashed line is this run`;

interface Side {
  readonly variant: string;
  readonly side: SideSummary;
}

function figuresTable(view: ReportView, distribution: Distribution): Html {
  const { metric, rows, scale } = distribution;
  const sides = view.isAlone ? sideAlone(view, metric) : sidesOf(view, rows);
  const columns = [
    'variant',
    numbers('n', 'n'),
    numbers('missing'),
    numbers('broken', 'broken'),
    numbers('median', 'median'),
    numbers('p90', 'p90'),
    numbers('MAD', 'mad'),
  ];
  const figures = sides.map(
    ({ variant, side }) => html`<tr>
<th scope="row">${variantName(view, variant)}</th>
<td class="n">${side.n}</td>
<td class="n">${side.missing}</td>
<td class="n">${side.broken}</td>
<td class="n">${tight(time(side.medianUs, scale))}</td>
<td class="n">${tight(time(side.p90Us, scale))}</td>
<td class="n">${tight(time(side.madUs, scale))}</td>
</tr>`,
  );
  return html`${dataTable(`Figures of ${shorten(metric, 40)}`, columns, figures)}${rows.map((row) => tailNote(view, row, distribution))}`;
}

function sidesOf(view: ReportView, rows: readonly MetricComparison[]): Side[] {
  const [first] = rows;
  return [
    ...(first === undefined ? [] : [{ variant: view.comparison.baseline, side: first.before }]),
    ...rows.map((row) => ({ variant: row.candidate, side: row.after })),
  ];
}

function sideAlone(view: ReportView, metric: string): Side[] {
  const described = view.describedAs(metric);
  if (described === undefined) return [];
  const [median, p90] = described.quantiles;
  const { variant, n, missing, madUs } = described;
  const { broken } = view.counts;
  const p90Us = n < 2 ? null : (p90?.estimateUs ?? null);
  return [{ variant, side: { n, missing, broken, medianUs: median?.estimateUs ?? null, p90Us, madUs } }];
}

function tailNote(view: ReportView, row: MetricComparison, distribution: Distribution): Html {
  if (row.tail === undefined) return NOTHING;
  const { thresholdUs, threshold, before, after, p, method } = row.tail;
  const kind = {
    given: 'the threshold given',
    'upper mode': 'start of the upper mode: the values have two modes',
    'outer fence': 'the outer fence',
  }[threshold];
  const boots = (side: number, n: number, variant: string) => `${side} of ${n} boots of ${shorten(variant, 30)}`;
  const counts = [
    boots(before, row.before.n, view.comparison.baseline),
    boots(after, row.after.n, row.candidate),
    `${method}, p ${probability(p)}`,
  ];
  return html`<p class="small">Slow boots, beyond ${tight(time(thresholdUs, distribution.scale))} (${kind}): ${counts.join('; ')}.</p>`;
}
