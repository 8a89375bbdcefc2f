/**
 * A check run: what GitHub shows beside a commit. Title, summary and annotations as its API takes them; posting is not done
 * here. Annotations point at the scenario, as that is the file that declares the gates.
 */
import type { Check, CheckAnnotation } from '../model/code-host.ts';
import { plain } from './escape.ts';
import { gatesOf, type ReportInput } from './input.ts';
import { renderSummary } from './summary.ts';
import { claims, gateNote, isFailed, runVerdict, SYMBOLS, whatWouldChange } from './verdict.ts';

/** GitHub refuses a longer summary, a longer title, more annotations in one request. */
const SUMMARY_LIMIT = 65_000;
const TITLE_LIMIT = 250;
const ANNOTATIONS_LIMIT = 50;

export function renderCheck(input: ReportInput): Check {
  const headline = claims(input)[0]?.headline ?? '';
  const title = `${SYMBOLS[input.comparison.verdict]} ${runVerdict(input)}: ${headline}`;
  return {
    name: plain(`bench: ${input.samples.scenario}`, 100),
    conclusion: conclusionOf(input),
    title: plain(title, TITLE_LIMIT),
    summary: renderSummary(input, SUMMARY_LIMIT),
    annotations: annotationsOf(input),
  };
}

/** An open or unproven verdict is neither a pass nor a failure. */
function conclusionOf(input: ReportInput): Check['conclusion'] {
  const { verdict, unproven } = input.comparison;
  if (verdict === 'broken' || gatesOf(input).some((row) => isFailed(input, row))) return 'failure';
  return unproven || verdict === 'inconclusive' ? 'neutral' : 'success';
}

function annotationsOf(input: ReportInput): CheckAnnotation[] {
  const path = scenarioPath(input);
  if (path === undefined) return [];
  return gatesOf(input)
    .filter((row) => row.failsGate || row.verdict === 'inconclusive')
    .slice(0, ANNOTATIONS_LIMIT)
    .map((row) => ({
      path,
      line: 1,
      level: isFailed(input, row) ? 'failure' : 'warning',
      title: plain(`${row.metric}: ${row.verdict}${gateNote(input, row)}`, TITLE_LIMIT),
      message: plain(`${claimFor(input, row.candidate)} ${whatWouldChange(input, row)}`, 2000),
    }));
}

/** From the root of the repository, as far as can be told: a scenario is named, or a path below where bench was called. */
function scenarioPath(input: ReportInput): string | undefined {
  const named = input.run?.scenarioFile?.replace(/^\.\//, '');
  if (named === undefined || /^\/|(^|\/)\.\.(\/|$)/.test(named)) return undefined;
  return /\.ya?ml$/.test(named) ? named : `scenarios/${named}.yaml`;
}

const claimFor = (input: ReportInput, candidate: string): string =>
  claims(input).find((claim) => claim.candidate === candidate)?.sentence ?? '';
