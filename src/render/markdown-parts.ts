/** Pieces of GitHub Markdown that the comment and the job summary share. All text from outside passes `markdown()`. */
import { us } from '../model/units.ts';
import { othersPart, pathPart, timesPart } from './alone/markdown.ts';
import { budgetMethod, budgetRows } from './budget-rows.ts';
import { basisLine, calibrationLine, caveats, repeatCommand, testsLine } from './caveats.ts';
import { attributionOf, claims, leadOf } from './claims.ts';
import { markdown, markdownCode } from './escape.ts';
import { openClaims, openClaimText } from './expectations.ts';
import { change, count, leastShown, time } from './format.ts';
import { effectText, gateRows, intervalHeading, verdictText } from './gate-rows.ts';
import { itemTitle } from './items.ts';
import { exploratoryMovers, exploratoryRows, topRows } from './movers.ts';
import { attributionScale } from './scales.ts';
import { isFailed, runSymbol, runVerdict } from './verdict.ts';
import type { ReportView } from './view.ts';
import { whatWouldChange } from './what-would-change.ts';

const PICTURE_WIDTH = 21;

export function table(
  head: readonly string[],
  align: readonly ('left' | 'right')[],
  rows: readonly string[][],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = align.map((side) => (side === 'right' ? '---:' : ':---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

export const folded = (summary: string, body: string): string =>
  `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;

/** `### ▲ Slower · local-deferral`, then one sentence per candidate. */
export function verdictPart(view: ReportView): string {
  const word = runVerdict(view);
  const title = `### ${runSymbol(view)} ${word.charAt(0).toUpperCase()}${word.slice(1)} · ${markdown(view.samples.scenario)}`;
  const sentences = claims(view).map((claim) => `**${markdown(claim.sentence, 1200)}**`);
  const alarm = view.alarm === undefined ? [] : [`**✖ ${markdown(view.alarm, 600)}**`];
  return [title, ...alarm, ...sentences].join('\n\n');
}

/** Failed and broken boots come before any time, then unjudged expectations. Empty if every expectation held. */
export function failuresPart(view: ReportView): string | undefined {
  const counts = view.comparison.counts.filter((side) => side.failed + side.broken > 0);
  const open = openClaims(view)
    .slice(0, 3)
    .map((claim) => `- ? ${markdown(openClaimText(claim), 320)}`);
  if (counts.length === 0) return open.length === 0 ? undefined : open.join('\n');
  const lines = counts.map((side) => {
    const p = side.p === null || side.p > view.comparison.alpha ? '' : ', more than chance can explain';
    const reasons = side.reasons.slice(0, 3).map((reason) => `${markdown(reason.reason, 160)} (${reason.count})`);
    const more = side.reasons.length > 3 ? `; ${count(side.reasons.length - 3, 'other reason')}` : '';
    return `- ✖ **${markdown(side.variant)}**: ${side.failed} failed and ${side.broken} broken of ${count(side.boots, 'boot')}${p}: ${reasons.join('; ')}${more}`;
  });
  return [...lines, ...open].join('\n');
}

/** Limits for a variant by itself; undefined if the scenario has none. */
export function budgetsPart(view: ReportView, limit: number): string | undefined {
  const rows = budgetRows(view);
  if (rows.length === 0) return undefined;
  const several = !view.isAlone;
  const shown = rows
    .slice(0, limit)
    .map((row) => [
      markdownCode(row.metric),
      ...(several ? [markdown(row.variant)] : []),
      row.budget.verdict === 'exceeded' && row.budget.gateResult === 'fails' ? `**${row.verdict}**` : row.verdict,
      row.limit,
      row.seen,
      row.interval,
      row.n,
      row.needs,
    ]);
  const more = rows.length > shown.length ? `\n\n${count(rows.length - shown.length, 'more budget')}.` : '';
  const head = ['budget', ...(several ? ['variant'] : []), 'verdict', 'limit', 'seen', 'interval', 'n', 'boots needed'];
  return `${table(head, ['left', ...(several ? ['left' as const] : []), 'left', 'left', 'right', 'right', 'right', 'left'], shown)}${more}`;
}

export function gatesPart(view: ReportView): string {
  if (view.isAlone) return timesPart(view);
  const rows = gateRows(view, PICTURE_WIDTH);
  if (rows.length === 0) return 'No gate metric could be compared.';
  const several = view.comparison.candidates.length > 1;
  const head = [
    'gate',
    several ? 'candidate' : undefined,
    'verdict',
    'change',
    intervalHeading(view.gates),
    '┊ margin',
    'median',
    'n',
  ];
  const align = ['left', several ? 'left' : undefined, 'left', 'right', 'right', 'left', 'right', 'right'] as const;
  return table(
    head.filter((cell) => cell !== undefined),
    align.filter((side) => side !== undefined),
    rows.map((row) => {
      const verdict = unbroken(row.verdict);
      const inTime = row.comparison.ratio === null ? '' : ` (${row.change})`;
      const cells = [
        markdownCode(row.metric),
        several ? markdown(row.candidate) : undefined,
        isFailed(row.comparison) ? `**${verdict}**` : verdict,
        unbroken(`${row.percent}${inTime}`),
        unbroken(row.interval),
        `\`${unbroken(row.picture)}\``,
        unbroken(`${row.before} → ${row.after}`),
        unbroken(row.n),
      ];
      return cells.filter((cell) => cell !== undefined);
    }),
  );
}

/** Narrow tables break cells at spaces, and inline code drops spaces at its ends. */
const unbroken = (text: string): string => text.replace(/ /g, '\u00a0');

/** The attribution of the leading gate, for each candidate. */
export function attributionParts(view: ReportView, limit: number): string[] {
  if (view.isAlone) return [pathPart(view, limit) ?? []].flat();
  return view.comparison.candidates.flatMap((candidate) => {
    const lead = leadOf(view, view.gatesOf(candidate));
    const attribution = lead === undefined ? undefined : attributionOf(view, lead.metric, candidate);
    if (attribution === undefined || attribution.rows.length === 0) return [];
    const scale = attributionScale(attribution, view.scale(attribution.metric));
    const { top, rest } = topRows(attribution, limit, us(leastShown(scale)));
    const rows = [...top, ...(rest === undefined ? [] : [rest])].map((row) => [
      row === rest ? markdown(row.item) : markdownCode(itemTitle(row.item)),
      time(row.beforeUs, scale),
      time(row.afterUs, scale),
      change(row.differenceUs, scale),
    ]);
    const total = ['**sum**', '', '', `**${change(attribution.differenceUs, scale)}**`];
    const rowsTable = table(
      ['on the critical path', markdown(view.comparison.baseline), markdown(candidate), 'change'],
      ['left', 'right', 'right', 'right'],
      [...rows, total],
    );
    const means = `means over ${count(attribution.blocks, 'block')}`;
    if (view.comparison.candidates.length > 1) {
      const title = `Where the time went: ${markdown(candidate)}, ${markdown(attribution.metric)}, ${means}`;
      return [folded(title, rowsTable)];
    }
    return [`**Where the time went** (${markdownCode(attribution.metric)}, ${means})\n\n${rowsTable}`];
  });
}

export function exploratoryPart(view: ReportView, limit: number): string | undefined {
  if (view.isAlone) return othersPart(view, limit);
  const movers = exploratoryMovers(view);
  const tested = exploratoryRows(view).length;
  if (tested === 0) return undefined;
  const summary = `${movers.length} of ${count(tested, 'exploratory metric')} moved (never fail a build)`;
  if (movers.length === 0) return folded(summary, 'None at a false discovery rate of 10 %.');
  const several = view.comparison.candidates.length > 1;
  const rows = movers.slice(0, limit).map((row) => {
    const scale = view.scale(row.metric);
    const effect = effectText(view, row);
    return [
      markdownCode(row.metric),
      ...(several ? [markdown(row.candidate)] : []),
      time(row.before.medianUs, scale),
      time(row.after.medianUs, scale),
      change(row.differenceUs.estimate, scale),
      effect.percent,
      verdictText(view, row),
    ];
  });
  const head = ['metric', ...(several ? ['candidate'] : []), 'before', 'after', 'change', '', 'verdict'];
  const align = ['left', ...(several ? ['left'] : []), 'right', 'right', 'right', 'right', 'left'] as (
    | 'left'
    | 'right'
  )[];
  const left = movers.length > limit ? `\n\n${count(movers.length - limit, 'more metric')} in the report.` : '';
  return folded(summary, table(head, align, rows) + left);
}

/** Basis, method, caveats, warnings and the command that repeats the run. */
export function methodPart(view: ReportView): string {
  const lead = leadOf(view, view.gates);
  const command = repeatCommand(view);
  const lines = [
    basisLine(view),
    testsLine(view),
    lead === undefined ? undefined : `Method: ${lead.method}. ${whatWouldChange(view, lead)}`,
    view.isAlone ? undefined : calibrationLine(view),
    view.budgets.length === 0 ? undefined : budgetMethod(view),
    ...caveats(view).map((caveat) => caveat.sentence),
    ...view.warnings.slice(0, 20),
    ...notesAlone(view),
    ...(lead?.warnings ?? []).slice(0, 10).map((warning) => `${lead?.metric}: ${warning.text}`),
  ].filter((line) => line !== undefined);
  const repeat = command === undefined ? [] : [`Repeat it: ${markdownCode(command, 300)}`];
  return [...lines.map((line) => `- ${markdown(line, 600)}`), ...repeat.map((line) => `- ${line}`)].join('\n');
}

/** Oddities of the gate metrics of a variant measured alone. */
const notesAlone = (view: ReportView): string[] =>
  view.gateMetrics
    .flatMap((metric) => view.describedAs(metric) ?? [])
    .flatMap(({ metric, warnings }) => warnings.map(({ text }) => `${metric}: ${text}`))
    .slice(0, 10);

/** Parts in the order of their importance, as many as fit; the result mentions the omitted parts. */
export function keepWithin(parts: readonly (string | undefined)[], limitBytes: number): string {
  const note = '\n\n*Shortened: the rest is in the report.*';
  let text = '';
  let isCut = false;
  for (const part of parts) {
    if (part === undefined || part === '') continue;
    const next = text === '' ? part : `${text}\n\n${part}`;
    if (byteLength(next) + byteLength(note) > limitBytes) {
      isCut = true;
      continue;
    }
    text = next;
  }
  return isCut ? text + note : text;
}

/** Length in UTF-8, without Node: GitHub counts characters or bytes depending on the place; bytes are the safe choice. */
function byteLength(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
