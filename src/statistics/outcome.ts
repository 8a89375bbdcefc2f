/**
 * Pass or fail, decided once. Pages, comments, checks, exit codes and the stopping rule read what is decided here.
 *
 *   row        broken                                    fails
 *              a control moved, or its definition did    unjudged
 *              inconclusive                              unjudged
 *              slower by more than its margins allow     fails
 *              all else                                  passes
 *   candidate  any row fails: fails; no gate, or any row unjudged: unjudged; else passes
 *   run        no boot of the baseline, or of any candidate, came up: nothing-booted; else the worst of its candidates
 */
import type { CandidateOutcome, GateResult, MetricComparison, RunResult, Verdict } from '../model/comparison.ts';
import type { VariantBoots } from './observations.ts';

type Judged = Pick<MetricComparison, 'verdict' | 'failsGate'>;

export function gateResultOf({ verdict, failsGate }: Judged, unproven: boolean): GateResult {
  if (verdict === 'broken') return 'fails';
  if (unproven || verdict === 'inconclusive') return 'unjudged';
  return failsGate ? 'fails' : 'passes';
}

/** The worst news first, then what is not known. */
const VERDICTS: readonly Verdict[] = ['broken', 'slower', 'inconclusive', 'faster', 'equivalent'];
const RESULTS: readonly RunResult[] = ['nothing-booted', 'fails', 'unjudged', 'passes'];

export const overallVerdict = (verdicts: readonly Verdict[]): Verdict =>
  VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive';

export const overallResult = (results: readonly RunResult[]): RunResult =>
  RESULTS.find((result) => results.includes(result)) ?? 'unjudged';

/** `rows` are the candidate's, `broken` what the boots themselves say: it holds where there is no gate as well. */
export function outcomeOf(
  candidate: string,
  rows: readonly MetricComparison[],
  { broken, nothing }: { readonly broken: boolean; readonly nothing: boolean },
): CandidateOutcome {
  const gates = rows.filter((row) => row.gate && row.candidate === candidate);
  const results = gates.map((row) => row.gateResult ?? 'unjudged');
  return {
    candidate,
    verdict: broken ? 'broken' : overallVerdict(gates.map((row) => row.verdict)),
    result: nothing ? 'nothing-booted' : broken ? 'fails' : overallResult(results),
  };
}

const cameUp = ({ all, failed }: VariantBoots): boolean => all.length > failed.length;

/** Nothing can be compared: the baseline, or every candidate, has no boot that came up. */
export const nothingBooted = (baseline: VariantBoots, candidates: readonly VariantBoots[]): boolean =>
  !cameUp(baseline) || (candidates.length > 0 && !candidates.some(cameUp));
