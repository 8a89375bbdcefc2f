/** A run with one variant, in every output: all outputs say the same, and none mentions a change. */
import { describe, expect, test } from 'vitest';
import { exitOfComparison } from '../../src/cli/exit.ts';
import { renderCheck } from '../../src/render/check.ts';
import { renderComment } from '../../src/render/comment.ts';
import { renderJunit } from '../../src/render/export/junit.ts';
import { renderReport } from '../../src/render/report.ts';
import { renderSummary } from '../../src/render/summary.ts';
import { renderTerminal } from '../../src/render/terminal.ts';
import { EXPORT_FORMATS, exportRun } from '../../src/stages/export.ts';
import { aloneRun } from '../support/alone-run.ts';

const median = (limitUs: number) => [{ metric: 'node.ready', quantile: 0.5, limitUs }];
const RUNS = {
  measured: aloneRun({ blocks: 12 }),
  within: aloneRun({ blocks: 12, budgets: median(300e6) }),
  exceeded: aloneRun({ blocks: 12, budgets: [...median(1e6), { metric: 'cse.*', quantile: 0.95, limitUs: 5e6 }] }),
  broken: aloneRun({ blocks: 12, broken: { image: 2 }, failed: { image: 1 }, budgets: median(300e6) }),
  few: aloneRun({ blocks: 2 }),
  one: aloneRun({ blocks: 1 }),
  unblocked: aloneRun({ blocks: 12, interleaved: false, records: false }),
  elsewhere: aloneRun({ blocks: 3, records: false, without: ['node.ready', 'kubelet.start'] }),
  partly: aloneRun({ blocks: 3, records: false, without: ['node.ready'] }),
  nothing: aloneRun({ blocks: 3, failed: { image: 3 } }),
};

/** The visible text of a page, without its style sheet and script. */
const textOf = (page: string): string =>
  page
    .replace(/<(style|script)[^>]*>.*?<\/\1>/gs, ' ')
    .replace(/<svg.*?<\/svg>/gs, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

/** Words that only a comparison uses. */
const CHANGE =
  /\b(slower|faster|equivalent|candidates?|baseline|A\/A|interleaved|compared?|comparison|regress\w*|chang\w+|before and after|p-value)\b/i;
const ALLOWED = /Made by .* from comparison\.json, samples\.json/g;

describe.each(Object.entries(RUNS))('one image, %s', (name, input) => {
  test('is described without mentioning a change', async () => {
    const outputs = [
      renderTerminal(input, { color: false, width: 120 }),
      renderComment(input).replace(/<!--.*?-->/gs, ''),
      renderSummary(input),
      renderJunit(input),
      JSON.stringify(renderCheck(input)),
      textOf(await renderReport(input)),
    ];
    for (const text of outputs) expect(text.replace(ALLOWED, '').match(CHANGE)?.[0]).toBeUndefined();
  });

  test('has a report without an empty section', async () => {
    const page = await renderReport(input);
    const sections = [...page.matchAll(/<section id="([^"]*)"[^>]*>(.*?)<\/section>/gs)];
    expect(sections.map(([, id]) => id)).toEqual([
      'verdict',
      'gates',
      ...(input.comparison.budgets?.length ? ['budgets'] : []),
      'where',
      'distributions',
      'metrics',
      'boots',
      'diagnostics',
      'terms',
    ]);
    for (const [, id, body = ''] of sections)
      expect(textOf(body.replace(/<h2.*?<\/h2>/s, '')).length, id).toBeGreaterThan(30);
  });

  test('matches its golden files', async () => {
    await expect(renderTerminal(input, { color: false, width: 100 })).toMatchFileSnapshot(
      `golden/alone/${name}.terminal.txt`,
    );
    await expect(renderComment(input)).toMatchFileSnapshot(`golden/alone/${name}.comment.md`);
  });

  test('has the same result for a build in every output', () => {
    const { result } = input.comparison;
    const { conclusion } = renderCheck(input);
    const code = exitOfComparison(input.comparison, false);
    const failures = renderJunit(input).match(/<(failure|error) /g)?.length ?? 0;
    expect(conclusion).toBe(
      { passes: 'success', fails: 'failure', unjudged: 'neutral', 'nothing-booted': 'failure' }[result],
    );
    expect(code).toBe({ passes: 0, fails: 1, unjudged: 0, 'nothing-booted': 3 }[result]);
    expect(failures > 0).toBe(conclusion === 'failure');
  });

  test('can be exported in every format', () => {
    for (const format of EXPORT_FORMATS) expect(exportRun(input, format)).not.toMatch(/undefined|NaN/);
  });
});

test('the cases of a budget and of an expectation have their times, and fail one by one', () => {
  const junit = renderJunit(RUNS.exceeded);
  const cases = [...junit.matchAll(/<testcase [^>]*time="([\d.]+)" name="([^"]*)"><(\w|-)+/g)];
  expect(cases.map(([, , name]) => name)).toContain('budget node.ready: median at most 1 s');
  expect(cases.every(([, time]) => Number(time) > 0)).toBe(true);
  expect(cases.some(([, , name = '']) => name.startsWith('expectation: '))).toBe(true);
  const { annotations } = renderCheck(RUNS.exceeded);
  expect(annotations[0]).toMatchObject({ level: 'failure' });
  expect(annotations[0]?.title).toContain('budget node.ready: exceeded');
});
