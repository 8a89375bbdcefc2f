/**
 * The findings in sentences: the only place that turns a comparison into them. HTML, comment, terminal and summary say the
 * same. Plain text; each output escapes it.
 */
import type { Attribution, MetricComparison, VariantCounts } from '../model/comparison.ts';
import type { Verdict } from '../model/verdict.ts';
import { budgetsTold, claimAlone } from './alone/claims.ts';
import { effectSize, equivalenceWords, intervalWords } from './effect-words.ts';
import { plain } from './escape.ts';
import { change, count, percent, percentDecimals } from './format.ts';
import { itemTitle } from './items.ts';
import { attributionScale } from './scales.ts';
import { candidateNote, gateNote, isFailed } from './verdict.ts';
import type { ReportView } from './view.ts';

export interface Claim {
  readonly candidate: string;
  readonly verdict: Verdict;
  /** The gates' result: ", fails", ", passes", ", unproven" or nothing. */
  readonly note: string;
  /** The finding in a few words: "after is 1.9 s (4.6 %) slower to node ready". */
  readonly headline: string;
  /** How sure, from how many boots, mostly from which item; the other gates. Ends in a full stop. */
  readonly detail: string;
  /** Both, as one text. */
  readonly sentence: string;
}

export const shortName = (name: string): string => plain(name, 60);

/** `node ready` from the declared title, or from the id if it has none. */
function metricTitle(view: ReportView, metric: string): string {
  const title = view.declared(metric)?.title;
  return shortName(title ?? metric);
}

const ARRIVALS: Readonly<Record<string, string>> = {
  'node.ready': 'node ready',
  'kubelet.start': 'kubelet start',
  'boot.target': 'the default target',
  'boot.finish': 'start-up finished',
  'cse.start': 'provisioning start',
  'containerd.ready': 'containerd ready',
};

/** "to node ready" for a metric that ends at an instant of the boot, "in TLS bootstrap" for any other. */
export function towards(view: ReportView, metric: string): string {
  const arrival = ARRIVALS[metric] ?? (/^(outside|marker)\./.test(metric) ? shortName(metric) : undefined);
  return arrival === undefined ? `in ${metricTitle(view, metric)}` : `to ${arrival}`;
}

function countsOf(view: ReportView, variant: string): VariantCounts | undefined {
  return view.comparison.counts.find((counts) => counts.variant === variant);
}

/** One claim per candidate, in the scenario's order; or one for the variant measured alone. */
export const claims = (view: ReportView): Claim[] =>
  view.isAlone ? [claimAlone(view)] : view.comparison.candidates.map((candidate) => claimOf(view, candidate));

/** The verdict as one paragraph: every output opens with it. */
export const verdictSentence = (view: ReportView): string =>
  [...(view.alarm === undefined ? [] : [view.alarm]), ...claims(view).map((claim) => claim.sentence)].join(' ');

function claimOf(view: ReportView, candidate: string): Claim {
  const gates = view.gatesOf(candidate);
  const { verdict = 'inconclusive', result = 'unjudged' } =
    view.comparison.outcomes.find((outcome) => outcome.candidate === candidate) ?? {};
  const lead = leadOf(view, gates);
  const effect =
    lead === undefined ? { headline: 'No gate metric could be compared', facts: [] } : effectOf(view, lead);
  const broken = verdict === 'broken' ? brokenHeadline(view, candidate) : undefined;
  const headline = `${view.comparison.unproven ? 'Unproven: ' : ''}${broken ?? effect.headline}`;
  const facts = [
    ...(view.comparison.unproven ? [movedControls(view)] : []),
    ...(broken === undefined ? [] : [effect.headline]),
    ...effect.facts,
  ];
  const told = [
    facts.length === 0 ? undefined : `${facts.join('; ')}.`,
    otherGates(view, gates, lead),
    budgetsTold(
      view,
      view.budgets.filter((row) => row.variant === candidate),
    ),
  ];
  const detail = told.filter((part) => part !== undefined).join(' ');
  const sentence = facts.length === 0 ? `${headline}. ${detail}`.trim() : `${headline}; ${detail}`;
  return { candidate, verdict, note: candidateNote(view, candidate, verdict, result), headline, detail, sentence };
}

/** Why a run is unproven. */
function movedControls({ comparison }: ReportView): string {
  const names = [...new Set(comparison.movedControls.map(({ metric }) => shortName(metric)))].join(' and ');
  return `negative control ${names} changed, which the change under test cannot affect`;
}

/** The headline metric leads, unless another gate fails and it does not. */
export function leadOf(view: ReportView, gates: readonly MetricComparison[]): MetricComparison | undefined {
  const headline = view.headline;
  const first = gates.find((row) => row.metric === headline) ?? gates[0];
  return first !== undefined && isFailed(first) ? first : (gates.find(isFailed) ?? first);
}

function brokenHeadline(view: ReportView, candidate: string): string {
  const counts = countsOf(view, candidate);
  const baseline = countsOf(view, view.comparison.baseline);
  const tell = (side: VariantCounts | undefined) =>
    side === undefined ? 'an unknown number' : `${side.failed + side.broken} of ${count(side.boots, 'boot')}`;
  const name = shortName(view.comparison.baseline);
  return `${shortName(candidate)} is broken: ${tell(counts)} failed or broke an expectation (${name}: ${tell(baseline)})`;
}

type Effect = { readonly headline: string; readonly facts: readonly string[] };

function effectOf(view: ReportView, row: MetricComparison): Effect {
  const scale = view.scale(row.metric);
  const name = shortName(row.candidate);
  const goal = towards(view, row.metric);
  const { estimate } = row.differenceUs;
  const rests = basis(view, row);
  if (estimate === null) return { headline: `No estimate of the time ${goal} for ${name}`, facts: [rests] };
  const amount = effectSize(row, scale);
  const interval = intervalWords(row.differenceUs, scale, estimate);
  switch (row.verdict) {
    case 'broken':
      return { headline: `its sound boots are ${amount} ${goal}`, facts: [interval, rests] };
    case 'slower':
    case 'faster': {
      const margin = hasWarning(row, 'within-margin') ? ', within the margin' : '';
      return { headline: `${name} is ${amount} ${goal}${margin}`, facts: [interval, rests, ...mover(view, row)] };
    }
    case 'equivalent':
      return {
        headline: `${name} is as fast as ${shortName(view.comparison.baseline)} ${goal} (equivalent)`,
        facts: [equivalenceWords(row), rests],
      };
    case 'inconclusive':
      return {
        headline: `Inconclusive: not enough evidence that ${name} is faster or slower ${goal}`,
        facts: [`the estimate is ${amount}, which chance could explain`, interval, rests, ...needs(view, row)],
      };
    default:
      return row.verdict satisfies never;
  }
}

function basis(view: ReportView, row: MetricComparison): string {
  if (view.isBlocked) return count(row.size, 'block');
  return `${row.before.n} and ${row.after.n} boots, not interleaved`;
}

/** `about 34 blocks needed for a verdict` */
export function needs(view: ReportView, row: MetricComparison): string[] {
  if (typeof row.needs !== 'number') return [];
  return [
    `about ${view.isBlocked ? count(row.needs, 'block') : `${count(row.needs, 'boot')} a side`} needed for a verdict`,
  ];
}

export const attributionOf = (view: ReportView, metric: string, candidate: string): Attribution | undefined =>
  view.comparison.attribution.find((entry) => entry.metric === metric && entry.candidate === candidate);

/**
 * The biggest item in the direction of the difference, if it accounts for at least a third of it; if it exceeds the whole, also
 * the item that offset part of it.
 */
function mover(view: ReportView, row: MetricComparison): string[] {
  const attribution = attributionOf(view, row.metric, row.candidate);
  if (attribution === undefined || attribution.differenceUs === 0) return [];
  const direction = Math.sign(attribution.differenceUs);
  const sorted = [...attribution.rows].sort((a, b) => direction * (b.differenceUs - a.differenceUs));
  const top = sorted[0];
  const against = sorted.at(-1);
  if (top === undefined || top.differenceUs / attribution.differenceUs < 1 / 3) return [];
  const told = (row: typeof top) =>
    `${itemTitle(row.item)} ${change(row.differenceUs, attributionScale(attribution, view.scale(attribution.metric)))}`;
  const takesBack = against !== undefined && -against.differenceUs / attribution.differenceUs >= 1 / 3;
  return [takesBack ? `${told(top)}, less ${told(against)}` : `mostly ${told(top)}`];
}

/** The gates that the sentence left out, each with its verdict. */
function otherGates(
  view: ReportView,
  gates: readonly MetricComparison[],
  lead: MetricComparison | undefined,
): string | undefined {
  // A broken candidate is broken in each of its gates.
  const others = gates.filter((row) => row !== lead && row.verdict !== 'broken');
  if (others.length === 0) return undefined;
  const told = others.map((row) => {
    const ratio = row.ratio?.estimate;
    const size =
      typeof ratio === 'number' && (row.verdict === 'slower' || row.verdict === 'faster')
        ? `${percent(Math.abs(ratio - 1), percentDecimals(row.ratio))} `
        : '';
    return `${metricTitle(view, row.metric)} ${size}${row.verdict}${gateNote(view, row).replace(', ', ' and ')}`;
  });
  return `Other gates: ${told.join(', ')}.`;
}

export const hasWarning = (row: MetricComparison, code: MetricComparison['warnings'][number]['code']): boolean =>
  row.warnings.some((warning) => warning.code === code);
