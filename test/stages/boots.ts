/** Scenarios, outcomes and raw artifacts as tests of stages need them. */
import { Outcome } from '../../src/model/boot.ts';
import { Run } from '../../src/model/run.ts';
import type { Scenario } from '../../src/model/scenario.ts';
import { QemuScenario } from '../../src/providers/qemu/scenario.ts';

export const scenario = (more: object = {}): Scenario =>
  QemuScenario.parse({
    name: 'local-test',
    provider: { kind: 'qemu' },
    variants: { before: { image: { file: 'a.raw' } }, after: { image: { file: 'b.raw' } } },
    ...more,
  });

export const outcome = (more: object = {}, boot: object = {}): Outcome =>
  Outcome.parse({
    schema: 'bench/outcome@1',
    boot: { id: '0001-before', variant: 'before', block: 1, machine: 'm1', bootKind: 'first', ...boot },
    outcome: 'booted',
    machine: { accelerator: 'tcg' },
    marks: [],
    harness: {},
    ...more,
  });

export const run = (boots: readonly object[] = []): Run =>
  Run.parse({
    schema: 'bench/run@1',
    id: 'r1',
    tool: 'bench 0.1.0',
    createdAt: '2026-08-01T07:00:00Z',
    scenario: {},
    scenarioSha256: 'f'.repeat(64),
    seed: 7,
    blocks: boots.length === 0 ? [] : [{ block: 1, seed: 1, boots }],
    facts: {},
  });

export const rawOf = (texts: Readonly<Record<string, string>>): Map<string, Uint8Array> =>
  new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
