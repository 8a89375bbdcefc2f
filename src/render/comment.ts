/**
 * `comment.md`: the pull-request comment. GitHub Markdown of at most 65,536 characters that opens with a hidden marker, so
 * that it is found and edited in place; what it said about earlier runs is folded below.
 *
 * The history travels inside the comment itself, in hidden lines: `<!-- bench:run {...} -->`. They are read back as data and
 * escaped again, so an edited comment can put in wrong words but no markup.
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

/** Earlier runs kept under the fold, and the characters their hidden lines may take. */
const HISTORY_LIMIT = 20;
const HIDDEN_LIMIT = 16_000;

export interface CommentOptions {
  /** Where the HTML report can be read or downloaded. */
  readonly reportUrl?: string | undefined;
  /** Body of the comment that this one takes the place of. */
  readonly previous?: string | undefined;
}

const PastRun = z.object({
  scenario: z.string(),
  run: z.string(),
  verdict: z.enum(VERDICTS),
  sentence: z.string().max(2000),
  /** Symbol and word where they are not the verdict's: of a variant that was measured alone. */
  shown: z.string().max(100).optional(),
});
type PastRun = z.infer<typeof PastRun>;

/** The first line of a comment: one comment per scenario, or per set of scenarios. */
export function commentMarker(scenarios: readonly string[]): string {
  return `<!-- bench:${scenarios.map(slug).join('+')} -->`;
}

/** What a hidden line may hold: no dashes in a row, which would end it. */
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

// `-->` would end the hidden line and `--` is not allowed in one: the JSON is percent-encoded whole.
const hiddenLine = (past: PastRun): string =>
  `<!-- bench:run ${encodeURIComponent(JSON.stringify(past)).replace(/-/g, '%2D')} -->`;

/** As many as there is room for, from the newest. */
function hiddenLines(runs: readonly PastRun[]): string {
  let text = '';
  for (const run of runs) {
    const line = hiddenLine(run);
    if (text.length + line.length < HIDDEN_LIMIT) text += text === '' ? line : `\n${line}`;
  }
  return text;
}

/** Runs in an earlier comment, newest first. Lines that do not parse are dropped. */
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

/** Only web addresses are linked; anything else would be text at best. */
function reportLink(url: string | undefined): string | undefined {
  if (url === undefined || !/^https?:\/\/[^\s<>()[\]`"']+$/.test(url)) return undefined;
  return `[Full report](${url})`;
}
