/** The findings on a variant measured alone, in sentences. Nothing here mentions a change. */
import type { BudgetResult } from '../../model/budget-result.ts';
import type { MetricDescription, QuantileEstimate } from '../../model/description.ts';
import { budgetSentence } from '../budget-words.ts';
import { type Claim, shortName, towards } from '../claims.ts';
import { count, fixed, percent, type Scale, share, time } from '../format.ts';
import type { ReportView } from '../view.ts';
import { isTimed } from './rows.ts';

export function claimAlone(view: ReportView): Claim {
  const variant = view.comparison.baseline;
  const { verdict } = view.comparison;
  const lead = view.headline === undefined ? undefined : view.describedAs(view.headline);
  const headline = lead === undefined ? `Nothing was measured in ${shortName(variant)}` : leadWords(view, lead);
  const told = [...(lead === undefined ? [] : [leadDetail(view, lead)]), budgetsDetail(view)];
  const detail = told.filter((part) => part !== undefined).join(' ');
  const isTimed = (lead?.quantiles.length ?? 0) > 0;
  const sentence = isTimed ? `${headline}; ${detail}` : `${headline}. ${detail}`.trim();
  return { candidate: variant, verdict, note: '', headline, detail, sentence };
}

function leadWords(view: ReportView, described: MetricDescription): string {
  const [median] = described.quantiles;
  const goal = towards(view, described.metric);
  const name = shortName(described.variant);
  if (median === undefined) return `${name} has no boot with a time ${goal}`;
  return `${name} takes ${time(median.estimateUs, view.scale(described.metric))} ${goal} (median)`;
}

function leadDetail(view: ReportView, described: MetricDescription): string {
  const scale = view.scale(described.metric);
  const [median, ...others] = described.quantiles;
  if (median === undefined) return whyNotTimed(view, described.variant);
  const spread =
    described.spread === null || described.n < 2
      ? ''
      : `; ${view.isBlocked ? 'blocks' : 'boots'} spread by ${percent(described.spread, described.spread < 0.1 ? 1 : 0)}`;
  const intervals = [`${intervalOf(median, scale)}`, ...others.map((each) => quantileWords(each, scale))];
  return `${intervals.join('; ')}; ${count(described.n, view.isBlocked ? 'block' : 'boot')}${spread}.`;
}

function whyNotTimed({ comparison }: ReportView, variant: string): string {
  const { boots = 0, failed = 0, broken = 0 } = comparison.counts.find((each) => each.variant === variant) ?? {};
  if (failed + broken === boots) return 'All its boots failed or broke.';
  const others = comparison.descriptions?.some(isTimed) ? ' What else was timed is in the table.' : '';
  return `Its artifacts do not show when it was reached.${others}`;
}

/** `p90 43.1 s (41.9 s or more; an upper bound needs 36 boots)` */
export const quantileWords = (estimate: QuantileEstimate, scale: Scale): string =>
  `${quantileName(estimate)} ${time(estimate.estimateUs, scale)} (${intervalWords(estimate, scale)})`;

function intervalOf(estimate: QuantileEstimate, scale: Scale): string {
  const { lowUs, highUs, confidence, needs } = estimate;
  if (lowUs === null && highUs === null)
    return `no ${share(confidence)} interval${needs === undefined ? '' : `, which needs ${count(needs, 'boot')}`}`;
  return `${share(confidence)} interval ${intervalWords(estimate, scale)}`;
}

export const quantileName = ({ quantile }: QuantileEstimate): string =>
  quantile === 0.5 ? 'median' : `p${Math.round(quantile * 100)}`;

/** `40.1 to 43.6 s`; if n is too small for a bound, it says how many boots that bound needs. */
export function intervalWords(estimate: QuantileEstimate, scale: Scale): string {
  const bounds = boundsOf(estimate, scale);
  const { needs } = estimate;
  if (needs === undefined) return bounds ?? 'no interval';
  return bounds === undefined ? `needs ${count(needs, 'boot')}` : `${bounds}; both bounds need ${count(needs, 'boot')}`;
}

/** Undefined if there is no bound. */
export function boundsOf({ lowUs, highUs }: QuantileEstimate, scale: Scale): string | undefined {
  const size = (us: number) => fixed(us / scale.usPerUnit, scale.decimals);
  if (lowUs === null && highUs === null) return undefined;
  if (highUs === null) return `${size(lowUs ?? 0)} ${scale.unit} or more`;
  if (lowUs === null) return `${size(highUs)} ${scale.unit} or less`;
  return `${size(lowUs)} to ${size(highUs)} ${scale.unit}`;
}

/** Each exceeded budget, then the number of those within their limit, and of open ones. */
function budgetsDetail(view: ReportView): string | undefined {
  return budgetsTold(view, view.budgets);
}

/** A variant's budgets in a sentence or two; undefined if it has none. */
export function budgetsTold(view: ReportView, rows: readonly BudgetResult[]): string | undefined {
  if (rows.length === 0) return undefined;
  const exceeded = rows.filter(({ verdict }) => verdict === 'exceeded');
  const named = exceeded.slice(0, NAMED).map((row) => capital(budgetSentence(row, view.scale(row.metric))));
  const within = rows.filter(({ verdict }) => verdict === 'within').length;
  const open = rows.length - exceeded.length - within;
  const parts = [
    ...(exceeded.length > 0 ? [`${exceeded.length} exceeded`] : []),
    ...(within > 0 ? [`${within} within`] : []),
    ...(open > 0 ? [`${open} undecided`] : []),
  ];
  return [...named.map((text) => `${text}.`), `Of ${count(rows.length, 'budget')}: ${parts.join(', ')}.`].join(' ');
}

/** The table has the rest. */
const NAMED = 3;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
