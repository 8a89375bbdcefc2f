/** The sentence that strangers read. */

import { describe, expect, test } from 'vitest';
import type { Comparison, MetricComparison } from '../../src/model/comparison.ts';
import { us } from '../../src/model/units.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { renderCheck } from '../../src/render/check.ts';
import { claims, verdictSentence } from '../../src/render/claims.ts';
import { renderComment } from '../../src/render/comment.ts';
import { renderJunit } from '../../src/render/export/junit.ts';
import type { ReportInput } from '../../src/render/input.ts';
import { renderReport } from '../../src/render/report.ts';
import { renderSummary } from '../../src/render/summary.ts';
import { renderTerminal } from '../../src/render/terminal.ts';
import { runVerdict } from '../../src/render/verdict.ts';
import { viewOf } from '../../src/render/view.ts';
import { whatWouldChange } from '../../src/render/what-would-change.ts';
import { decided, syntheticRun } from '../support/synthetic-run.ts';

/** One gate with the figures of the contract's own example. */
function given(verdict: Verdict, changes: Partial<MetricComparison> = {}): ReportInput {
  const run = syntheticRun({ gates: ['node.ready'], blocks: 20, slowerBySeconds: 1.6 });
  const row: MetricComparison = {
    metric: 'node.ready',
    candidate: 'after',
    gate: true,
    verdict,
    failsGate: verdict === 'slower',
    margins: { minimumEffect: 0.05, floorUs: us(100_000), equivalenceMargin: 0.05 },
    size: 20,
    before: { n: 20, missing: 0, broken: 0, medianUs: us(41_200_000), p90Us: us(44_000_000), madUs: us(900_000) },
    after: { n: 20, missing: 0, broken: 0, medianUs: us(43_100_000), p90Us: us(46_000_000), madUs: us(950_000) },
    ratio: { estimate: 1.046, low: 1.031, high: 1.062, confidence: 0.95 },
    differenceUs: { estimate: us(1_900_000), low: us(1_270_000), high: us(2_540_000), confidence: 0.95 },
    p: 0.0004,
    pAdjusted: 0.0012,
    method: 'within-block flips of pooled midranks, exact',
    warnings: [],
    ...changes,
  };
  return { ...run, comparison: decided({ ...run.comparison, metrics: [row] }) };
}

const moved = (comparison: Comparison): Comparison =>
  decided({ ...comparison, unproven: true, movedControls: [{ metric: 'boot.kernel', candidate: 'after' }] });

test('slower: by how much, how sure, from how many boots, mostly by what', () => {
  expect(verdictSentence(viewOf(given('slower')))).toMatch(
    /^after is 1\.9 s \(4\.6 %\) slower to node ready; 95 % interval 1\.3 to 2\.5 s; 20 blocks; mostly containerd\.service \+1\.\d+ s\.$/,
  );
});

test('if a step cost more than the whole difference, the sentence also names what offset part of it', () => {
  const input = given('slower');
  const [attribution] = input.comparison.attribution;
  if (!attribution) throw new Error('nothing was attributed');
  const row = { beforeUs: us(0), afterUs: us(0), lowUs: null, highUs: null, pAdjusted: null };
  const rows = [
    { ...row, item: 'unit:extra.service', differenceUs: us(3_000_000) },
    { ...row, item: 'unit:ssh.service', differenceUs: us(-1_100_000) },
  ];
  const changed = { ...attribution, differenceUs: us(1_900_000), rows };
  expect(verdictSentence(viewOf({ ...input, comparison: { ...input.comparison, attribution: [changed] } }))).toMatch(
    /; extra\.service \+3\.0\d* s, less ssh\.service −1\.1\d* s\.$/,
  );
});

test('faster: the interval is read in the same direction', () => {
  const input = given('faster', {
    ratio: { estimate: 0.956, low: 0.941, high: 0.97, confidence: 0.95 },
    differenceUs: { estimate: us(-1_900_000), low: us(-2_540_000), high: us(-1_270_000), confidence: 0.95 },
  });
  expect(verdictSentence(viewOf(input))).toMatch(
    /^after is 1\.9 s \(4\.4 %\) faster to node ready; 95 % interval 1\.3 to 2\.5 s/,
  );
});

test('inconclusive: names both directions and says what would settle it', () => {
  const input = given('inconclusive', {
    differenceUs: { estimate: us(400_000), low: us(-300_000), high: us(1_100_000), confidence: 0.95 },
    ratio: { estimate: 1.01, low: 0.993, high: 1.027, confidence: 0.95 },
    needs: 34,
  });
  const sentence = verdictSentence(viewOf(input));
  expect(sentence).toContain('Inconclusive: not enough evidence that after is faster or slower to node ready');
  expect(sentence).toContain('95 % interval from 0.3 s faster to 1.1 s slower');
  expect(sentence).toContain('about 34 blocks needed for a verdict');
  expect(sentence).not.toContain('no change');
});

test('equivalent: the interval behind the verdict lies inside the margin', () => {
  const input = given('equivalent', {
    ratio: { estimate: 1.001, low: 0.991, high: 1.011, confidence: 0.95 },
    equivalence: { estimate: 1.001, low: 0.993, high: 1.009, confidence: 0.9 },
  });
  expect(verdictSentence(viewOf(input))).toContain(
    'after is as fast as before to node ready (equivalent); 90 % interval from 0.7 % faster to 0.9 % slower, inside the margin of 5 %',
  );
});

test('equivalent to the microsecond: there is no interval to report', () => {
  const nothing = { estimate: 1, low: 1, high: 1 };
  const ratio = { ...nothing, confidence: 0.95 };
  expect(
    verdictSentence(viewOf(given('equivalent', { ratio, equivalence: { ...nothing, confidence: 0.9 } }))),
  ).toContain('after is as fast as before to node ready (equivalent); no difference in any block; 20 blocks');
});

describe('a broken candidate', () => {
  test('is called broken before any time', () => {
    const run = syntheticRun({ failed: { after: 2 }, broken: { after: 4 } });
    const [claim] = claims(viewOf(run));
    expect(claim?.headline).toBe(
      'after is broken: 6 of 12 boots failed or broke an expectation (before: 0 of 12 boots)',
    );
    expect(claim?.detail).toMatch(/^its sound boots are/);
  });
});

test('a run without one value claims nothing', () => {
  const run = syntheticRun({ failed: { before: 12, after: 12 } });
  expect(verdictSentence(viewOf(run))).toContain('No estimate of the time to node ready for after');
});

test('a small slowdown that passes is within the margin, and the sentence says that it passes', () => {
  const input = given('slower', {
    failsGate: false,
    warnings: [{ code: 'within-margin', text: 'Slower, within margin: the whole interval lies inside ±5 %.' }],
    ratio: { estimate: 1.02, low: 1.01, high: 1.03, confidence: 0.95 },
    differenceUs: { estimate: us(800_000), low: us(400_000), high: us(1_200_000), confidence: 0.95 },
  });
  expect(verdictSentence(viewOf(input))).toContain('slower to node ready, within the margin');
  expect(runVerdict(viewOf(input))).toBe('slower, gate passes');
});

test('an unproven run says this first', () => {
  const input = given('slower');
  const unproven = { ...input, comparison: moved(input.comparison) };
  expect(verdictSentence(viewOf(unproven))).toMatch(
    /^Unproven: after is 1\.9 s \(4\.6 %\) slower to node ready; negative control boot\.kernel changed, which the change under test cannot affect; 95 %/,
  );
  expect(runVerdict(viewOf(unproven))).toBe('slower, unproven, no gate judged');
});

test('in an unproven run, no output says that a gate fails or passes, and all give the reason', async () => {
  const { comparison, ...rest } = syntheticRun({ slowerBySeconds: 1.9, gates: ['node.ready', 'kubelet.start'] });
  const outputs = async (unproven: boolean) => {
    const input = { ...rest, comparison: unproven ? moved(comparison) : comparison };
    const check = renderCheck(input);
    return [
      (await renderReport(input)).replaceAll(/<[^>]*>/g, ''),
      renderComment(input),
      renderSummary(input),
      renderTerminal(input, { color: false, width: 100 }),
      `${check.title}\n${check.annotations.map(({ level, title, message }) => `${level} ${title} ${message}`).join('\n')}`,
      renderJunit(input),
    ];
  };
  const judged = /slower(,| and)[\s\u00a0](gate )?(fails|passes)|<failure|^failure|would (pass|fail) /im;
  for (const text of await outputs(false)) expect(text).toMatch(judged);
  for (const text of await outputs(true)) {
    expect(text).not.toMatch(judged);
    expect(text).toMatch(/unproven|a negative control changed/);
  }
});

test('a broken candidate also fails in an unproven run', () => {
  const { comparison, ...rest } = syntheticRun({ broken: { after: 9 } });
  const input = { ...rest, comparison: moved(comparison) };
  expect(runVerdict(viewOf(input))).toBe('broken, gate fails, unproven');
  expect(renderTerminal(input, { color: false, width: 100 })).toContain('✖ broken, fails');
  expect(renderCheck(input).conclusion).toBe('failure');
});

test('boots of a design without interleaving are not called blocks', () => {
  expect(verdictSentence(viewOf(syntheticRun({ interleaved: false })))).toContain('12 and 12 boots, not interleaved');
});

test.each([
  ['slower', /^It would pass if the slowdown were below 5 % or below 100 ms/],
  ['faster', /^The gate fails only for a slowdown of more than 5 %/],
  ['broken', /^Fix the broken boots first/],
] as const)('what would change a verdict of %s is reported', (verdict, text) => {
  const input = given(verdict);
  const [row] = input.comparison.metrics;
  expect(row && whatWouldChange(viewOf(input), row)).toMatch(text);
});
