import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { Samples } from '../../src/model/samples.ts';
import { budgetsOf } from '../../src/model/scenario.ts';
import { scenarioSchemas } from '../../src/providers/registry.ts';
import { historyLine } from '../../src/stages/history/line.ts';
import { proposedBudgets } from '../../src/stages/init/budgets.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { aloneRun } from '../support/alone-run.ts';
import { metricLine, nightsFrom, runLine } from '../support/history-lines.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-budgets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('budgets proposed from a run are budgets of a scenario, and that run keeps them', async () => {
  const { samples } = aloneRun({ blocks: 30 });
  writeFileSync(path.join(folder, 'samples.json'), JSON.stringify(samples));
  const text = await proposedBudgets(folder, { cwd: '/' } as never);
  expect(text).toMatch(/^# Proposed from 30 sound boots of image .* with 20 % head-room/);
  const variants = { image: { image: { file: 'a.qcow2' } } };
  const scenario = scenarioSchemas()
    .get('qemu')
    ?.parse({ name: 'x', provider: { kind: 'qemu' }, variants, ...(parse(text) as object) });
  const budgets = budgetsOf(scenario ?? {});
  expect(budgets.map(({ metric }) => metric)).toEqual(expect.arrayContaining(['node.ready', 'kubelet.start', 'cse.*']));
  const held = compareSamples(Samples.parse({ ...samples, budgets }));
  expect(held.result).toBe('passes');
});

/** Writes a history in its own folder, and returns the budgets that bench proposes from it. */
async function proposed(lines: readonly object[], name = ''): Promise<string> {
  const home = mkdtempSync(path.join(folder, 'history-'));
  writeFileSync(path.join(home, 'history.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return proposedBudgets(path.join(home, name), { cwd: '/', signal: new AbortController().signal } as never);
}

const alone = (night: string, slower: number) => {
  const line = historyLine(aloneRun({ blocks: 30 }));
  const times = (line.alone ?? []).map((each) => ({
    ...each,
    medianUs: each.medianUs && Math.round(each.medianUs * slower),
    highUs: each.highUs && Math.round(each.highUs * slower),
    p90Us: each.p90Us && Math.round(each.p90Us * slower),
  }));
  return { ...line, id: night, night, at: `${night}T03:00:00Z`, alone: times };
};

test('budgets proposed from a history allow the slowest night plus a margin, from any of its files', async () => {
  const nights = nightsFrom('2026-02-01', 5).map((night, index) => alone(night, index === 2 ? 1.5 : 1));
  const text = await proposed(nights);
  expect(text).toMatch(
    /^# Proposed for local-deferral from 5 runs \(.*, 2026-02-01 to 2026-02-05\): the slowest with 20 % head-room/,
  );
  expect(await proposed(nights, 'history.jsonl')).toMatch(/^# Proposed for local-deferral from 5 runs/);
  const { budgets } = parse(text) as { budgets: Record<string, Record<string, string>> };
  expect(Object.keys(budgets)).toEqual(expect.arrayContaining(['node.ready', 'cse.*']));
  const slowest = nights[2]?.alone.find(({ metric }) => metric === 'node.ready');
  const limitS = Number.parseFloat(budgets['node.ready']?.median ?? '');
  expect(limitS * 1e6).toBeGreaterThanOrEqual(1.2 * (slowest?.highUs ?? Number.POSITIVE_INFINITY));
  expect(limitS * 1e6).toBeLessThan(1.4 * (slowest?.highUs ?? 0));
  expect(budgets['node.ready']).toHaveProperty('p90');
});

test('of nights with two images only the last image counts, by its medians alone', async () => {
  const nights = nightsFrom('2026-02-01', 3).map((night, index) =>
    runLine(night, {
      metrics: [metricLine('boot.target', index / 100), metricLine('boot.kernel', 0, { gate: false })],
    }),
  );
  // 40 s and 2 %, and a fifth more.
  expect(parse(await proposed(nights))).toEqual({ budgets: { 'boot.target': { median: '49s' } } });
});

test('nights with another question, other metrics, or a moved control stay out', async () => {
  const slow = [metricLine('boot.target', 1)];
  const other = { name: 'nightly', sha256: '0'.repeat(64), definition: '2'.repeat(64) };
  const calibration = { aa: false, unproven: true, alpha: 0.05, seed: 1 };
  const lines = [
    runLine('2026-02-01', { metrics: slow, scenario: other }),
    runLine('2026-02-02', { metrics: slow, calibration }),
    runLine('2026-02-03', { metrics: [metricLine('boot.target', 1)] }),
    runLine('2026-02-04', { metrics: [metricLine('boot.target', 0, { definition: 2 })] }),
  ];
  expect(parse(await proposed(lines))).toEqual({ budgets: { 'boot.target': { median: '48s' } } });
});

test('each scenario of a history has its own document', async () => {
  const second = { name: 'other', sha256: '0'.repeat(64), definition: '1'.repeat(64) };
  const text = await proposed([runLine('2026-02-01'), runLine('2026-02-02', { scenario: second })]);
  expect(parseAllDocuments(text).map((document) => document.toJSON())).toEqual(
    Array(2).fill({ budgets: { 'boot.target': { median: '48s' } } }),
  );
});

test('bench refuses a history without a measured gate, and a folder without run or history', async () => {
  await expect(proposed([runLine('2026-02-01', { metrics: [] })])).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringMatching(/has no run with a measured gate metric/),
  });
  await expect(proposed([])).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringMatching(/is neither a run nor a history\.$/),
  });
  expect(await proposed([runLine('2026-02-01')])).toMatch(/from 1 run \(.* in 1 run\n$/s);
});
