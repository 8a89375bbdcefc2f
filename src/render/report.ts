/**
 * `report.html`: one file that opens from disk, from a CI artifact and from an e-mail. It requests nothing: its policy
 * allows its own style sheet and script, by hash, and nothing else. The same view gives the same bytes.
 */

import type { Profile } from '../model/profile.ts';
import { claims } from './claims.ts';
import { type Html, html, NOTHING, plain, shorten, trusted } from './escape.ts';
import { termsSection } from './glossary.ts';
import type { ReportInput } from './input.ts';
import { metricsAlone } from './page/alone/metrics-section.ts';
import { timesSection } from './page/alone/times-section.ts';
import { bootsSection } from './page/boots-section.ts';
import { budgetsSection } from './page/budgets-section.ts';
import { diagnosticsSection } from './page/diagnostics-section.ts';
import { distributionsSection } from './page/distributions-section.ts';
import { documentOf } from './page/document.ts';
import { gatesSection } from './page/gates-section.ts';
import { metricsSection } from './page/metrics-section.ts';
import { verdictSection } from './page/verdict-section.ts';
import { whereSection } from './page/where-section.ts';
import { profileSections } from './profile/page.ts';
import profileStyles from './profile/profile.css';
import { runSymbol, runVerdict } from './verdict.ts';
import { type ReportView, viewOf } from './view.ts';

export type { ReportInput };

export async function renderReport(input: ReportInput): Promise<string> {
  const view = viewOf(input);
  const sections = html`${verdictSection(view)}
${view.isAlone ? timesSection(view) : gatesSection(view)}${
  view.comparison.budgets?.length
    ? html`
${budgetsSection(view)}`
    : NOTHING
}
${whereSection(view)}${input.profile === undefined ? NOTHING : profilePart(input.profile)}
${await distributionsSection(view)}
${view.isAlone ? metricsAlone(view) : metricsSection(view)}
${bootsSection(view)}
${diagnosticsSection(view)}`;
  const body = html`${header(view)}
<main id="top"${isLong(view) ? html` class="long"` : NOTHING}>
${sections}${termsSection(sections)}
</main>
${footer(view)}`;
  return documentOf({
    title: `${runSymbol(view)} ${view.isAlone ? runVerdict(view) : view.comparison.verdict}: ${plain(shorten(view.samples.scenario, 60))}`,
    description: view.alarm ?? claims(view)[0]?.headline ?? '',
    body,
    ...(input.profile && { styles: profileStyles }),
  });
}

/**
 * Lets the browser skip off-screen parts: a long page then appears in a fraction of the time. The browser draws a short page
 * whole, because its screenshots would otherwise have holes.
 */
const isLong = ({ samples, comparison: { metrics, descriptions = [] } }: ReportView): boolean =>
  samples.boots.length * 4 + metrics.length + descriptions.length > LONG;

/** About a second's worth of layout. */
const LONG = 400;

// The stripes of waiting time, shared by all timelines. A browser finds a pattern only inside a drawn element.
const PATTERNS = trusted(
  '<svg class="patterns" width="0" height="0" aria-hidden="true"><defs><pattern id="wait" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V5" stroke="var(--muted)" stroke-width="3.4"/></pattern></defs></svg>',
);

function profilePart(profile: Profile): Html {
  const lead = `Which parts of ${plain(shorten(profile.variant, 40))} determine the boot time, found by delaying one part per boot. It does not affect the comparison.`;
  return html`<section id="profile" aria-labelledby="profile-title"><h2 id="profile-title">What determines the boot time</h2><p class="lead">${lead}</p></section>${profileSections(profile)}`;
}

const SECTIONS = [
  ['where', 'Where'],
  ['distributions', 'Distributions'],
  ['metrics', 'Metrics'],
  ['boots', 'Boots'],
  ['diagnostics', 'Diagnostics'],
  ['terms', 'Terms'],
] as const;

/** The sections that differ from run to run. */
const firstSections = ({ isAlone, comparison: { budgets = [] } }: ReportView) => [
  ['gates', isAlone ? 'Times' : 'Gates'] as const,
  ...(budgets.length > 0 ? [['budgets', 'Budgets'] as const] : []),
];

function header(view: ReportView): Html {
  return html`<a class="skip" href="#top">Skip to the verdict</a>${PATTERNS}<header class="top"><div><span class="brand">bench <span>/ ${shorten(view.samples.scenario, 60)}</span></span><nav aria-label="Sections">${[
    ...firstSections(view),
    ...SECTIONS,
  ].map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav></div></header>`;
}

function footer(view: ReportView): Html {
  const { run } = view;
  const made =
    run === undefined
      ? ''
      : `Run ${shorten(run.id, 80)}, started ${run.createdAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}. `;
  return html`<footer>${made}Made by ${run?.tool ?? 'bench'} from comparison.json, samples.json and the boot records; this page loads nothing from the network.</footer>`;
}
