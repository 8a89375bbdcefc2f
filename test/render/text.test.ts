/**
 * Compares the text outputs with golden files. `npx vitest run --project unit test/render -u` rewrites them; read the
 * difference before you commit it.
 */
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { renderCheck } from '../../src/render/check.ts';
import { COMMENT_LIMIT, commentMarker, historyOf, renderComment } from '../../src/render/comment.ts';
import type { ReportInput } from '../../src/render/input.ts';
import { renderSummary } from '../../src/render/summary.ts';
import { renderTerminal } from '../../src/render/terminal.ts';
import { decided, HOSTILE, type SyntheticOptions, syntheticRun } from '../support/synthetic-run.ts';

const RUNS: Readonly<Record<string, SyntheticOptions>> = {
  faster: { deferred: true, timing: 'virtual' },
  slower: { slowerBySeconds: 1.9 },
  broken: { slowerBySeconds: 1.9, failed: { after: 2 }, broken: { after: 4 } },
  equivalent: { sigma: 0.004, timing: 'virtual' },
  five: { variants: ['base', 'a', 'b', 'c', 'd'], slowerBySeconds: 1 },
  unblocked: { interleaved: false, records: false },
  failed: { failed: { before: 12, after: 12 } },
  hostile: { hostile: HOSTILE, deferred: true, failed: { after: 1 }, broken: { after: 1 } },
};

describe.each(Object.entries(RUNS))('a run that is %s', (name, options) => {
  const input = syntheticRun(options);

  test('has the comment of its golden file', async () => {
    await expect(renderComment(input, { reportUrl: 'https://example.com/report' })).toMatchFileSnapshot(
      `golden/${name}.comment.md`,
    );
  });

  test('has the summary of its golden file', async () => {
    await expect(renderSummary(input)).toMatchFileSnapshot(`golden/${name}.summary.md`);
  });

  test('has the terminal table of its golden file', async () => {
    await expect(renderTerminal(input, { color: false, width: 100 })).toMatchFileSnapshot(
      `golden/${name}.terminal.txt`,
    );
  });

  test.each([40, 60, 80, 100, 140])('keeps wrapped text to %i columns', (width) => {
    const lines = renderTerminal(input, { color: false, width }).split('\n');
    const prose = lines.filter((line) => !/ {2,}/.test(line));
    expect(Math.max(...prose.map((line) => [...line].length))).toBeLessThanOrEqual(width);
    if (width >= 100) expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(width);
  });
});

test('has the same text with and without colour', () => {
  const input = syntheticRun({ slowerBySeconds: 1.9 });
  const plain = renderTerminal(input, { color: false, width: 100 });
  const painted = renderTerminal(input, { color: true, width: 100 });
  expect(painted).not.toBe(plain);
  expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  expect(plain).not.toContain('\u001b');
});

test('names with letters of two columns or none stay aligned', () => {
  // A family (five code points, two columns), its own accent, Chinese.
  const input = syntheticRun({ variants: ['vor\u0301her', '之后之后', '👨‍👩‍👧 home'], slowerBySeconds: 1 });
  const lines = renderTerminal(input, { color: false, width: 120 }).split('\n');
  const rows = lines.slice(lines.findIndex((line) => line.startsWith('gate ')) + 1).slice(0, 2);
  const changes = rows.map((row) => stringWidth(row.slice(0, row.indexOf(' %'))));
  expect(rows.map((row) => row.includes('之后') || row.includes('home'))).toEqual([true, true]);
  expect(new Set(changes).size).toBe(1);
});

describe('the comment', () => {
  const input = syntheticRun({ slowerBySeconds: 1.9 });

  test('opens with the marker by which bench finds it', () => {
    expect(renderComment(input).startsWith('<!-- bench:local-deferral -->\n')).toBe(true);
    expect(commentMarker(['a', 'b'])).toBe('<!-- bench:a+b -->');
    expect(commentMarker(['--> <b>'])).toBe('<!-- bench:b -->');
  });

  test('folds the results of earlier runs, newest first, each run once', () => {
    let previous = '';
    for (const id of ['run-1', 'run-2', 'run-2', 'run-3']) {
      previous = renderComment({ ...input, run: { ...input.run, id } }, { previous });
    }
    expect(historyOf(previous).map((past) => past.run)).toEqual(['run-3', 'run-2', 'run-1']);
    expect(previous).toContain('Earlier runs (2)');
  });

  test('takes only words from a history that someone tampered with', () => {
    const past = {
      scenario: 's',
      run: 'r',
      verdict: 'slower',
      sentence: '<img src=x> @everyone [a](https://example.com)',
    };
    const previous = [
      `<!-- bench:run ${encodeURIComponent(JSON.stringify(past))} -->`,
      '<!-- bench:run %7Bnot-json -->',
      '<!-- bench:run %E0%A4%A -->',
      `<!-- bench:run ${encodeURIComponent(JSON.stringify({ ...past, verdict: 'great' }))} -->`,
    ].join('\n');
    const comment = renderComment(input, { previous });
    expect(historyOf(comment)).toHaveLength(2);
    expect(comment).toContain('&lt;img src=x&gt;');
    expect(comment).not.toContain('<img');
  });

  test('stays within the limit of GitHub with 2,000 movers, long names and a long history', () => {
    const large = syntheticRun({ metrics: 2000, deferred: true, hostile: 'x'.repeat(10_000), failed: { after: 3 } });
    let previous = '';
    for (let index = 0; index < 30; index++) {
      const run = { ...large.run, id: `run-${index}-${'é'.repeat(90)}` };
      previous = renderComment(
        [
          { ...large, run },
          { ...large, run },
        ],
        { previous },
      );
    }
    expect(previous.length).toBeLessThan(COMMENT_LIMIT);
    expect(previous.includes('### ✖ Broken')).toBe(true);
    expect(new TextEncoder().encode(renderSummary(large)).length).toBeLessThan(1_048_576);
  });

  test('holds several scenarios if asked, verdicts before details', () => {
    const other: ReportInput = { ...input, samples: { ...input.samples, scenario: 'other' } };
    const comment = renderComment([input, other]);
    expect(comment.startsWith('<!-- bench:local-deferral+other -->')).toBe(true);
    expect(comment.indexOf('· other')).toBeLessThan(comment.indexOf('<details>'));
  });

  test('links a web address to the report and nothing else', () => {
    expect(renderComment(input, { reportUrl: 'https://example.com/a?b=c' })).toContain(
      '[Full report](https://example.com/a?b=c)',
    );
    expect(renderComment(input, { reportUrl: 'javascript:alert(1)' })).not.toContain('Full report');
    expect(renderComment(input, { reportUrl: 'https://example.com/) [x](y' })).not.toContain('Full report');
  });
});

describe('the check run', () => {
  test('fails for a failed gate and says where the scenario declares it', () => {
    const check = renderCheck(syntheticRun({ slowerBySeconds: 1.9 }));
    expect(check.conclusion).toBe('failure');
    expect(check.title).toMatch(/^▲ slower, gate fails: after is /);
    expect(check.annotations[0]).toMatchObject({ path: 'scenarios/local-deferral.yaml', level: 'failure' });
  });

  test('fails if no boot came up, and says that first', () => {
    const check = renderCheck(syntheticRun({ failed: { before: 12, after: 12 } }));
    expect(check.conclusion).toBe('failure');
    expect(check.title).toMatch(
      /^✖ inconclusive, nothing to compare: Nothing to compare: all 12 boots of before failed/,
    );
  });

  test('is neutral if a control changed, but not for a broken candidate', () => {
    const faster = syntheticRun({ deferred: true });
    expect(renderCheck(faster).conclusion).toBe('success');
    expect(renderCheck({ ...faster, comparison: decided({ ...faster.comparison, unproven: true }) }).conclusion).toBe(
      'neutral',
    );
    const broken = syntheticRun({ broken: { after: 9 } });
    const comparison = decided({ ...broken.comparison, unproven: true });
    expect(renderCheck({ ...broken, comparison }).conclusion).toBe('failure');
  });
});
