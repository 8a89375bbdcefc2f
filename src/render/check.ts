/**
 * A check run: what GitHub shows beside a commit. Title, summary and annotations as its API takes them; other code posts them.
 * Annotations point at the scenario, because that file declares the gates.
 */
import type { Check, CheckAnnotation } from '../model/code-host.ts';
import type { RunResult } from '../model/verdict.ts';
import { budgetRows } from './budget-rows.ts';
import { budgetSentence } from './budget-words.ts';
import { claims } from './claims.ts';
import { plain } from './escape.ts';
import { expectationTallies } from './expectations.ts';
import { count } from './format.ts';
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

/** `unjudged` is neither a pass nor a failure. */
const CONCLUSIONS: Readonly<Record<RunResult, Check['conclusion']>> = {
  passes: 'success',
  fails: 'failure',
  'nothing-booted': 'failure',
  unjudged: 'neutral',
};

function annotationsOf(view: ReportView): CheckAnnotation[] {
  const path = scenarioPath(view);
  if (path === undefined) return [];
  return [...gateNotes(view), ...budgetNotes(view), ...expectationNotes(view)]
    .slice(0, ANNOTATIONS_LIMIT)
    .map(({ failed, title, message }) => ({
      path,
      line: 1,
      level: failed ? 'failure' : 'warning',
      title: plain(title, TITLE_LIMIT),
      message: plain(message, 2000),
    }));
}

interface Note {
  readonly failed: boolean;
  readonly title: string;
  readonly message: string;
}

const gateNotes = (view: ReportView): Note[] =>
  view.gates
    .filter((row) => row.gateResult !== 'passes')
    .map((row) => ({
      failed: isFailed(row),
      title: `${row.metric}: ${row.verdict}${gateNote(view, row)}`,
      message: `${claimFor(view, row.candidate)} ${whatWouldChange(view, row)}`,
    }));

/** Exceeded budgets before open ones. */
const budgetNotes = (view: ReportView): Note[] =>
  budgetRows(view)
    .filter(({ budget }) => budget.gateResult !== undefined && budget.gateResult !== 'passes')
    .map(({ budget, metric, variant, limit }) => ({
      failed: budget.gateResult === 'fails',
      title: `budget ${metric}: ${budget.verdict} (${limit})`,
      message: `${variant}: ${budgetSentence(budget, view.scale(metric))}.`,
    }));

function expectationNotes(view: ReportView): Note[] {
  const held = view.isAlone ? [view.comparison.baseline] : view.comparison.candidates;
  return held
    .flatMap((variant) => expectationTallies(view, variant).map((tally) => ({ variant, ...tally })))
    .filter(({ broken, open }) => broken + open > 0)
    .map(({ variant, claim, broken, open, message }) => ({
      failed: broken > 0,
      title: `expectation: ${claim}: ${broken > 0 ? 'broken' : 'not judged'}`,
      message: `${variant}: broken in ${count(broken, 'boot')}, not checked in ${count(open, 'boot')}${message === undefined ? '' : `: ${message}`}.`,
    }))
    .sort((a, b) => Number(b.failed) - Number(a.failed));
}

/** Path from the root of the repository, as far as we can tell: a scenario's name, or a path below bench's working folder. */
function scenarioPath(view: ReportView): string | undefined {
  const named = view.run?.scenarioFile?.replace(/^\.\//, '');
  if (named === undefined || /^\/|(^|\/)\.\.(\/|$)/.test(named)) return undefined;
  return /\.ya?ml$/.test(named) ? named : `scenarios/${named}.yaml`;
}

const claimFor = (view: ReportView, candidate: string): string =>
  claims(view).find((claim) => claim.candidate === candidate)?.sentence ?? '';
