/** Every boot: outcome, values with their evidence, expectations, warnings, its critical path, and links into `raw/`. */
import type { BootRecord } from '../../model/boot.ts';
import type { SampleBoot } from '../../model/samples.ts';
import { type Us, us } from '../../model/units.ts';
import { anchor, escapeHtml, type Html, html, NOTHING, shorten, trusted } from '../escape.ts';
import { count, loose, time } from '../format.ts';
import { isGood } from '../input.ts';
import type { ReportView } from '../view.ts';
import { evidenceOf } from './evidence.ts';
import { evidenceLink, pathBelow, section, tight, variantName } from './parts.ts';
import { endOf, pathOf, ribbon } from './timeline.ts';

/** With more boots than this, their paths get no tip on each segment. */
const TIPS_LIMIT = 200;
const RIBBON_WIDTH = 560;

interface Context {
  readonly view: ReportView;
  readonly records: ReadonlyMap<string, BootRecord>;
  readonly gates: readonly string[];
  readonly facts: readonly string[];
  readonly headline: string | undefined;
  readonly longestUs: Us;
}

export function bootsSection(view: ReportView): Html {
  const records = new Map((view.records ?? []).map((record) => [record.boot.id, record]));
  const headline = view.headline;
  const context: Context = {
    view,
    records,
    gates: view.gateMetrics,
    facts: view.facts.filter((spread) => spread.kind !== 'shared').map((spread) => spread.key),
    headline,
    longestUs: us(
      Math.max(1, ...[...records.values()].map((record) => (headline === undefined ? 0 : endOf(record, headline)))),
    ),
  };
  const { boots } = view.samples;
  const timed =
    headline === undefined ? NOTHING : html`The time beside a boot is its <code>${shorten(headline, 48)}</code>. `;
  const links = records.size > 0 ? 'Links into raw/ work while this file is in the folder of its run.' : '';
  return section(
    'boots',
    'Boots',
    html`${timed}${links}`,
    html`${controls(view)}<div id="boots-list" class="boots">${boots.map((boot) => bootEntry(context, boot))}</div>`,
  );
}

const controls = (view: ReportView): Html => html`<form class="controls" hidden data-for="boots-list">
<label>Search <input type="search" name="search" placeholder="boot, machine, warning" autocomplete="off"></label>
<label>Variant <select name="variant"><option value="">all</option>${view.variants.map((variant) => html`<option>${variant}</option>`)}</select></label>
<label class="check"><input type="checkbox" name="bad"> only failed, broken or with warnings</label>
<output class="muted"></output>
</form>`;

function bootEntry(context: Context, boot: SampleBoot): Html {
  const record = context.records.get(boot.id);
  const warnings = record?.warnings.length ?? 0;
  const isBad = !isGood(boot);
  const state = boot.outcome === 'failed' ? '✖ failed' : boot.broken.length > 0 ? '✖ broken' : '✓ booted';
  const headline = context.headline === undefined ? NOTHING : valueText(context, boot, context.headline);
  const mark = isBad || warnings > 0 ? html` data-bad` : NOTHING;
  const summary = html`<summary>
<span class="id"><code>${shorten(boot.id, 40)}</code></span>
${variantName(context.view, boot.variant)}
<span class="muted">${boot.block === null ? '' : `block ${boot.block}`}</span>
<span class="${isBad ? 'bad' : ''}">${state}</span>
<span class="n">${headline}</span>
<span class="muted">${warnings === 0 ? '' : count(warnings, 'warning')}</span>
</summary>`;
  return html`<details id="${anchor('boot', boot.id)}" class="boot-entry" data-variant="${boot.variant}"${mark}>${summary}<div class="boot-body">${bootBody(context, boot, record)}</div></details>`;
}

function valueText(context: Context, boot: SampleBoot, metric: string): Html {
  const value = boot.values[metric];
  if (value === undefined || 'missing' in value) return html`<span class="muted">–</span>`;
  return html`${tight(time(value.us, context.view.valueScale(metric)))}`;
}

function bootBody(context: Context, boot: SampleBoot, record: BootRecord | undefined): Html {
  return html`${failure(boot, record)}${values(context, boot, record)}${path(context, record)}${expectations(boot, record)}${warned(boot, record)}${machine(context, boot, record)}`;
}

function failure(boot: SampleBoot, record: BootRecord | undefined): Html {
  if (boot.outcome !== 'failed') return NOTHING;
  const told = record?.failure;
  if (told === undefined) return html`<p class="bad">✖ ${boot.failure ?? 'It failed; no reason was recorded.'}</p>`;
  return html`<p class="bad">✖ ${told.stage}: ${told.code}: ${told.message}</p><p>${told.hint}</p>`;
}

function values(context: Context, boot: SampleBoot, record: BootRecord | undefined): Html {
  const items = context.gates.map((metric) => {
    const value = boot.values[metric];
    if (value === undefined || 'missing' in value) {
      return html`<li><code>${shorten(metric, 48)}</code> missing: ${value === undefined ? 'not measured' : value.missing}</li>`;
    }
    const error = value.errorUs > 0 ? ` ± ${loose(value.errorUs).replace(/\.0+ /, ' ')}` : '';
    const lines = record === undefined ? [] : evidenceOf(context.view, record, metric);
    return html`<li><code>${shorten(metric, 48)}</code> <strong>${tight(time(value.us, context.view.valueScale(metric)))}</strong><span class="muted">${tight(error)}</span> ${lines.map((line) => html`${evidenceLink(boot.id, line)} `)}</li>`;
  });
  return items.length === 0 ? NOTHING : html`<ul class="plain">${items}</ul>`;
}

function path(context: Context, record: BootRecord | undefined): Html {
  if (record === undefined || context.headline === undefined) return NOTHING;
  const segments = pathOf(record, context.headline);
  if (segments.length === 0) return NOTHING;
  const x = (us: Us) => Math.round((us / context.longestUs) * RIBBON_WIDTH);
  const index = Math.max(0, context.view.variants.indexOf(record.boot.variant));
  const label = escapeHtml(
    `Critical path of ${shorten(record.boot.id, 40)}: ${segments.length} items in ${loose(us(endOf(record, context.headline)))}`,
  );
  const withTips = context.records.size <= TIPS_LIMIT;
  return trusted(
    `<div class="scroll"><svg class="timeline v${index % 5}" width="${RIBBON_WIDTH}" height="14" viewBox="0 0 ${RIBBON_WIDTH} 14" preserveAspectRatio="none" role="img" aria-label="${label}">${ribbon(segments, x, 0, 14, withTips)}</svg></div>`,
  );
}

/** Violated expectations in words; the others as a count. */
function expectations(boot: SampleBoot, record: BootRecord | undefined): Html {
  const judged = record?.expectations ?? [];
  const bad = judged.filter((one) => one.held !== true);
  const held = judged.length - bad.length;
  if (judged.length === 0) {
    return boot.broken.length === 0
      ? NOTHING
      : html`<ul class="plain">${boot.broken.map((claim) => html`<li class="bad">✖ ${claim}</li>`)}</ul>`;
  }
  return html`<ul class="plain">${bad.map(
    (one) =>
      html`<li class="bad">${one.held === null ? '? not judged' : '✖ does not hold'}: ${one.claim}: ${one.message} ${evidenceLink(boot.id, one.evidence)}</li>`,
  )}${held > 0 ? html`<li>✓ ${count(held, 'expectation')} held</li>` : NOTHING}</ul>`;
}

function warned(boot: SampleBoot, record: BootRecord | undefined): Html {
  const warnings = record?.warnings ?? [];
  if (warnings.length === 0) return NOTHING;
  const shown = warnings.slice(0, 25);
  return html`<ul class="plain">${shown.map((warning) => html`<li><span class="tag">${warning.code}</span> ${warning.message} ${evidenceLink(boot.id, warning.evidence)}</li>`)}${
    warnings.length > shown.length
      ? html`<li class="muted">${count(warnings.length - shown.length, 'more warning')}</li>`
      : NOTHING
  }</ul>`;
}

function machine(context: Context, boot: SampleBoot, record: BootRecord | undefined): Html {
  const facts = context.facts.flatMap((key) => {
    const value = record?.machine[key];
    return value === undefined ? [] : [html`${key} <strong>${shorten(String(value), 80)}</strong>; `];
  });
  const files = ['outcome.json', 'record.json', 'raw/index.json'].flatMap((file) => {
    const href = pathBelow(['boots', boot.id, ...file.split('/')]);
    return href === undefined || record === undefined
      ? []
      : [html` <a class="raw" href="${href}"><code>${file}</code></a>`];
  });
  return html`<p class="small muted">machine <strong>${boot.machine === '' ? 'unknown' : shorten(boot.machine, 60)}</strong>; ${boot.bootKind === 'first' ? 'first boot' : 'reboot'}; ${facts}${files}</p>`;
}
