/**
 * The verdict in a word, with its effect on the gates. This file judges nothing: pass or fail is in `comparison.json`
 * (`gateResult` of a row, `result` of a candidate and of the run). Every output reads it there.
 */
import type { MetricComparison } from '../model/comparison.ts';
import type { RunResult, Verdict } from '../model/verdict.ts';
import { RESULT_WORDS } from './budget-words.ts';
import type { ReportView } from './view.ts';

/** A symbol beside the word, so that colour never has to carry the meaning. */
export const SYMBOLS: Readonly<Record<Verdict, string>> = {
  faster: '▼',
  equivalent: '≈',
  inconclusive: '?',
  slower: '▲',
  broken: '✖',
};

export const isFailed = (row: MetricComparison): boolean => row.gateResult === 'fails';

/** The gate's result, if the verdict alone does not imply it: `, fails`, `, passes`, `, unproven` or nothing. */
export const gateNote = (view: ReportView, row: MetricComparison): string =>
  row.gateResult === undefined ? '' : noteOf(view, row.verdict, row.gateResult);

export function noteOf({ comparison }: ReportView, verdict: Verdict, result: RunResult): string {
  if (result === 'nothing-booted') return ', nothing to compare';
  if (result === 'fails') return ', fails';
  if (comparison.unproven && verdict !== 'inconclusive') return ', unproven';
  return verdict === 'slower' && result === 'passes' ? ', passes' : '';
}

/** The same for a candidate, whose gates and budgets give one result. */
export function candidateNote(view: ReportView, candidate: string, verdict: Verdict, result: RunResult): string {
  const isBudget = result === 'fails' && verdict !== 'broken' && !view.gatesOf(candidate).some(isFailed);
  if (isBudget) return ', budget exceeded';
  return noteOf(view, verdict, result);
}

/** The whole run's verdict: `slower, gate fails`; for a single variant, the result of its budgets. */
export function runVerdict(view: ReportView): string {
  const { verdict, unproven, result } = view.comparison;
  if (view.isAlone) return wordAlone(view);
  if (result === 'nothing-booted') return `${verdict}, nothing to compare`;
  const isBudget = result === 'fails' && verdict !== 'broken' && !view.gates.some(isFailed);
  const budget = isBudget ? ', budget exceeded' : '';
  if (unproven && verdict !== 'broken') return `${verdict}, unproven, no gate judged${budget}`;
  const gates = isBudget ? '' : RUN_NOTES[result](verdict, view);
  return `${verdict}${gates}${budget}${unproven ? ', unproven' : ''}`;
}

function wordAlone({ comparison: { verdict, result }, budgets }: ReportView): string {
  if (verdict === 'broken') return 'broken';
  return budgets.length === 0 && result === 'unjudged' ? 'measured' : RESULT_WORDS[result];
}

const RUN_NOTES: Readonly<
  Record<Exclude<RunResult, 'nothing-booted'>, (verdict: Verdict, view: ReportView) => string>
> = {
  fails: () => ', gate fails',
  passes: (verdict) => (verdict === 'slower' ? ', gate passes' : ''),
  unjudged: (verdict, view) => {
    if (verdict === 'inconclusive') return '';
    const isGate = view.gates.length === 0 || view.gates.some(({ gateResult }) => gateResult !== 'passes');
    return isGate ? ', not all gates judged' : ', not all budgets decided';
  },
};

const SYMBOLS_ALONE: Readonly<Record<RunResult, string>> = {
  passes: '✓',
  fails: '✖',
  unjudged: '?',
  'nothing-booted': '✖',
};

export function runSymbol({ comparison, isAlone, budgets }: ReportView): string {
  const { result, verdict } = comparison;
  if (isAlone) return result === 'unjudged' && budgets.length === 0 ? '●' : SYMBOLS_ALONE[result];
  return result === 'nothing-booted' ? SYMBOLS.broken : SYMBOLS[verdict];
}

/** The style of the whole run's badge. */
export function runLook({ comparison, isAlone, budgets }: ReportView): Verdict {
  const { result, verdict } = comparison;
  if (result === 'nothing-booted') return 'broken';
  if (!isAlone || verdict === 'broken') return verdict;
  if (result === 'unjudged') return budgets.length === 0 ? 'equivalent' : 'inconclusive';
  return result === 'passes' ? 'faster' : 'slower';
}
