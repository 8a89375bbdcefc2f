/**
 * The verdict in words: the one place that turns a comparison into sentences. HTML, comment, terminal and summary say the
 * same. Plain text; each border escapes it.
 */
import type { Attribution, Interval, MetricComparison, VariantCounts, Verdict } from '../model/comparison.ts';
import { VERDICTS } from '../model/comparison.ts';
import { plain } from './escape.ts';
import { change, count, fixed, leastShown, percent, percentDecimals, type Scale, share, time } from './format.ts';
import { itemTitle } from './items.ts';
import { attributionScale } from './scales.ts';
import type { ReportView } from './view.ts';

/** A symbol beside the word, so that colour never has to carry the meaning. */
export const SYMBOLS: Readonly<Record<Verdict, string>> = {
  faster: '▼',
  equivalent: '≈',
  inconclusive: '?',
  slower: '▲',
  broken: '✖',
};

type GateVerdict = Pick<MetricComparison, 'gate' | 'verdict' | 'failsGate'>;

/** Whether the row fails its gate. Of an unproven run no gate is judged; what broke is broken all the same. */
export const isFailed = ({ comparison }: ReportView, row: GateVerdict): boolean =>
  row.failsGate && (!comparison.unproven || row.verdict === 'broken');

/** What a gate makes of its verdict, where the word alone leaves it open. */
export function gateNote(view: ReportView, row: GateVerdict): string {
  if (isFailed(view, row)) return ', fails';
  if (!row.gate || row.verdict === 'inconclusive' || row.verdict === 'broken') return '';
  if (view.comparison.unproven) return ', unproven';
  return row.verdict === 'slower' ? ', passes' : '';
}

/** The whole run's verdict with the same note: `slower, gate fails`. */
export function runVerdict(view: ReportView): string {
  const { verdict, unproven } = view.comparison;
  if (unproven && verdict !== 'broken') return `${verdict}, unproven, no gate judged`;
  const fails = view.gates.some((row) => isFailed(view, row));
  const note = fails ? ', gate fails' : verdict === 'slower' ? ', gate passes' : '';
  return `${verdict}${note}${unproven ? ', unproven' : ''}`;
}

export interface Claim {
  readonly candidate: string;
  readonly verdict: Verdict;
  /** What the gates make of it: ", fails", ", passes", ", unproven" or nothing. */
  readonly note: string;
  /** The finding in a few words: "after is 1.9 s (4.6 %) slower to node ready". */
  readonly headline: string;
  /** How sure, from how much, mostly by what; the other gates. Ends in a full stop. */
  readonly detail: string;
  /** Both, as one text. */
  readonly sentence: string;
}

export const shortName = (name: string): string => plain(name, 60);

/** `node ready` from the declared title, or from the id where there is none. */
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

/** "to node ready" for what ends in an instant of the boot, "in TLS bootstrap" for what only lasts. */
function towards(view: ReportView, metric: string): string {
  const arrival = ARRIVALS[metric] ?? (/^(outside|marker)\./.test(metric) ? shortName(metric) : undefined);
  return arrival === undefined ? `in ${metricTitle(view, metric)}` : `to ${arrival}`;
}

function countsOf(view: ReportView, variant: string): VariantCounts | undefined {
  return view.comparison.counts.find((counts) => counts.variant === variant);
}

/** One claim per candidate, in the scenario's order. */
export const claims = (view: ReportView): Claim[] =>
  view.comparison.candidates.map((candidate) => claimOf(view, candidate));

/** The verdict as one paragraph: what every output opens with. */
export function verdictSentence(view: ReportView): string {
  return claims(view)
    .map((claim) => claim.sentence)
    .join(' ');
}

function claimOf(view: ReportView, candidate: string): Claim {
  const gates = view.gatesOf(candidate);
  const verdict =
    view.comparison.candidates.length === 1 ? view.comparison.verdict : worst(gates.map((row) => row.verdict));
  const lead = leadOf(view, gates);
  const effect =
    lead === undefined ? { headline: 'No gate metric could be compared', facts: [] } : effectOf(view, lead);
  const broken = verdict === 'broken' ? brokenHeadline(view, candidate) : undefined;
  const others = otherGates(view, gates, lead);
  const headline = `${view.comparison.unproven ? 'Unproven: ' : ''}${broken ?? effect.headline}`;
  const facts = [
    ...(view.comparison.unproven ? [movedControls(view)] : []),
    ...(broken === undefined ? [] : [effect.headline]),
    ...effect.facts,
  ];
  const detail = [facts.length === 0 ? undefined : `${facts.join('; ')}.`, others].filter((part) => part !== undefined);
  return {
    candidate,
    verdict,
    note: gateNote(view, { gate: true, verdict, failsGate: gates.some((row) => row.failsGate) }),
    headline,
    detail: detail.join(' '),
    sentence: facts.length === 0 ? [`${headline}.`, ...detail].join(' ') : [headline, detail.join(' ')].join('; '),
  };
}

/** Why a run is unproven. */
function movedControls(view: ReportView): string {
  const moved = view.comparison.metrics.filter(
    (row) => view.declared(row.metric)?.control === true && /^(slower|faster)$/.test(row.verdict),
  );
  const names = [...new Set(moved.map((row) => shortName(row.metric)))].join(' and ');
  return `${names === '' ? 'a control' : names} moved, which the change cannot touch`;
}

const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce<Verdict>(
    (bad, verdict) => (VERDICTS.indexOf(verdict) > VERDICTS.indexOf(bad) ? verdict : bad),
    verdicts[0] ?? 'inconclusive',
  );

/** The headline metric leads, unless another gate fails where it does not. */
export function leadOf(view: ReportView, gates: readonly MetricComparison[]): MetricComparison | undefined {
  const headline = view.headline;
  const first = gates.find((row) => row.metric === headline) ?? gates[0];
  const isBad = (row: MetricComparison) => isFailed(view, row);
  return first !== undefined && isBad(first) ? first : (gates.find(isBad) ?? first);
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
  if (estimate === null) return { headline: `${name}: nothing can be said on the time ${goal}`, facts: [rests] };
  const amount = effectSize(row, scale);
  const interval = intervalWords(row.differenceUs, scale, estimate);
  switch (row.verdict) {
    case 'broken':
      return { headline: `its good boots alone are ${amount} ${goal}`, facts: [interval, rests] };
    case 'slower':
    case 'faster': {
      const margin = withinMargin(view, row) ? ', within the margin' : '';
      return { headline: `${name} is ${amount} ${goal}${margin}`, facts: [interval, rests, ...mover(view, row)] };
    }
    case 'equivalent':
      return {
        headline: `${name} is as fast as ${shortName(view.comparison.baseline)} ${goal} (equivalent)`,
        facts: [equivalenceWords(view, row), rests],
      };
    case 'inconclusive':
      return {
        headline: `It is open whether ${name} is faster or slower ${goal} (inconclusive)`,
        facts: [`it looks ${amount}, which may be chance`, interval, rests, ...needs(view, row)],
      };
    default:
      return row.verdict satisfies never;
  }
}

/** `1.9 s (4.6 %) slower` */
function effectSize(row: MetricComparison, scale: Scale): string {
  const estimate = row.differenceUs.estimate ?? 0;
  if (Math.abs(estimate) < leastShown(scale)) return `alike to the nearest ${time(2 * leastShown(scale), scale)}`;
  const share =
    row.ratio === null || row.ratio.estimate === null
      ? ''
      : ` (${percent(Math.abs(row.ratio.estimate - 1), percentDecimals(row.ratio))})`;
  return `${time(Math.abs(estimate), scale)}${share} ${estimate < 0 ? 'faster' : 'slower'}`;
}

/** `95 % interval 1.3 to 2.5 s`, read in the direction of the estimate; both directions are named when it spans zero. */
function intervalWords(interval: Interval, scale: Scale, estimate: number): string {
  const label = `${share(interval.confidence)} interval`;
  const { low, high } = interval;
  if (low === null && high === null) return `${label} unbounded`;
  const size = (us: number) => fixed(Math.abs(us) / scale.usPerUnit, scale.decimals);
  if (low !== null && high !== null && low * high > 0) {
    const [near, far] = estimate < 0 ? [high, low] : [low, high];
    return `${label} ${size(near)} to ${size(far)} ${scale.unit}`;
  }
  const bound = (us: number | null) =>
    us === null ? 'unbounded' : `${size(us)} ${scale.unit} ${us < 0 ? 'faster' : 'slower'}`;
  return `${label} from ${bound(low)} to ${bound(high)}`;
}

function equivalenceWords(view: ReportView, row: MetricComparison): string {
  const margin = view.declared(row.metric)?.equivalenceMargin ?? 0.05;
  const interval = row.equivalence ?? row.ratio;
  if (interval === null || interval.low === null || interval.high === null) return 'the interval is inside the margin';
  if (interval.low === 1 && interval.high === 1) return 'no difference in any block';
  const decimals = percentDecimals(interval);
  const bound = (ratio: number) => `${percent(Math.abs(ratio - 1), decimals)} ${ratio < 1 ? 'faster' : 'slower'}`;
  return `${share(interval.confidence)} interval from ${bound(interval.low)} to ${bound(interval.high)}, inside the margin of ${share(margin)}`;
}

/** A significant difference that is too small to matter: it passes. */
function withinMargin(view: ReportView, row: MetricComparison): boolean {
  const margin = view.declared(row.metric)?.equivalenceMargin;
  const interval = row.equivalence ?? row.ratio;
  if (margin === undefined || interval === null || interval.low === null || interval.high === null) return false;
  return interval.low >= 1 - margin && interval.high <= 1 + margin;
}

function basis(view: ReportView, row: MetricComparison): string {
  if (view.isBlocked) return count(Math.min(row.before.n, row.after.n, view.comparison.blocks), 'block');
  return `${row.before.n} and ${row.after.n} boots, not interleaved`;
}

/** `about 34 blocks would settle it` */
function needs(view: ReportView, row: MetricComparison): string[] {
  if (typeof row.needs !== 'number') return [];
  return [`about ${view.isBlocked ? count(row.needs, 'block') : `${count(row.needs, 'boot')} a side`} would settle it`];
}

export const attributionOf = (view: ReportView, metric: string, candidate: string): Attribution | undefined =>
  view.comparison.attribution.find((entry) => entry.metric === metric && entry.candidate === candidate);

/**
 * The biggest item in the direction of the difference, when it carries at least a third of it; where it is more than the whole,
 * what took part of it back.
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

/** The gates the sentence did not speak of, counted by verdict; one that fails is named. */
function otherGates(
  view: ReportView,
  gates: readonly MetricComparison[],
  lead: MetricComparison | undefined,
): string | undefined {
  // A candidate that is broken is so in each of its gates.
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

/** What would change the verdict, in one sentence. */
export function whatWouldChange(view: ReportView, row: MetricComparison): string {
  const declared = view.declared(row.metric);
  const minimum = share(declared?.minimumEffect ?? 0.05);
  const floor = time(declared?.floorUs ?? 100_000, { unit: 'ms', usPerUnit: 1000, decimals: 0 });
  if (view.comparison.unproven && row.verdict !== 'broken')
    return 'No gate is judged before a run in which the controls hold still: find what moved them, and run it again.';
  switch (row.verdict) {
    case 'slower':
      return row.failsGate
        ? `It would pass if the slowdown were below ${minimum} or below ${floor}.`
        : `It would fail if the slowdown were more than ${minimum} and more than ${floor}.`;
    case 'faster':
      return `The gate fails only for a slowdown of more than ${minimum} and more than ${floor}.`;
    case 'equivalent':
      return `It would fail for a slowdown of more than ${minimum} and more than ${floor}; this interval rules that out.`;
    case 'inconclusive':
      return typeof row.needs === 'number'
        ? `At the spread seen here, ${needs(view, row)[0]}.`
        : 'More blocks would settle it; how many cannot be told from this spread.';
    case 'broken':
      return 'Repair what broke first: a broken boot is never counted as fast.';
    default:
      return row.verdict satisfies never;
  }
}
