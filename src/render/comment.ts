/**
 * `comment.md`: the pull-request comment, GitHub Markdown of at most 65,536 characters. It opens with a hidden marker, by which
 * bench finds it and edits it in place. Results of earlier runs are folded below.
 *
 * The history travels inside the comment itself, in hidden lines: `<!-- bench:run {...} -->`. Bench reads them as data and
 * escapes them again, so an edited comment can insert wrong words but no markup.
 */
import * as z from 'zod';
import { VERDICTS } from '../model/verdict.ts';
import { verdictSentence } from './claims.ts';
import { markdown, plain } from './escape.ts';
import type { ReportInput } from './input.ts';
import {
  attributionParts,
  budgetsPart,
  exploratoryPart,
  failuresPart,
  folded,
  gatesPart,
  keepWithin,
  methodPart,
  verdictPart,
} from './markdown-parts.ts';
import { runSymbol, runVerdict, SYMBOLS } from './verdict.ts';
import { type ReportView, viewOf } from './view.ts';

/** GitHub refuses a comment beyond this many characters. */
export const COMMENT_LIMIT = 65_536;

/** Earlier runs kept under the fold, and the most characters of their hidden lines. */
const HISTORY_LIMIT = 20;
const HIDDEN_LIMIT = 16_000;

export interface CommentOptions {
  /** Where to read or download the HTML report. */
  readonly reportUrl?: string | undefined;
  /** Body of the comment that this one replaces. */
  readonly previous?: string | undefined;
}

const PastRun = z.object({
  scenario: z.string(),
  run: z.string(),
  verdict: z.enum(VERDICTS),
  sentence: z.string().max(2000),
  /** Symbol and word if they differ from the verdict's: for a variant measured alone. */
  shown: z.string().max(100).optional(),
});
type PastRun = z.infer<typeof PastRun>;

/** The first line of a comment: one comment per scenario, or per set of scenarios. */
export function commentMarker(scenarios: readonly string[]): string {
  return `<!-- bench:${scenarios.map(slug).join('+')} -->`;
}

/** Text for a hidden line: no two dashes in a row, which would end it. */
const slug = (name: string): string =>
  name
    .toLowerCase()
    .slice(0, 80)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('-');

export function renderComment(input: ReportInput | readonly ReportInput[], options: CommentOptions = {}): string {
  const views = ('comparison' in input ? [input] : input).map(viewOf);
  const current = views.map(pastRunOf);
  const history = [...historyOf(options.previous ?? '')]
    .filter((past) => !current.some((now) => now.run === past.run && now.scenario === past.scenario))
    .slice(0, HISTORY_LIMIT);
  const hidden = hiddenLines([...current, ...history]);
  const marker = commentMarker(views.map((one) => one.samples.scenario));
  const link = reportLink(options.reportUrl);
  const perScenario = (limit: number, pick: (one: ReportView) => (string | undefined)[]) =>
    views.map((one) => keepWithin(pick(one), limit));
  // Verdicts, failures and gates of all scenarios come before the details of any.
  const share = Math.floor((COMMENT_LIMIT * 0.5) / views.length);
  const heads = perScenario(share, (one) => [
    verdictPart(one),
    failuresPart(one),
    gatesPart(one),
    budgetsPart(one, 25),
    ...attributionParts(one, 5),
  ]);
  const details = views.flatMap((one) => [
    exploratoryPart(one, 15),
    folded(`How this was measured${views.length > 1 ? `: ${markdown(one.samples.scenario)}` : ''}`, methodPart(one)),
  ]);
  const past =
    history.length === 0 ? undefined : folded(`Earlier runs (${history.length})`, history.map(historyLine).join('\n'));
  const frame = `${marker}\n${hidden}\n\n`;
  return `${frame}${keepWithin([...heads, link, ...details, past], COMMENT_LIMIT - 1 - frame.length)}\n`;
}

function pastRunOf(view: ReportView): PastRun {
  return {
    scenario: plain(view.samples.scenario, 80),
    run: plain(view.run?.id ?? view.comparison.scenarioSha256?.slice(0, 12) ?? 'run', 120),
    verdict: view.comparison.verdict,
    sentence: plain(verdictSentence(view), 300),
    ...(view.isAlone && { shown: plain(`${runSymbol(view)} ${runVerdict(view)}`, 60) }),
  };
}

// `-->` would end the hidden line, and it may not contain `--`: percent-encode all of the JSON.
const hiddenLine = (past: PastRun): string =>
  `<!-- bench:run ${encodeURIComponent(JSON.stringify(past)).replace(/-/g, '%2D')} -->`;

/** As many as fit, from the newest. */
function hiddenLines(runs: readonly PastRun[]): string {
  let text = '';
  for (const run of runs) {
    const line = hiddenLine(run);
    if (text.length + line.length < HIDDEN_LIMIT) text += text === '' ? line : `\n${line}`;
  }
  return text;
}

/** Runs in an earlier comment, newest first. Skips lines that do not parse. */
export function historyOf(body: string): PastRun[] {
  const found = body.slice(0, COMMENT_LIMIT).matchAll(/^<!-- bench:run (\S{1,8000}) -->$/gm);
  return [...found].flatMap(([, encoded]) => {
    try {
      const parsed = PastRun.safeParse(JSON.parse(decodeURIComponent(encoded ?? '')));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

const historyLine = (past: PastRun): string =>
  `- ${markdown(past.run)}: ${past.shown === undefined ? `${SYMBOLS[past.verdict]} ${past.verdict}` : markdown(past.shown)} · ${markdown(past.sentence, 400)}`;

/** Links web addresses only; anything else would be text at best. */
function reportLink(url: string | undefined): string | undefined {
  if (url === undefined || !/^https?:\/\/[^\s<>()[\]`"']+$/.test(url)) return undefined;
  return `[Full report](${url})`;
}
