/** Reads verdicts, gates and counts back from the text of each output, as a person or a CI would. */
import { exitOfComparison } from '../../../src/cli/exit.ts';
import type { Comparison } from '../../../src/model/comparison.ts';
import type { GateResult, RunResult } from '../../../src/model/verdict.ts';
import { renderCheck } from '../../../src/render/check.ts';
import { renderComment } from '../../../src/render/comment.ts';
import { renderJunit } from '../../../src/render/export/junit.ts';
import type { ReportInput } from '../../../src/render/input.ts';
import { gatesSection } from '../../../src/render/page/gates-section.ts';
import { verdictSection } from '../../../src/render/page/verdict-section.ts';
import { renderSummary } from '../../../src/render/summary.ts';
import { renderTerminal } from '../../../src/render/terminal.ts';
import { viewOf } from '../../../src/render/view.ts';

/** `verdict/result`, of the run and of each gate row in its order; absent where an output does not show it. */
export interface Said {
  readonly run?: string;
  readonly gates?: readonly string[];
  /** `boots/failed/broken` over all variants. */
  readonly counts?: string;
  /** Whether the output starts with an alarm. */
  readonly alarm?: boolean;
}

export function saidBy(input: ReportInput): Readonly<Record<string, Said>> {
  const view = viewOf(input);
  const page = `${verdictSection(view).markup}\n${gatesSection(view).markup}`;
  return {
    'comparison.json': fromJson(input.comparison),
    terminal: fromTerminal(renderTerminal(input, { color: false, width: 140 }), input.comparison),
    comment: fromMarkdown(renderComment(input)),
    summary: fromMarkdown(renderSummary(input)),
    page: fromPage(page),
  };
}

function fromJson({ verdict, result, metrics, counts, warnings }: Comparison): Said {
  const sum = (of: 'boots' | 'failed' | 'broken') => counts.reduce((total, side) => total + side[of], 0);
  return {
    run: `${verdict}/${result}`,
    gates: inOrder(metrics.filter(({ gate }) => gate)).map((row) => `${row.verdict}/${row.gateResult}`),
    counts: `${sum('boots')}/${sum('failed')}/${sum('broken')}`,
    alarm: isAlarm(warnings[0]?.text ?? ''),
  };
}

/** Groups the candidates of a metric; metrics stay in the order of their first row. */
function inOrder<T extends { readonly metric: string }>(rows: readonly T[]): T[] {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  return metrics.flatMap((metric) => rows.filter((row) => row.metric === metric));
}

const isAlarm = (text: string): boolean => /^(?:✖ )?(?:Nothing to compare|Most boots failed)/.test(text);

/** `slower, fails` after the symbol: the note gives the gate's result where the verdict alone does not. */
function gateOf(text: string): string {
  const [verdict = '', note = ''] = text.replace(/^[▼≈?▲✖] /, '').split(', ');
  const results: Readonly<Record<string, GateResult>> = { fails: 'fails', passes: 'passes', unproven: 'unjudged' };
  return `${verdict}/${results[note] ?? (verdict === 'inconclusive' ? 'unjudged' : 'passes')}`;
}

function runOf(text: string): string {
  const [verdict = '', ...notes] = text
    .toLowerCase()
    .replace(/^[▼≈?▲✖] /, '')
    .split(', ');
  const results: Readonly<Record<string, RunResult>> = {
    'nothing to compare': 'nothing-booted',
    'gate fails': 'fails',
    'gate passes': 'passes',
    unproven: 'unjudged',
    'not all gates judged': 'unjudged',
  };
  return `${verdict}/${results[notes[0] ?? ''] ?? (verdict === 'inconclusive' ? 'unjudged' : 'passes')}`;
}

const countsIn = (text: string): string => {
  const [, boots, failed, broken] = /([\d,]+) boots? \((\d+) failed, (\d+) broken\)/.exec(text) ?? [];
  return `${boots}/${failed}/${broken}`;
};

function fromTerminal(text: string, { metrics }: Comparison): Said {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => line.startsWith('gate '));
  const gates = metrics.filter(({ gate }) => gate).length;
  const rows = gates === 0 ? [] : lines.slice(head + 1, head + 1 + gates);
  return {
    run: runOf(lines[0]?.split('  ')[0] ?? ''),
    gates: rows.map((row) => gateOf(/[▼≈?▲✖] [a-z]+(?:, [a-z]+)?$/.exec(row)?.[0] ?? row)),
    counts: countsIn(text.replaceAll('\n', ' ')),
    alarm: isAlarm(lines[1] ?? ''),
  };
}

function fromMarkdown(text: string): Said {
  const lines = text.split('\n');
  const title = lines.find((line) => line.startsWith('### ')) ?? '';
  const table = lines.slice(lines.findIndex((line) => line.startsWith('| gate |')) + 2);
  const end = table.findIndex((line) => !line.startsWith('|'));
  const hasTable = lines.some((line) => line.startsWith('| gate |'));
  const bold = lines.find((line) => line.startsWith('**')) ?? '';
  return {
    run: runOf(title.replace('### ', '').split(' · ')[0] ?? ''),
    gates: (hasTable ? table.slice(0, end) : []).map((line) => {
      const cell = line.split(' | ').find((each) => /^(?:\*\*)?[▼≈?▲✖]/.test(each)) ?? line;
      return gateOf(cell.replaceAll('**', '').replaceAll('\u00a0', ' '));
    }),
    counts: countsIn(text),
    alarm: isAlarm(bold.replaceAll('**', '')),
  };
}

const textOf = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('\u00a0', ' ')
    .replaceAll('&amp;', '&')
    .trim();

function fromPage(markup: string): Said {
  const badges = [...markup.matchAll(/<span class="badge \w+">(.*?<\/span>.*?)<\/span>/g)].map(([, inner]) =>
    textOf(inner ?? ''),
  );
  const table = markup.slice(markup.indexOf('<table class="gates'));
  const rows = [...table.matchAll(/<span class="badge \w+">(.*?<\/span>.*?)<\/span>/g)].map(([, inner]) =>
    textOf(inner ?? ''),
  );
  return {
    run: runOf(badges[0] ?? ''),
    gates: markup.includes('<table class="gates') ? rows.map(gateOf) : [],
    counts: countsIn(textOf(markup)),
    alarm: isAlarm(textOf(/<section id="verdict"[^>]*>\s*(<p[^>]*>.*?<\/p>)/.exec(markup)?.[1] ?? '')),
  };
}

/** What a CI uses without reading words: conclusion, exit codes, cases of a test report. */
export function actedOn(input: ReportInput) {
  const check = renderCheck(input);
  const junit = renderJunit(input);
  return {
    conclusion: check.conclusion,
    check: runOf(check.title.split(': ')[0] ?? ''),
    exit: exitOfComparison(input.comparison, false),
    strictExit: exitOfComparison(input.comparison, true),
    cases: [
      ...junit.matchAll(/<testcase [^>]*name="((?!expectation: )[^"]*)"><(system-out|failure|error|skipped)/g),
    ].map(([, name, tag]) => `${name}: ${tag}`),
  };
}
