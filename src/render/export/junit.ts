/**
 * A run as a JUnit report, which every CI shows. Each candidate (or the variant measured alone) is a suite. The boots are one
 * case, and so is every gate, budget and expectation. The boots are an error if no boot came up or the candidate is broken. A
 * failed gate, budget or expectation is a failure; an unjudged one is skipped, because nothing showed that it is well.
 *
 * A gate's or budget's time is the median of its metric. An expectation's time is the variant's median of the headline metric.
 */
import type { BudgetResult } from '../../model/budget-result.ts';
import type { MetricComparison } from '../../model/comparison.ts';
import type { Us } from '../../model/units.ts';
import { boundsWords, limitWords, seenWords, settleWords } from '../budget-words.ts';
import { type Html, html, NOTHING } from '../escape.ts';
import { type ExpectationTally, expectationTallies } from '../expectations.ts';
import { percentChange, percentDecimals, percentInterval } from '../format.ts';
import type { ReportInput } from '../input.ts';
import { type ReportView, viewOf } from '../view.ts';
import { whatWouldChange } from '../what-would-change.ts';

export function renderJunit(input: ReportInput): string {
  const view = viewOf(input);
  const held = view.isAlone ? [view.comparison.baseline] : view.comparison.candidates;
  const suites = held.map((variant) => suite(view, variant));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${html`<testsuites name="bench">${suites}\n</testsuites>`.markup}\n`;
}

function suite(view: ReportView, variant: string): Html {
  const cases = [
    bootsCase(view, variant),
    ...view.gatesOf(variant).map((row) => gateCase(view, row)),
    ...view.budgets.filter((row) => row.variant === variant).map((row) => budgetCase(view, row)),
    ...expectationTallies(view, variant).map((tally) => expectationCase(view, variant, tally)),
  ];
  const count = (outcome: Outcome) => cases.filter((each) => each.outcome === outcome).length;
  const name = `${view.samples.scenario}: ${variant}`;
  return html`
  <testsuite name="${name}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}">${cases.map(({ markup }) => markup)}
  </testsuite>`;
}

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';
const OUTCOMES = { passes: 'passed', fails: 'failure', unjudged: 'skipped' } as const;
interface Case {
  readonly outcome: Outcome;
  readonly markup: Html;
}

function bootsCase(view: ReportView, variant: string): Case {
  const counts = view.comparison.counts.find((each) => each.variant === variant);
  const { verdict, result } = view.isAlone
    ? view.comparison
    : (view.comparison.outcomes.find((each) => each.candidate === variant) ?? { verdict: 'broken', result: 'fails' });
  const isBad = verdict === 'broken' || result === 'nothing-booted';
  const told = (counts?.reasons ?? []).slice(0, 5).map(({ reason, count }) => `${reason} (${count})`);
  const message = `${counts?.failed ?? 0} failed, ${counts?.broken ?? 0} broken of ${counts?.boots ?? 0} boots`;
  const text = [...(view.alarm === undefined ? [] : [view.alarm]), message, ...told].join('; ');
  return testCase(view, 'boots', { outcome: isBad ? 'error' : 'passed', text, us: headlineMedian(view, variant) });
}

function gateCase(view: ReportView, row: MetricComparison): Case {
  const decimals = percentDecimals(row.ratio);
  const effect = row.ratio
    ? `: ${percentChange(row.ratio.estimate, decimals)}, interval ${percentInterval(row.ratio, decimals)}`
    : '';
  const text = `${row.verdict}${effect}. ${whatWouldChange(view, row)}`;
  return testCase(view, row.metric, { outcome: OUTCOMES[row.gateResult ?? 'unjudged'], text, us: row.after.medianUs });
}

function budgetCase(view: ReportView, row: BudgetResult): Case {
  const scale = view.scale(row.metric);
  const seen = row.n === 0 ? '' : `: ${seenWords(row, scale)}, interval ${boundsWords(row, scale)}`;
  const settle = settleWords(row);
  const text = `${row.verdict}${seen}${settle === undefined ? '' : `; ${settle}`}`;
  const us = row.estimateUs ?? medianOf(view, row.metric, row.variant);
  const name = `budget ${row.metric}: ${limitWords(row)}`;
  return testCase(view, name, { outcome: OUTCOMES[row.gateResult ?? 'unjudged'], text, us });
}

/** One boot that violates it is enough to fail it. Without one, an expectation unjudged in some boots is skipped. */
function expectationCase(view: ReportView, variant: string, tally: ExpectationTally): Case {
  const { claim, held, broken, open, message } = tally;
  const outcome = broken > 0 ? 'failure' : open > 0 ? 'skipped' : 'passed';
  const counts = `held in ${held}, broken in ${broken}, not checked in ${open} boots`;
  const text = message === undefined ? counts : `${counts}: ${message}`;
  return testCase(view, `expectation: ${claim}`, { outcome, text, us: headlineMedian(view, variant) });
}

const headlineMedian = (view: ReportView, variant: string): Us | null =>
  view.headline === undefined ? null : medianOf(view, view.headline, variant);

function medianOf(view: ReportView, metric: string, variant: string): Us | null {
  if (view.isAlone) return view.describedAs(metric)?.quantiles[0]?.estimateUs ?? null;
  return (
    view.comparison.metrics.find((row) => row.metric === metric && row.candidate === variant)?.after.medianUs ?? null
  );
}

const SECOND_US = 1_000_000;

interface Told {
  readonly outcome: Outcome;
  readonly text: string;
  /** Duration of the case's subject; null if there is no value. */
  readonly us: Us | null;
}

function testCase({ samples }: ReportView, name: string, { outcome, text, us }: Told): Case {
  const body = {
    passed: html`<system-out>${text}</system-out>`,
    failure: html`<failure message="${text}"/>`,
    error: html`<error message="${text}"/>`,
    skipped: html`<skipped message="${text}"/>`,
  }[outcome];
  const time = us === null ? NOTHING : html` time="${(us / SECOND_US).toFixed(6)}"`;
  return {
    outcome,
    markup: html`
    <testcase classname="${samples.scenario}"${time} name="${name}">${body}</testcase>`,
  };
}
