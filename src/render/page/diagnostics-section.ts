/** What a sceptic asks: was everything collected, did clocks step, did controls move, were the arms alike; how it was done. */
import type { BootRecord } from '../../model/boot.ts';
import type { Evidence } from '../../model/timeline.ts';
import { calibrationLine, repeatCommand } from '../caveats.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { count, loose, percent } from '../format.ts';
import { effectText } from '../gate-rows.ts';
import type { ReportView } from '../view.ts';
import {
  bootLink,
  type Column,
  codeName,
  dataTable,
  evidenceLink,
  metricAnchor,
  numbers,
  rowBadge,
  section,
  tight,
  variantName,
} from './parts.ts';

export function diagnosticsSection(view: ReportView): Html {
  return section(
    'diagnostics',
    'Diagnostics and method',
    '',
    html`${completeness(view)}${controls(view)}${calibration(view)}${warnings(view)}${clocks(view)}${environment(view)}${definitions(view)}${method(view)}${provenance(view)}`,
  );
}

const perVariant = (view: ReportView): Column[] => view.variants.map((variant) => numbers(variantName(view, variant)));

/** Missing values by metric and reason, over the boots that came up. */
function completeness(view: ReportView): Html {
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
    missed > 0
      ? html`<p class="bad">✖ ${count(missed, 'boot')} of ${planned} planned did not take place.</p>`
      : NOTHING;
  const summary = html`${unplayed}<p>${measured.toLocaleString('en-US')} of ${count(total, 'value')} over the boots that came up were measured${missing === 0 ? '' : `; ${missing.toLocaleString('en-US')} are missing, each with its reason`}.</p>`;
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

/** Of a run that may stop early, those up to the last block that was begun. */
function plannedBoots({ run, samples }: ReportView): number {
  const last =
    run?.schedule === undefined ? Number.POSITIVE_INFINITY : Math.max(...samples.boots.map(({ block }) => block ?? 0));
  return (run?.blocks ?? []).reduce((sum, { block, boots }) => sum + (block <= last ? boots.length : 0), 0);
}

function controls(view: ReportView): Html {
  const rows = view.comparison.metrics.filter((row) => view.declared(row.metric)?.control === true);
  if (rows.length === 0)
    return html`<h3>Controls</h3><p class="muted">The scenario declares no metric that the change cannot touch, so nothing here would show that conditions differed.</p>`;
  const state = view.comparison.unproven
    ? 'One of them moved: this run shows a difference in conditions, and its verdict is unproven.'
    : 'Metrics that the change cannot touch; none moved.';
  return html`<h3>Controls</h3><p>${state}</p><ul class="plain">${rows.map(
    (row) =>
      html`<li>${rowBadge(view, row)} <a href="#${metricAnchor(row.metric)}"><code>${shorten(row.metric, 48)}</code></a> ${tight(effectText(view, row).percent)} (${tight(effectText(view, row).interval)})</li>`,
  )}</ul>`;
}

/** How often this setup saw a difference where there is none, as its history had it. */
function calibration(view: ReportView): Html {
  const line = calibrationLine(view);
  const rows = (view.run?.calibration?.metrics ?? []).map(
    ({ metric, spread, blocks }) => html`<tr>
<th scope="row">${comparedMetric(view, metric)}</th>
<td class="n">${spread === null ? 'not known' : tight(percent(spread, spread < 0.1 ? 1 : 0))}</td>
<td class="n">${blocks}</td>
</tr>`,
  );
  if (line === undefined)
    return html`<h3>A/A calibration</h3><p class="muted">Not known: no run of the baseline against itself is told of in this run’s files. <code>bench run --aa --history &lt;where&gt;</code> makes one and keeps what came of it, <code>bench report &lt;run&gt; --history &lt;where&gt;</code> shows it here; <code>bench calibrate &lt;folder&gt;</code> counts those in a folder.</p>`;
  const columns = ['gate', numbers('spread between blocks'), numbers('blocks')];
  return html`<h3>A/A calibration</h3><p>${tight(line)}</p>${dataTable('How much the ratios of blocks spread in A/A runs', columns, rows)}`;
}

/** A name, linked to its row where the metric has one. */
function comparedMetric(view: ReportView, metric: string): Html {
  const name = codeName(metric, 48);
  const isCompared = view.comparison.metrics.some((row) => row.metric === metric);
  return isCompared ? html`<a href="#${metricAnchor(metric)}">${name}</a>` : name;
}

/** Warnings of the boots by code, with one place where each was seen. */
function warnings(view: ReportView): Html {
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

/** Clock links: how many readings, how good, and how many boots had a step between two of them. */
function clocks(view: ReportView): Html {
  const booted = (view.records ?? []).filter((record) => record.outcome === 'booted');
  if (booted.length === 0) return NOTHING;
  const errors = booted
    .flatMap((record) => record.links.flatMap((link) => link.readings.map((reading) => reading.errorUs)))
    .sort((a, b) => a - b);
  const stepped = view.variants.map((variant) => ({
    variant,
    boots: booted.filter((record) => record.boot.variant === variant && hasStep(record)).length,
    of: booted.filter((record) => record.boot.variant === variant).length,
  }));
  const unlinked = booted.filter((record) => record.links.length === 0).length;
  const quality =
    errors.length === 0
      ? 'No clock links were recorded.'
      : `${count(errors.length, 'clock reading')}; half of them are good to ±${loose(errors[Math.floor(errors.length / 2)] ?? 0)}, the worst to ±${loose(errors[errors.length - 1] ?? 0)}.`;
  return html`<h3>Clocks</h3><p>${tight(quality)} ${unlinked > 0 ? `${count(unlinked, 'boot')} without any.` : ''}</p><ul class="plain">${stepped.map(
    (one) =>
      html`<li>${variantName(view, one.variant)}: the clock stepped in ${one.boots} of ${count(one.of, 'boot')}</li>`,
  )}</ul>`;
}

/** A link whose offset changed by more than a tenth of a second, or a warning that says so. */
const hasStep = (record: BootRecord): boolean =>
  record.warnings.some((warning) => warning.code.includes('step')) ||
  record.links.some((link) => {
    const offsets = link.readings.map((reading) => reading.toUs - reading.fromUs);
    return offsets.length > 1 && Math.max(...offsets) - Math.min(...offsets) > 100_000;
  });

function environment(view: ReportView): Html {
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
    return html`<h3>Environment</h3><p>The machines of all variants are alike in every recorded fact.</p>${sharedList}`;
  const cell = (values: readonly (readonly [string, number])[] | undefined) => {
    const range = rangeOf(values ?? []);
    if (range !== undefined) return html`<td>${range}</td>`;
    const shown = (values ?? []).slice(0, 6);
    return html`<td>${shown.map(([value, boots]) => html`<div>${shorten(value, 80)} <span class="muted">× ${boots}</span></div>`)}${(values?.length ?? 0) > 6 ? html`<div class="muted">${count((values?.length ?? 0) - 6, 'more value')}</div>` : NOTHING}</td>`;
  };
  const rows = differing.map(
    (spread) => html`<tr>
<th scope="row">${codeName(spread.key)}</th>
<td>${SPREAD_WORDS[spread.kind]}</td>
${view.variants.map((variant) => cell(spread.byVariant.get(variant)))}
</tr>`,
  );
  const columns = [
    'fact',
    'between the arms',
    ...view.variants.map((variant) => ({ title: variantName(view, variant) })),
  ];
  return html`<h3>Environment</h3>${dataTable('Facts that differ between machines', columns, rows)}${sharedList}`;
}

/** `11.63 to 14.62` for numbers that are another in most boots: load, seeds, uptimes. */
function rangeOf(values: readonly (readonly [string, number])[]): string | undefined {
  const numbers = values.map(([value]) => Number(value));
  if (numbers.length < 3 || !numbers.every(Number.isFinite)) return undefined;
  return `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
}

const SPREAD_WORDS = {
  shared: 'the same',
  varies: 'varies alike',
  differs: 'differs',
  'per boot': 'another in each boot',
} as const;

/** Metrics whose own meaning may have moved between the variants. */
function definitions(view: ReportView): Html {
  const told = view.comparison.metrics.flatMap((row) =>
    row.gate ? [] : row.warnings.slice(0, 3).map((warning) => ({ row, warning })),
  );
  if (told.length === 0) return NOTHING;
  return html`<details><summary>${count(told.length, 'note')} on exploratory metrics</summary><ul class="plain">${told
    .slice(0, 200)
    .map(
      ({ row, warning }) =>
        html`<li><a href="#${metricAnchor(row.metric)}"><code>${shorten(row.metric, 48)}</code></a>: ${warning.text}</li>`,
    )}</ul></details>`;
}

function method(view: ReportView): Html {
  const methods = [...new Set(view.comparison.metrics.filter((row) => row.p !== null).map((row) => row.method))].slice(
    0,
    8,
  );
  const unit = view.isBlocked
    ? 'A block is one boot of every variant, started together in random order under conditions as equal as can be had. Each block gives one comparison, and blocks, not boots, are what is counted.'
    : 'The boots were not interleaved, so they are compared as two groups.';
  return html`<h3>Method</h3>
<p>${unit} The change is estimated as the typical ratio between candidate and baseline. Its interval holds every ratio that the test would not reject, so test, estimate and interval never disagree.</p>
<p>A metric is <em>slower</em> or <em>faster</em> when its adjusted p is at most ${view.comparison.alpha}; it <em>fails the gate</em> only if the slowdown also exceeds the scenario’s minimum effect and floor. It is <em>equivalent</em> when the 90 % interval lies inside the margin. Everything else is <em>inconclusive</em>, which never means “no change”. No outlier is dropped; failed and broken boots are counted, never timed.</p>
<ul class="plain">${methods.map((name) => html`<li>Test: ${name}</li>`)}</ul>`;
}

function provenance(view: ReportView): Html {
  const command = repeatCommand(view);
  const { run, comparison } = view;
  const items: [string, string][] = [
    ['scenario', comparison.scenario],
    ['scenario sha256', comparison.scenarioSha256 ?? view.samples.scenarioSha256 ?? 'unknown'],
    ['seed', String(comparison.seed)],
    ...(run === undefined
      ? []
      : ([
          ['run', run.id],
          ['made', run.createdAt],
          ['tool', run.tool],
        ] as [string, string][])),
    ...Object.entries(run?.facts ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
  ];
  return html`<h3>Repeat it</h3>${command === undefined ? html`<p class="muted">There is no run.json beside these samples, so the command is not known.</p>` : html`<pre tabindex="0"><code>${command}</code></pre>`}<dl class="facts">${items.map(([key, value]) => html`<div><dt>${key}</dt><dd>${shorten(value, 160)}</dd></div>`)}</dl>`;
}
