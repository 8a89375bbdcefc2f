/**
 * Gates as a JUnit report, which every CI shows: a suite per candidate, a case for the boots themselves and one per gate. Boots
 * that failed or broke an expectation are errors where they make the verdict, a gate that fails is a failure, and one that is
 * inconclusive was skipped: it was not shown to be well.
 */
import type { MetricComparison } from '../../model/comparison.ts';
import { type Html, html } from '../escape.ts';
import { percentChange, percentDecimals, percentInterval } from '../format.ts';
import { gatesOf, type ReportInput } from '../input.ts';
import { isFailed, whatWouldChange } from '../verdict.ts';

export function renderJunit(input: ReportInput): string {
  const suites = input.comparison.candidates.map((candidate) => suite(input, candidate));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${html`<testsuites name="bench">${suites}\n</testsuites>`.markup}\n`;
}

function suite(input: ReportInput, candidate: string): Html {
  const cases = [bootsCase(input, candidate), ...gatesOf(input, candidate).map((row) => gateCase(input, row))];
  const count = (outcome: Outcome) => cases.filter((each) => each.outcome === outcome).length;
  const name = `${input.samples.scenario}: ${candidate}`;
  return html`
  <testsuite name="${name}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}">${cases.map(({ markup }) => markup)}
  </testsuite>`;
}

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';
interface Case {
  readonly outcome: Outcome;
  readonly markup: Html;
}

function bootsCase(input: ReportInput, candidate: string): Case {
  const counts = input.comparison.counts.find(({ variant }) => variant === candidate);
  const isBroken = input.comparison.metrics.some((row) => row.candidate === candidate && row.verdict === 'broken');
  const told = (counts?.reasons ?? []).slice(0, 5).map(({ reason, count }) => `${reason} (${count})`);
  const message = `${counts?.failed ?? 0} failed, ${counts?.broken ?? 0} broken of ${counts?.boots ?? 0} boots`;
  const text = [message, ...told].join('; ');
  return testCase(input, 'boots', isBroken ? 'error' : 'passed', text);
}

function gateCase(input: ReportInput, row: MetricComparison): Case {
  const decimals = percentDecimals(row.ratio);
  const effect = row.ratio
    ? `: ${percentChange(row.ratio.estimate, decimals)}, interval ${percentInterval(row.ratio, decimals)}`
    : '';
  const text = `${row.verdict}${effect}. ${whatWouldChange(input, row)}`;
  const outcome = isFailed(input, row)
    ? 'failure'
    : row.verdict === 'inconclusive' || input.comparison.unproven
      ? 'skipped'
      : 'passed';
  return testCase(input, row.metric, outcome, text);
}

function testCase({ samples }: ReportInput, name: string, outcome: Outcome, text: string): Case {
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
