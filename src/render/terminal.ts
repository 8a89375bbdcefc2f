/**
 * The result in a terminal: verdict, failures, gates with their intervals as drawings, other changes. Fits the given width;
 * colour repeats what symbols and words already say.
 */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { us } from '../model/units.ts';
import type { Verdict } from '../model/verdict.ts';
import { pathColumns, timesColumns } from './alone/terminal.ts';
import { budgetRows } from './budget-rows.ts';
import { BUDGET_LOOKS } from './budget-words.ts';
import { basisLine, caveats } from './caveats.ts';
import { attributionOf, claims, leadOf } from './claims.ts';
import { terminal } from './escape.ts';
import { openClaims, openClaimText } from './expectations.ts';
import { change, count, leastShown, time } from './format.ts';
import { gateRows, intervalHeading } from './gate-rows.ts';
import type { ReportInput } from './input.ts';
import { itemTitle } from './items.ts';
import { topRows } from './movers.ts';
import { attributionScale } from './scales.ts';
import { runLook, runSymbol, runVerdict } from './verdict.ts';
import { type ReportView, viewOf } from './view.ts';

export interface TerminalOptions {
  readonly color: boolean;
  readonly width: number;
}

export const CODES: Readonly<Record<Verdict | 'dim' | 'bold', string>> = {
  faster: '32',
  equivalent: '36',
  inconclusive: '33',
  slower: '31',
  broken: '35',
  dim: '2',
  bold: '1',
};

export type Paint = (text: string, style: keyof typeof CODES) => string;
type Cell = { readonly text: string; readonly style?: keyof typeof CODES };
export type Column = { readonly head: string; readonly right?: boolean; readonly cells: readonly Cell[] };

export function renderTerminal(input: ReportInput, options: TerminalOptions): string {
  const view = viewOf(input);
  const width = Math.max(40, Math.min(options.width, 140));
  const paint: Paint = (text, style) => (options.color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
  const blocks = [
    verdictBlock(view, width, paint),
    failuresBlock(view, width, paint),
    view.isAlone ? tableOf(timesColumns(view, width), paint) : gatesBlock(view, width, paint),
    budgetsBlock(view, width, paint),
    ...(view.isAlone ? [tableOf(pathColumns(view, width), paint)] : []),
    ...view.comparison.candidates.map((candidate) => moversBlock(view, candidate, width, paint)),
    notesBlock(view, width, paint),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function verdictBlock(view: ReportView, width: number, paint: Paint): string {
  const word = `${runSymbol(view)} ${runVerdict(view).toUpperCase()}`;
  const alarm = view.alarm === undefined ? [] : wrap(`✖ ${terminal(view.alarm, 600)}`, width);
  const sentences = claims(view).flatMap((claim) => wrap(terminal(claim.sentence, 1200), width));
  const lines = [...alarm.map((line) => paint(line, 'broken')), ...sentences];
  return [`${paint(word, runLook(view))}  ${terminal(view.samples.scenario, 60)}`, ...lines].join('\n');
}

function failuresBlock(view: ReportView, width: number, paint: Paint): string {
  const open = openClaims(view)
    .slice(0, 3)
    .flatMap((claim) => wrap(`? ${terminal(openClaimText(claim), 300)}`, width));
  const bad = view.comparison.counts
    .filter((side) => side.failed + side.broken > 0)
    .flatMap((side) => {
      const reason = side.reasons[0]?.reason;
      const cause = reason === undefined ? '' : `; mostly: ${terminal(reason, 160)}`;
      const text = `✖ ${terminal(side.variant, 40)}: ${side.failed} failed, ${side.broken} broken of ${count(side.boots, 'boot')}${cause}`;
      return wrap(text, width).map((line) => paint(line, 'broken'));
    });
  return [...bad, ...open.map((line) => paint(line, 'inconclusive'))].join('\n');
}

function gatesBlock(view: ReportView, width: number, paint: Paint): string {
  const several = view.comparison.candidates.length > 1;
  // The picture gets the width that the texts leave.
  const columnsWith = (pictureWidth: number, hasInterval: boolean): Column[] => {
    const rows = gateRows(view, pictureWidth);
    const column = (head: string, pick: (row: (typeof rows)[number]) => string, right = true): Column => ({
      head,
      right,
      cells: rows.map((row) => ({ text: pick(row) })),
    });
    return [
      column('gate', (row) => terminal(row.metric, 34), false),
      ...(several ? [column('candidate', (row) => terminal(row.candidate, 20), false)] : []),
      column(several ? 'baseline' : terminal(view.comparison.baseline, 16), (row) => row.before),
      column(several ? 'candidate' : terminal(view.comparison.candidates[0] ?? 'after', 16), (row) => row.after),
      column('change', (row) => row.percent),
      ...(hasInterval ? [column(intervalHeading(view.gates), (row) => row.interval)] : []),
      ...(pictureWidth > 0 ? [column('', (row) => row.picture, false)] : []),
      {
        head: 'verdict',
        cells: rows.map((row) => ({ text: row.verdict, style: row.comparison.verdict })),
      },
    ];
  };
  if (view.gates.length === 0) return '';
  const hasInterval = tableWidth(columnsWith(0, true)) <= width;
  const spare = width - tableWidth(columnsWith(0, hasInterval)) - 2;
  const pictureWidth = spare >= 11 ? Math.min(spare, 33) : 0;
  return drawTable(columnsWith(pictureWidth, hasInterval), paint);
}

const tableOf = (columns: readonly Column[], paint: Paint): string =>
  columns.length === 0 ? '' : drawTable(columns, paint);

/** Budgets in a terminal, the worst first. */
const BUDGETS_SHOWN = 12;

function budgetsBlock(view: ReportView, width: number, paint: Paint): string {
  const rows = budgetRows(view);
  if (rows.length === 0) return '';
  const shown = rows.slice(0, BUDGETS_SHOWN);
  const column = (head: string, pick: (row: (typeof rows)[number]) => string, right = false): Column => ({
    head,
    right,
    cells: shown.map((row) => ({ text: pick(row) })),
  });
  const columnsWith = (hasInterval: boolean): Column[] => [
    column('budget', (row) => terminal(row.metric, 34)),
    ...(view.isAlone ? [] : [column('variant', (row) => terminal(row.variant, 20))]),
    column('limit', (row) => row.limit),
    column('seen', (row) => row.seen, true),
    ...(hasInterval ? [column('interval', (row) => row.interval, true)] : []),
    column('n', (row) => row.n, true),
    {
      head: 'verdict',
      cells: shown.map((row) => ({ text: row.verdict, style: BUDGET_LOOKS[row.budget.verdict] })),
    },
  ];
  const open = shown.flatMap(({ metric, limit, needs }) =>
    needs === '' ? [] : [`${terminal(metric, 34)}, ${limit}: ${needs}`],
  );
  const more = rows.length > shown.length ? [`${count(rows.length - shown.length, 'more budget')} in the report`] : [];
  const notes = [...new Set(open), ...more].flatMap((line) => wrap(line, width)).map((line) => paint(line, 'dim'));
  return [drawTable(columnsWith(tableWidth(columnsWith(true)) <= width), paint), ...notes].join('\n');
}

function moversBlock(view: ReportView, candidate: string, width: number, paint: Paint): string {
  const lead = leadOf(view, view.gatesOf(candidate));
  const attribution = lead === undefined ? undefined : attributionOf(view, lead.metric, candidate);
  if (attribution === undefined || attribution.rows.length === 0) return '';
  const scale = attributionScale(attribution, view.scale(attribution.metric));
  const { top, rest } = topRows(attribution, 6, us(leastShown(scale)));
  const rows = [...top, ...(rest === undefined ? [] : [rest])];
  const name = Math.max(16, width - 44);
  const total: Cell = { text: change(attribution.differenceUs, scale), style: 'bold' };
  const columns: Column[] = [
    {
      head: `on the path to ${terminal(attribution.metric, 24)}`,
      cells: [...rows.map((row) => ({ text: terminal(itemTitle(row.item), name) })), { text: 'sum' }],
    },
    {
      head: terminal(view.comparison.baseline, 12),
      right: true,
      cells: [...rows.map((row) => ({ text: time(row.beforeUs, scale) })), { text: '' }],
    },
    {
      head: terminal(candidate, 12),
      right: true,
      cells: [...rows.map((row) => ({ text: time(row.afterUs, scale) })), { text: '' }],
    },
    { head: 'change', right: true, cells: [...rows.map((row) => ({ text: change(row.differenceUs, scale) })), total] },
  ];
  return drawTable(columns, paint);
}

function notesBlock(view: ReportView, width: number, paint: Paint): string {
  const labels = caveats(view).map((caveat) => caveat.label);
  const lines = [
    ...wrap(terminal(basisLine(view), 400), width),
    ...(labels.length === 0 ? [] : wrap(`Caveats: ${labels.join(', ')} (see the report).`, width)),
    ...view.warnings.slice(0, 5).flatMap((warning) => wrap(`Warning: ${terminal(warning, 300)}`, width)),
  ];
  return lines.map((line) => paint(line, 'dim')).join('\n');
}

const widthOf = (column: Column): number =>
  Math.max(stringWidth(column.head), ...column.cells.map((cell) => stringWidth(cell.text)));

const tableWidth = (columns: readonly Column[]): number =>
  columns.reduce((sum, column) => sum + widthOf(column) + 2, -2);

export function drawTable(columns: readonly Column[], paint: Paint): string {
  const rows = columns[0]?.cells.length ?? 0;
  const pad = (text: string, column: Column, shown: string) => {
    const space = ' '.repeat(Math.max(0, widthOf(column) - stringWidth(text)));
    return column.right ? space + shown : shown + space;
  };
  const head = columns
    .map((column) => pad(column.head, column, column.head))
    .join('  ')
    .trimEnd();
  const lines = Array.from({ length: rows }, (_, index) =>
    columns
      .map((column) => {
        const cell = column.cells[index] ?? { text: '' };
        return pad(cell.text, column, cell.style === undefined ? cell.text : paint(cell.text, cell.style));
      })
      .join('  ')
      .trimEnd(),
  );
  return [paint(head, 'dim'), ...lines].join('\n');
}

/** Lines of at most `width` columns, broken at spaces; cuts a longer word. */
export const wrap = (text: string, width: number): string[] => wrapAnsi(text, width, { hard: true }).split('\n');
