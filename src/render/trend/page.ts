/** `trend.html`: what changed over the nights, since when and with which image, in the style of the report. */
import type { Trend, TrendChange } from '../../model/trend.ts';
import { type Html, html, NOTHING, plain, shorten } from '../escape.ts';
import { count } from '../format.ts';
import { explained, term, termsSection } from '../glossary.ts';
import { documentOf } from '../page/document.ts';
import { dataTable, section, tight } from '../page/parts.ts';
import { aloneSection } from './alone-section.ts';
import { changesSection, stateOf } from './changes-section.ts';
import { changeAnchor, effectText, nightText, runLinks, seriesName } from './names.ts';
import { chartsSection, seriesSection } from './series-section.ts';
import trendStyles from './trend.css';

export async function renderTrend(trend: Trend): Promise<string> {
  const links = runLinks(trend);
  const names = [...new Set([...trend.series, ...(trend.alone ?? [])].map(({ scenario }) => scenario))];
  const sections = html`${hero(trend)}
${changesSection(trend, links)}
${await chartsSection(trend, links)}
${seriesSection(trend)}${
  trend.alone?.length
    ? html`
${aloneSection(trend)}`
    : NOTHING
}
${methodSection(trend)}`;
  const body = html`${header(trend, names)}
<main id="top">
${sections}${termsSection(sections)}
</main>
<footer>Made from the lines of a history; this page loads nothing from the network.</footer>`;
  const title = `Trend: ${plain(shorten(names.join(', '), 60))}`;
  return documentOf({ title, description: headline(trend), body, styles: trendStyles });
}

function header(trend: Trend, names: readonly string[]): Html {
  const sections = [
    ...(trend.changes.length > 0 ? [['changes', 'Changes']] : []),
    ...(trend.series.length > 0
      ? [
          ['nights', 'Nights'],
          ['series', 'Series'],
        ]
      : []),
    ...(trend.alone?.length ? [['alone', 'Alone']] : []),
    ['method', 'Method'],
    ['terms', 'Terms'],
  ];
  const links =
    trend.series.length + (trend.alone ?? []).length === 0
      ? []
      : sections.map(([id, title]) => html`<a href="#${id}">${title}</a>`);
  return html`<a class="skip" href="#top">Skip to the changes</a><header class="top"><div><span class="brand">bench <span>/ trend / ${shorten(names.join(', '), 60)}</span></span><nav aria-label="Sections">${links}</nav></div></header>`;
}

/** Changes that stand: gates first, then the slower ones, newest first. */
const standing = (trend: Trend): TrendChange[] =>
  trend.changes
    .filter(({ status }) => status === 'standing')
    .sort(
      (a, b) =>
        Number(b.gate) - Number(a.gate) ||
        Number(b.direction === 'slower') - Number(a.direction === 'slower') ||
        (a.night < b.night ? 1 : a.night > b.night ? -1 : 0),
    );

function headline(trend: Trend): string {
  const [leading, ...others] = standing(trend);
  if (!leading && trend.series.length === 0 && trend.alone?.length) return 'Images measured alone';
  if (!leading) return trend.runs === 0 ? 'The history is empty' : 'No lasting change in any metric';
  const more =
    others.length === 0
      ? ''
      : `, and ${count(others.length, 'other change')} ${others.length === 1 ? 'stands' : 'stand'}`;
  return `${plain(leading.metric, 48)} is ${effectText(leading).replace(/^[+\u2212]/, '')} ${leading.direction} since ${nightText(leading.night)}${more}`;
}

function hero(trend: Trend): Html {
  const gone = trend.changes.filter(({ status }) => status !== 'standing').length;
  const span =
    trend.firstNight === null || trend.lastNight === null
      ? ''
      : `${count(trend.runs, 'run')} from ${nightText(trend.firstNight)} to ${nightText(trend.lastNight)}, ${count(trend.series.length, 'series', 'series')}`;
  return html`<section id="verdict" class="hero"><h1>${tight(headline(trend))}</h1>
<p class="basis">${span}${gone > 0 ? ` · ${count(gone, 'change')} went away again` : ''}</p>
${leadingChanges(trend)}${damage(trend)}</section>`;
}

/** The sections below show the rest. */
const LEADING = 5;

function leadingChanges(trend: Trend): Html {
  const leading = standing(trend).slice(0, LEADING);
  if (leading.length < 2) return NOTHING;
  return html`<ul class="claims">${leading.map(
    (change) =>
      html`<li>${stateOf(change)} ${seriesName(trend, change)} ${tight(effectText(change))} since <a href="#${cardAnchor(trend, change)}">${nightText(change.night)}</a></li>`,
  )}</ul>`;
}

/** A card's anchor is that of its first change. */
function cardAnchor(trend: Trend, { scenario, candidate, runs }: TrendChange): string {
  const first = trend.changes.find(
    (change) => change.scenario === scenario && change.candidate === candidate && change.runs.after === runs.after,
  );
  return first === undefined ? 'changes' : changeAnchor(first);
}

function damage(trend: Trend): Html {
  if (trend.warnings.length === 0) return NOTHING;
  const rows = trend.damaged
    .slice(0, 40)
    .map(
      ({ file, line, problem }) =>
        html`<tr><th scope="row"><code>${shorten(file, 120)}:${line}</code></th><td>${problem}</td></tr>`,
    );
  return html`<div class="caveats"><h2>Caveats</h2><ul>${trend.warnings.map((warning) => html`<li>${warning}</li>`)}</ul>${
    rows.length === 0 ? NOTHING : dataTable('Lines that could not be read', ['line', 'what is wrong'], rows)
  }</div>`;
}

function methodSection(trend: Trend): Html {
  const { runs, alarms } = trend.calibration;
  return section(
    'method',
    'Method',
    '',
    html`<p>Every run boots the image of the night next to one ${term('reference')} image. A series is their ratio, so effects of host, region or hour on both cancel out. E-divisive with means and permutations of the nights finds change points, night by night, from the nights known by then. p is corrected over the metrics of a night (Benjamini-Hochberg at ${trend.falseDiscoveryRate}). The last nights count as a level once there are at least three, two thirds of them beyond the middle.</p>
<p>The interval of a change is Student’s, from the nights around it. Selection favours large changes, so the estimate tends to be slightly too large until bench confirm boots both images again. A change is <em>${term('withdrawn')}</em> when, with more nights, its 99 % interval includes “no change”, and <em>${term('undone')}</em> when a later change reverses more than half of it. The ${term('second-opinion')} is PELT on the same series, which must place a step within two runs to agree.</p>
<p>${explained(runs === 0 ? 'The history has no A/A run (bench run --aa).' : `${alarms} of ${count(runs, 'A/A run')} gave a false alarm.`)}</p>
${marks(trend)}`,
  );
}

function marks(trend: Trend): Html {
  if (trend.marks.length === 0) return NOTHING;
  const rows = trend.marks
    .slice(-60)
    .map(
      ({ night, scenario, kind, what }) =>
        html`<tr><th scope="row">${nightText(night)}</th><td>${shorten(scenario, 40)}</td><td>${KINDS[kind]}</td><td>${shorten(what, 200)}</td></tr>`,
    );
  return html`<details><summary>${count(trend.marks.length, 'night')} on which something else changed</summary>${dataTable('What else changed', ['night', 'scenario', 'what', 'how'], rows)}</details>`;
}

const KINDS = { reference: 'reference image', definition: 'scenario', conditions: 'conditions' } as const;
