/** The changes, one card per step of the images: which metrics moved, by how much, how sure that is, and how to repeat it. */
import type { HistoryConfirmation } from '../../model/history.ts';
import type { Trend, TrendChange } from '../../model/trend.ts';
import { type Html, html, NOTHING, shorten } from '../escape.ts';
import { count, percentDecimals, percentInterval, probability } from '../format.ts';
import { explained } from '../glossary.ts';
import { badge, dataTable, numbers, section, tight } from '../page/parts.ts';
import {
  changeAnchor,
  effectText,
  imageName,
  intervalText,
  nightText,
  runLink,
  seriesAnchor,
  seriesName,
} from './names.ts';

export function changesSection(trend: Trend, links: ReadonlyMap<string, string>): Html {
  if (trend.changes.length === 0) return NOTHING;
  const groups = [...stepsOf(trend.changes)];
  const stands = (group: readonly TrendChange[]) => group.some(({ status }) => status === 'standing');
  const current = groups.filter(stands);
  const rest = [...current.slice(MOST_CARDS), ...groups.filter((group) => !stands(group))];
  const cards = (some: readonly (readonly TrendChange[])[]) => some.map((group) => card(trend, group, links));
  return section(
    'changes',
    'Changes',
    explained(
      'Lasting changes relative to the pinned reference, newest first. A change is reported after three nights and withdrawn if later nights do not confirm it.',
    ),
    html`${cards(current.slice(0, MOST_CARDS))}${
      rest.length === 0
        ? NOTHING
        : html`<details><summary>${count(rest.length, 'older step')}or steps that went away</summary>${cards(rest)}</details>`
    }`,
  );
}

/** Cards that are open at first. */
const MOST_CARDS = 10;

/** Groups changes that belong to one step of the images. */
function stepsOf(changes: readonly TrendChange[]): Iterable<TrendChange[]> {
  const groups = new Map<string, TrendChange[]>();
  for (const change of changes) {
    const key = [change.scenario, change.candidate, change.runs.after].join('\n');
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return groups.values();
}

function card(trend: Trend, group: readonly TrendChange[], links: ReadonlyMap<string, string>): Html {
  const [first] = group;
  if (!first) return NOTHING;
  const { before, after } = first.images;
  const images =
    before === after
      ? html`<p>The image stayed the same (${imageName(after)}): look at what else changed that night.</p>`
      : html`<p class="step">${imageName(before)} <span aria-hidden="true">→</span><span class="hidden">became</span> ${imageName(after)}</p>`;
  return html`<article class="card" id="${changeAnchor(first)}">
<h3>${nightText(first.night)}</h3>${images}
<p class="muted small">${runLink(first.runs.before, `run of ${nightText(first.previousNight)}`, links)} → ${runLink(first.runs.after, `run of ${nightText(first.night)}`, links)}</p>
${nearby(trend, first)}
${dataTable(
  `Changes of ${nightText(first.night)}`,
  COLUMNS,
  group.map((change) => row(trend, change)),
)}
${commands(group)}</article>`;
}

const COLUMNS = [
  'metric',
  'state',
  numbers('change'),
  numbers('95 % interval', 'interval'),
  numbers('reported on'),
  numbers('adjusted p', 'p'),
  { title: 'second opinion', term: 'second-opinion' } as const,
  'both images booted',
];

function row(trend: Trend, change: TrendChange): Html {
  return html`<tr>
<th scope="row"><a href="#${seriesAnchor(change)}">${seriesName(trend, change)}</a>${change.gate ? html` <span class="tag">gate</span>` : NOTHING}${change.owner === undefined ? NOTHING : html` <span class="muted small">${shorten(change.owner, 40)}</span>`}</th>
<td>${stateOf(change)}</td>
<td class="n"><strong>${tight(effectText(change))}</strong></td>
<td class="n">${tight(intervalText(change))}</td>
<td class="n">${nightText(change.foundNight)}</td>
<td class="n">${probability(change.pAdjusted)}</td>
<td>${secondOpinion(change)}</td>
<td>${confirmed(change.confirmations)}</td>
</tr>`;
}

export function stateOf({ direction, status, goneNight }: TrendChange): Html {
  if (status === 'standing') return badge(direction);
  const what = STATES[status];
  return html`<span class="badge">${what}${goneNight === undefined ? '' : ` ${nightText(goneNight)}`}</span>`;
}

export const STATES = { reverted: 'undone', undoing: 'back at the old level', withdrawn: 'withdrawn' } as const;

const secondOpinion = ({ crossCheck, night }: TrendChange): Html => {
  if (crossCheck.agrees)
    return html`agrees${crossCheck.night === night ? '' : `, ${nightText(crossCheck.night ?? '')}`}`;
  return html`<span class="muted">${crossCheck.night === null ? 'sees no step' : `nearest step ${nightText(crossCheck.night)}`}</span>`;
};

function confirmed(confirmations: readonly HistoryConfirmation[]): Html {
  const [last] = confirmations;
  if (!last) return html`<span class="muted">not yet</span>`;
  const ratio = last.ratio ? `, ${percentInterval(last.ratio, percentDecimals(last.ratio))}` : '';
  return html`${last.outcome}${tight(ratio)}`;
}

/** Other changes between the two runs. */
function nearby(trend: Trend, { scenario, night }: TrendChange): Html {
  const marks = trend.marks.filter((mark) => mark.scenario === scenario && mark.night === night);
  if (marks.length === 0) return NOTHING;
  return html`<ul class="plain">${marks.map(({ what }) => html`<li class="bad">Changed on the same night: ${shorten(what, 200)}</li>`)}</ul>`;
}

function commands(group: readonly TrendChange[]): Html {
  const [leading] = group.filter(({ status }) => status === 'standing');
  if (!leading) return NOTHING;
  return html`<details><summary>Boot both images to confirm</summary><pre tabindex="0"><code>bench confirm &lt;history&gt; '${leading.id}'</code></pre><p class="muted small">${count(group.length, 'metric')} changed here; one run checks all of them. With <code>--bisect</code>it also searches the versions around the change.</p></details>`;
}
