import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkScenario, loadScenario } from '../../src/stages/design/scenario.ts';
import { initScenario } from '../../src/stages/init.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'init-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const environment = {
  BENCH_BEFORE_IMAGE: 'publisher:offer:sku:1.0.0',
  BENCH_AFTER_IMAGE: 'publisher:offer:sku:1.0.1',
  BENCH_BOOTSTRAPPER_URL: 'https://bootstrapper.example',
  BENCH_NODE_CONFIG: 'node.json',
};

const validators = new Map<string, ValidateFunction>();

/** Every template has the same schema beside it. */
function validatorOf(schema: string): ValidateFunction {
  const known = validators.get(schema) ?? new Ajv2020({ strictTypes: false }).compile(JSON.parse(schema));
  validators.set(schema, known);
  return known;
}

describe.each(['build', 'file', 'azure', 'aks', 'host'] as const)('bench init, %s', (template) => {
  test('writes a scenario that loads, under its name, with a question', async () => {
    const file = await initScenario({ name: 'my-change', template }, { cwd });
    const loaded = await loadScenario(file, [], { cwd, scenarioFolders: [path.dirname(file)], environment });
    checkScenario(loaded);
    expect(loaded.scenario.name).toBe('my-change');
    expect(loaded.question).toMatch(/\?/);
    expect(readFileSync(file, 'utf8')).not.toContain('NAME ');
  });

  test('names the schema that it puts beside it, and is valid in it', async () => {
    const text = readFileSync(await initScenario({ name: 'my-change', template }, { cwd }), 'utf8');
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? '';
    const isValid = validatorOf(readFileSync(path.join(cwd, 'scenarios', schema), 'utf8'));
    expect(isValid(parse(text)), JSON.stringify(isValid.errors)).toBe(true);
  });
});

test('bench init leaves an existing file alone', async () => {
  const file = await initScenario({ name: 'mine', template: 'build' }, { cwd });
  const text = readFileSync(file, 'utf8');
  await expect(initScenario({ name: 'mine', template: 'aks' }, { cwd })).rejects.toThrow(/already exists/);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('bench init keeps the given name of an existing machine', async () => {
  const file = await initScenario({ name: 'mine', template: 'host', machine: 'admin@[fd00::1]:2222' }, { cwd });
  const { scenario } = await loadScenario(file, [], { cwd, scenarioFolders: [], environment });
  expect(scenario.provider).toMatchObject({ hosts: ['admin@[fd00::1]:2222'] });
});
