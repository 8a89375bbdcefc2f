import { describe, expect, test } from 'vitest';
import { renderComment } from '../../src/render/comment.ts';
import { allCameUp, openClaims } from '../../src/render/expectations.ts';
import type { ReportInput } from '../../src/render/input.ts';
import { renderReport } from '../../src/render/report.ts';
import { renderTerminal } from '../../src/render/terminal.ts';
import { syntheticRun } from '../support/synthetic-run.ts';

/** The run, with the first claim of its first boots unjudged. */
function withOpen(boots: number): ReportInput {
  const run = syntheticRun();
  const records = run.records.map((record, at) => ({
    ...record,
    expectations: record.expectations.map((one, nth) =>
      at < boots && nth === 0 ? { ...one, held: null, message: 'no unit states were taken' } : one,
    ),
  }));
  return { ...run, records };
}

const perBoot = syntheticRun().records[0]?.expectations.length ?? 0;

describe('an unjudged expectation', () => {
  test('counts as unjudged, not as a pass', async () => {
    const input = withOpen(3);
    expect(allCameUp(input)).toBe(
      `All 24 boots came up. Of ${24 * perBoot} expectations, ${24 * perBoot - 3} held and 3 could not be checked, which is not a pass.`,
    );
    expect(openClaims(input)).toMatchObject([{ boots: 3, message: 'no unit states were taken' }]);
    const page = await renderReport(input);
    expect(page).toContain('3 could not be checked, which is not a pass');
    expect(page).not.toContain('class="fine"');
    expect(page).toContain('not checked in 3 boots (no unit states were taken)');
  });

  test('appears in the comment and in the terminal too', () => {
    const input = withOpen(3);
    expect(renderComment(input)).toMatch(/\n- \? .*: not checked in 3 boots/);
    expect(renderTerminal(input, { color: false, width: 120 })).toMatch(/^\? .*: not checked in 3 boots/m);
  });

  test('does not appear if every expectation held, none was declared, or there are no records', () => {
    expect(allCameUp(withOpen(0))).toBe(`All 24 boots came up and every expectation held (${24 * perBoot} checked).`);
    const run = syntheticRun();
    const none = run.records.map((record) => ({ ...record, expectations: [] }));
    expect(allCameUp({ ...run, records: none })).toBe('All 24 boots came up; the scenario has no other expectations.');
    expect(allCameUp(syntheticRun({ records: false }))).toBe('All 24 boots came up, and none is broken.');
  });
});
