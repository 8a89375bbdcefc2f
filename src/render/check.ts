/**
 * A check run: what GitHub shows beside a commit. Title, summary and annotations as its API takes them; posting is not done
 * here. Annotations point at the scenario, as that is the file that declares the gates.
 */
import type { Check, CheckAnnotation } from '../model/code-host.ts';
import type { RunResult } from '../model/comparison.ts';
import { claims } from './claims.ts';
import { plain } from './escape.ts';
import type { ReportInput } from './input.ts';
import { summaryOf } from './summary.ts';
import { gateNote, isFailed, runSymbol, runVerdict } from './verdict.ts';
import { type ReportView, viewOf } from './view.ts';
import { whatWouldChange } from './what-would-change.ts';

/** GitHub refuses a longer summary, a longer title, more annotations in one request. */
const SUMMARY_LIMIT = 65_000;
const TITLE_LIMIT = 250;
const ANNOTATIONS_LIMIT = 50;

export function renderCheck(input: ReportInput): Check {
  const view = viewOf(input);
  const title = `${runSymbol(view)} ${runVerdict(view)}: ${view.alarm ?? claims(view)[0]?.headline ?? ''}`;
  return {
    name: plain(`bench: ${view.samples.scenario}`, 100),
    conclusion: CONCLUSIONS[view.comparison.result],
    title: plain(title, TITLE_LIMIT),
    summary: summaryOf(view, SUMMARY_LIMIT),
    annotations: annotationsOf(view),
  };
}

/** What was not judged is neither a pass nor a failure. */
const CONCLUSIONS: Readonly<Record<RunResult, Check['conclusion']>> = {
  passes: 'success',
  fails: 'failure',
  'nothing-booted': 'failure',
  unjudged: 'neutral',
};

function annotationsOf(view: ReportView): CheckAnnotation[] {
  const path = scenarioPath(view);
  if (path === undefined) return [];
  return view.gates
    .filter((row) => row.gateResult !== 'passes')
    .slice(0, ANNOTATIONS_LIMIT)
    .map((row) => ({
      path,
      line: 1,
      level: isFailed(row) ? 'failure' : 'warning',
      title: plain(`${row.metric}: ${row.verdict}${gateNote(view, row)}`, TITLE_LIMIT),
      message: plain(`${claimFor(view, row.candidate)} ${whatWouldChange(view, row)}`, 2000),
    }));
}

/** From the root of the repository, as far as can be told: a scenario is named, or a path below where bench was called. */
function scenarioPath(view: ReportView): string | undefined {
  const named = view.run?.scenarioFile?.replace(/^\.\//, '');
  if (named === undefined || /^\/|(^|\/)\.\.(\/|$)/.test(named)) return undefined;
  return /\.ya?ml$/.test(named) ? named : `scenarios/${named}.yaml`;
}

const claimFor = (view: ReportView, candidate: string): string =>
  claims(view).find((claim) => claim.candidate === candidate)?.sentence ?? '';
