/**
 * `profile.html`: one bar per item (its slack, then the share of the delay that arrived), what omitting steps would gain, and
 * the method.
 */

import type { GateEffect, Profile } from '../../model/profile.ts';
import { type Us, us } from '../../model/units.ts';
import { type Html, html, NOTHING, plain, shorten, trusted } from '../escape.ts';
import { count } from '../format.ts';
import { term, termsSection } from '../glossary.ts';
import { documentOf } from '../page/document.ts';
import { codeName, dataTable, numbers, section, tight } from '../page/parts.ts';
import profileStyles from './profile.css';
import {
  change,
  countsText,
  type DoseRow,
  doseRows,
  doseText,
  meaning,
  seconds,
  shareText,
  shiftText,
  slackText,
  titleOf,
} from './words.ts';

export async function renderProfilePage(profile: Profile): Promise<string> {
  const title = `Profile: ${plain(shorten(profile.scenario, 60))}, ${plain(shorten(profile.variant, 40))}`;
  const sections = html`${hero(profile)}
${profileSections(profile)}
${methodSection(profile)}`;
  const body = html`<a class="skip" href="#top">Skip to the items</a><header class="top"><div><span class="brand">bench <span>/ profile / ${shorten(profile.scenario, 60)}</span></span></div></header>
<main id="top">
${sections}${termsSection(sections)}
</main>
<footer>Made from the boots of one run; this page loads nothing from the network.</footer>`;
  return documentOf({ title, description: headline(profile), body, styles: profileStyles });
}

/** The part of a profile that a run's report also shows. */
export const profileSections = (profile: Profile): Html =>
  html`${profile.nulls.map(({ metric }) => itemsSection(profile, metric))}
${whatIfSection(profile)}`;

function headline({ opportunities, headline: metric, items }: Profile): string {
  const [best] = opportunities;
  if (best === undefined) return `Nothing tried makes ${metric} faster`;
  return `${metric} can come ${seconds(us(-best.shift.estimate))} sooner; ${count(items.length, 'item')} delayed`;
}

function hero(profile: Profile): Html {
  const top = profile.opportunities.slice(0, 3);
  return html`<section id="verdict" class="hero"><h1>${tight(plain(headline(profile), 200))}</h1>
<p class="basis">${tight(plain(countsText(profile), 400))}</p>
${top.length === 0 ? NOTHING : html`<ul class="claims">${top.map(({ label, shift }) => html`<li>${plain(label, 120)}: ${tight(shiftText(shift))}</li>`)}</ul>`}
${profile.warnings.map((warning) => html`<p class="warning">${plain(warning, 300)}</p>`)}</section>`;
}

function itemsSection(profile: Profile, metric: string): Html {
  const rows = doseRows(profile, metric);
  if (rows.length === 0) return NOTHING;
  const mostUs = us(Math.max(...rows.map(({ dose }) => Math.max(dose.deliveredUs, dose.plannedUs))));
  const bandUs = profile.nulls.find((band) => band.metric === metric)?.bandUs ?? us(0);
  const often = rows.some(({ dose }) => dose.boots.length > 1) ? 'Several boots' : 'One boot';
  const lead = html`${often} per item started that item later. The pale part of a bar is ${term('slack')}: a delay that costs nothing. The dark part is the delay that reached ${codeName(metric)}. A bar left of the line means that the delay made the boot faster: the item is in the way. The grey band is ${term('noise')} (±${tight(seconds(bandUs))}).`;
  const table = dataTable(
    `Delays and how much of them reached ${metric}`,
    [
      'item',
      numbers('length'),
      { title: 'dose', term: 'dose' },
      'slack, then what arrives',
      numbers('arrives', 'arrives'),
      numbers('slack', 'slack'),
      'means',
    ],
    rows.map((row) => itemRow(row, { mostUs, bandUs, timing: profile.timing })),
  );
  return section(`items-${metric.replaceAll(/[^a-z0-9]/gi, '-')}`, `What decides ${plain(metric, 60)}`, lead, table);
}

interface Axis extends Pick<Profile, 'timing'> {
  readonly mostUs: Us;
  readonly bandUs: Us;
}

function itemRow(row: DoseRow, axis: Axis): Html {
  const { item, dose, effect } = row;
  const figures =
    effect === undefined
      ? html`<td></td><td></td><td></td>`
      : html`<td class="wide">${bar(effect, dose.deliveredUs, axis)}</td><td class="n" data-head="arrives">${tight(change(effect.shift.estimate))} <small>${shareText(effect.share, axis)}</small></td><td class="n" data-head="slack">${tight(slackText(effect))}</td>`;
  const mark =
    effect !== undefined && !effect.agrees
      ? html` <span class="disagrees" title="path and experiment disagree">≠ path</span>`
      : NOTHING;
  return html`<tr><th scope="row">${codeName(titleOf(item.item))}</th><td class="n" data-head="length">${item.lengthUs === undefined ? '' : tight(seconds(item.lengthUs))}</td><td>${tight(doseText(dose))}</td>${figures}<td class="wide">${plain(meaning(row), 300)}${mark}</td></tr>`;
}

const WIDTH = 260;
const HEIGHT = 18;
/** Room on the left for items that get faster. */
const ZERO = 80;

function bar({ shift, slack, effect }: GateEffect, deliveredUs: Us, { mostUs, bandUs }: Axis): Html {
  const scale = (WIDTH - ZERO) / mostUs;
  const x = (us: Us) => Math.max(0, Math.min(WIDTH, ZERO + us * scale)).toFixed(1);
  const length = (us: Us) => Math.max(0, Math.min(WIDTH - ZERO, us * scale)).toFixed(1);
  const slackUs = effect === 'in-the-way' ? 0 : Math.min(slack?.us ?? 0, deliveredUs);
  const arrivedUs = Math.max(0, Math.min(shift.estimate, deliveredUs - slackUs));
  const sooner =
    effect === 'in-the-way'
      ? `<rect class="sooner" x="${x(shift.estimate)}" y="3" width="${(ZERO - Number(x(shift.estimate))).toFixed(1)}" height="12"/>`
      : '';
  const label = `slack ${seconds(us(slackUs))}, arrived ${seconds(us(arrivedUs))} of ${seconds(deliveredUs)}`;
  return html`<svg class="dose" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${trusted(
    `<rect class="noise" x="${x(us(-bandUs))}" y="0" width="${(2 * bandUs * scale).toFixed(1)}" height="${HEIGHT}"/><rect class="slack" x="${x(us(0))}" y="3" width="${length(us(slackUs))}" height="12"/><rect class="arrived" x="${x(us(slackUs))}" y="3" width="${length(us(arrivedUs))}" height="12"/>${sooner}<line class="zero" x1="${ZERO}" x2="${ZERO}" y1="0" y2="${HEIGHT}"/>`,
  )}</svg>`;
}

function whatIfSection({ whatIfs, groups, nulls, headline: metric }: Profile): Html {
  const metrics = nulls.map((band) => band.metric);
  const tried = [
    ...whatIfs.map(({ label, gates, outcome, message }) => ({ label, gates, outcome, message })),
    ...groups.map(({ items, gates, outcome, message }) => ({
      label: `${items.length} items at once, each later: ${items.map(titleOf).join(', ')}`,
      ...{ gates, outcome, message },
    })),
  ];
  if (tried.length === 0) return NOTHING;
  const rows = tried.map(({ label, gates, outcome, message }) => {
    const shifts = metrics.map((id) => gates.find((gate) => gate.metric === id));
    const cells = shifts.map(
      (gate) => html`<td class="n">${gate === undefined ? '' : tight(change(gate.shift.estimate))}</td>`,
    );
    const gate = gates.find((each) => each.metric === metric);
    const said = outcome === 'measured' ? (gate?.beyondNoise ? '' : 'noise') : `${outcome}: ${message ?? ''}`;
    return html`<tr><th scope="row">${plain(label, 300)}</th>${cells}<td>${plain(said, 300)}</td></tr>`;
  });
  const lead =
    'Each of them was booted, not predicted. A boot that broke an expectation of the scenario has no figures: do not try it.';
  return section(
    'what-if',
    'What if',
    lead,
    dataTable('What if', ['intervention', ...metrics.map((id) => numbers(plain(id, 40))), ''], rows),
  );
}

function methodSection({ nulls, timing, seed, tool, run }: Profile): Html {
  const rows = nulls.map(
    ({ metric, boots, meanUs, sdUs, spreadUs, bandUs }) =>
      html`<tr><th scope="row">${codeName(metric)}</th><td class="n">${boots}</td><td class="n">${tight(seconds(meanUs))}</td><td class="n">${tight(seconds(sdUs))}</td><td class="n">${tight(seconds(spreadUs))}</td><td class="n">${tight(`±${seconds(bandUs)}`)}</td></tr>`,
  );
  const columns = ['metric', numbers('boots'), numbers('mean'), numbers('sd'), numbers('spread'), numbers('band')];
  const clock =
    timing === 'virtual'
      ? ' Virtual time has one processor, so delaying busy work by a sleep looks free; the table also shows a delay by work.'
      : '';
  return section(
    'method',
    'How this was measured',
    `A drop-in in that boot only delays a unit or provisioning step; the delay records when it began and ended. A delay shows where speeding up is useless. Only leaving a step out shows what leaving it out gains.${clock} Boots without an intervention, or with one that has no effect, measure the noise. Run ${plain(run, 100)}, seed ${seed}, ${plain(tool, 60)}.`,
    dataTable('Boots without an intervention', columns, rows),
  );
}
