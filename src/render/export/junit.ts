/**
 * Gates as a JUnit report, which every CI shows: a suite per candidate, a case for the boots themselves and one per gate. The boots
 * are an error where nothing came up or the candidate is broken, a gate that fails is a failure, and one that was not judged was
 * skipped: it was not shown to be well.
 */
import type { MetricComparison } from '../../model/comparison.ts';
import { type Html, html } from '../escape.ts';
import { percentChange, percentDecimals, percentInterval } from '../format.ts';
import type { ReportInput } from '../input.ts';
import { type ReportView, viewOf } from '../view.ts';
import { whatWouldChange } from '../what-would-change.ts';

export function renderJunit(input: ReportInput): string {
  const view = viewOf(input);
  const suites = view.comparison.candidates.map((candidate) => suite(view, candidate));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${html`<testsuites name="bench">${suites}\n</testsuites>`.markup}\n`;
}

function suite(view: ReportView, candidate: string): Html {
  const cases = [bootsCase(view, candidate), ...view.gatesOf(candidate).map((row) => gateCase(view, row))];
  const count = (outcome: Outcome) => cases.filter((each) => each.outcome === outcome).length;
  const name = `${view.samples.scenario}: ${candidate}`;
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

function bootsCase(view: ReportView, candidate: string): Case {
  const counts = view.comparison.counts.find(({ variant }) => variant === candidate);
  const outcome = view.comparison.outcomes.find((each) => each.candidate === candidate);
  const isBad = outcome === undefined || outcome.verdict === 'broken' || outcome.result === 'nothing-booted';
  const told = (counts?.reasons ?? []).slice(0, 5).map(({ reason, count }) => `${reason} (${count})`);
  const message = `${counts?.failed ?? 0} failed, ${counts?.broken ?? 0} broken of ${counts?.boots ?? 0} boots`;
  const text = [...(view.alarm === undefined ? [] : [view.alarm]), message, ...told].join('; ');
  return testCase(view, 'boots', isBad ? 'error' : 'passed', text);
}

function gateCase(view: ReportView, row: MetricComparison): Case {
  const decimals = percentDecimals(row.ratio);
  const effect = row.ratio
    ? `: ${percentChange(row.ratio.estimate, decimals)}, interval ${percentInterval(row.ratio, decimals)}`
    : '';
  const text = `${row.verdict}${effect}. ${whatWouldChange(view, row)}`;
  return testCase(view, row.metric, OUTCOMES[row.gateResult ?? 'unjudged'], text);
}

function testCase({ samples }: ReportView, name: string, outcome: Outcome, text: string): Case {
  const body = {
    passed: html`<system-out>${text}</system-out>`,
    failure: html`<failure message="${text}"/>`,
    error: html`<error message="${text}"/>`,
    skipped: html`<skipped message="${text}"/>`,
  }[outcome];
  return {
    outcome,
    markup: html`
    <testcase classname="${samples.scenario}" name="${name}">${body}</testcase>`,
  };
}
