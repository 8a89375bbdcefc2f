/**
 * Decides pass or fail, once. Pages, comments, checks, exit codes and the stopping rule all use this decision.
 *
 *   row        broken                                    fails
 *              a control moved, or its definition did    unjudged
 *              inconclusive                              unjudged
 *              slower by more than its margins allow     fails
 *              all else                                  passes
 *   budget     exceeded: fails; within: passes; inconclusive: unjudged; a control that moved does not affect it
 *   candidate  any row or budget fails: fails; none of either, or any unjudged: unjudged; else passes
 *   run        no boot of the baseline, or of any candidate, came up: nothing-booted; else the worst of its candidates
 *   alone      (one variant) no boot came up: nothing-booted; any boot broke an expectation: fails; else the worst of its budgets
 */
import type { BudgetResult } from '../model/budget-result.ts';
import type { CandidateOutcome, Comparison, MetricComparison } from '../model/comparison.ts';
import type { GateResult, RunResult, Verdict } from '../model/verdict.ts';
import type { VariantBoots } from './observations.ts';

type Judged = Pick<MetricComparison, 'verdict' | 'failsGate'>;

export function gateResultOf({ verdict, failsGate }: Judged, unproven: boolean): GateResult {
  if (verdict === 'broken') return 'fails';
  if (unproven || verdict === 'inconclusive') return 'unjudged';
  return failsGate ? 'fails' : 'passes';
}

/** The worst first; inconclusive comes before the verdicts that pass. */
const VERDICTS: readonly Verdict[] = ['broken', 'slower', 'inconclusive', 'faster', 'equivalent'];
const RESULTS: readonly RunResult[] = ['nothing-booted', 'fails', 'unjudged', 'passes'];

const overallVerdict = (verdicts: readonly Verdict[]): Verdict =>
  VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive';

const overallResult = (results: readonly RunResult[]): RunResult =>
  RESULTS.find((result) => results.includes(result)) ?? 'unjudged';

type Outcome = Pick<Comparison, 'verdict' | 'result'>;

export const overallOutcome = (outcomes: readonly CandidateOutcome[]): Outcome => ({
  verdict: overallVerdict(outcomes.map(({ verdict }) => verdict)),
  result: overallResult(outcomes.map(({ result }) => result)),
});

/** Outcome of a run with one variant. A failed boot is as likely an environment failure, so it does not fail the variant. */
export function outcomeAlone(boots: VariantBoots, budgets: readonly BudgetResult[]): Outcome {
  if (!cameUp(boots)) return { verdict: 'inconclusive', result: 'nothing-booted' };
  if (boots.broken.length > 0) return { verdict: 'broken', result: 'fails' };
  return { verdict: 'inconclusive', result: overallResult(budgets.map(({ gateResult = 'unjudged' }) => gateResult)) };
}

/** `rows` are the candidate's; `broken` comes from its boots, so it counts even without a gate. */
export function outcomeOf(
  candidate: string,
  rows: readonly MetricComparison[],
  budgets: readonly BudgetResult[],
  { broken, nothing }: { readonly broken: boolean; readonly nothing: boolean },
): CandidateOutcome {
  const gates = rows.filter((row) => row.gate && row.candidate === candidate);
  const own = budgets.filter((row) => row.variant === candidate);
  const results = [...gates, ...own].map((row) => row.gateResult ?? 'unjudged');
  return {
    candidate,
    verdict: broken ? 'broken' : overallVerdict(gates.map((row) => row.verdict)),
    result: nothing ? 'nothing-booted' : broken ? 'fails' : overallResult(results),
  };
}

const cameUp = ({ all, failed }: VariantBoots): boolean => all.length > failed.length;

/** The run has nothing to compare: no boot of the baseline came up, or no boot of all candidates. */
export const nothingBooted = (baseline: VariantBoots, candidates: readonly VariantBoots[]): boolean =>
  !cameUp(baseline) || (candidates.length > 0 && !candidates.some(cameUp));
