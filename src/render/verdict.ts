/**
 * The verdict in a word, with what the gates make of it. Nothing is judged here: pass or fail stands in `comparison.json`
 * (`gateResult` of a row, `result` of a candidate and of the run), and every output reads it there.
 */
import type { MetricComparison, RunResult, Verdict } from '../model/comparison.ts';
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

/** What a gate makes of its verdict, where the word alone leaves it open: `, fails`, `, passes`, `, unproven` or nothing. */
export const gateNote = (view: ReportView, row: MetricComparison): string =>
  row.gateResult === undefined ? '' : noteOf(view, row.verdict, row.gateResult);

export function noteOf({ comparison }: ReportView, verdict: Verdict, result: RunResult): string {
  if (result === 'nothing-booted') return ', nothing to compare';
  if (result === 'fails') return ', fails';
  if (comparison.unproven && verdict !== 'inconclusive') return ', unproven';
  return verdict === 'slower' && result === 'passes' ? ', passes' : '';
}

/** The whole run's verdict: `slower, gate fails`. */
export function runVerdict({ comparison }: ReportView): string {
  const { verdict, unproven, result } = comparison;
  if (result === 'nothing-booted') return `${verdict}, nothing to compare`;
  if (unproven && verdict !== 'broken') return `${verdict}, unproven, no gate judged`;
  return `${verdict}${RUN_NOTES[result](verdict)}${unproven ? ', unproven' : ''}`;
}

const RUN_NOTES: Readonly<Record<Exclude<RunResult, 'nothing-booted'>, (verdict: Verdict) => string>> = {
  fails: () => ', gate fails',
  passes: (verdict) => (verdict === 'slower' ? ', gate passes' : ''),
  unjudged: (verdict) => (verdict === 'inconclusive' ? '' : ', not all gates judged'),
};

export const runSymbol = ({ comparison }: ReportView): string =>
  comparison.result === 'nothing-booted' ? SYMBOLS.broken : SYMBOLS[comparison.verdict];
