import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Samples } from '../../src/model/samples.ts';
import { budgetsOf } from '../../src/model/scenario.ts';
import { scenarioSchemas } from '../../src/providers/registry.ts';
import { proposedBudgets } from '../../src/stages/init/budgets.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { aloneRun } from '../support/alone-run.ts';

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
