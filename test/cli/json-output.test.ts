/** The output of `--json` conforms to the published JSON Schemas, by a validator that is independent of the code. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench as runBench } from '../support/bench.ts';

let cwd: string;
beforeAll(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'bench-answers-'));
  cpSync('reports/sample', path.join(cwd, 'sample'), { recursive: true });
  cpSync('test/fixtures/collectors/node/finished', path.join(cwd, 'machines/before'), { recursive: true });
  cpSync('test/fixtures/collectors/node/failed-unit', path.join(cwd, 'machines/after'), { recursive: true });
  await runBench(['history', 'add', 'sample', '--history', 'nightly'], { cwd });
});
afterAll(() => rmSync(cwd, { recursive: true }));

async function bench(args: readonly string[]): Promise<unknown> {
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, TMPDIR: cwd };
  const { stdout, stderr } = await runBench([...args, '--json'], { cwd, env });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout);
}

/** The faults of a value by the schema of that name; empty where the value is valid. */
function faults(schema: string, value: unknown): readonly string[] {
  const validate = validators.get(schema) ?? validatorOf(schema);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const validators = new Map<string, ValidateFunction>();

function validatorOf(schema: string): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  const validate = ajv.compile(JSON.parse(readFileSync(`dist/schemas/${schema}.schema.json`, 'utf8')));
  validators.set(schema, validate);
  return validate;
}

const LOCAL = ['--scenario', 'local-aa', '--seed', '1'];
test.each([
  ['record', 'sample/boots/0001-after', ['answer-record', 'record']],
  ['record', 'sample', ['answer-record']],
  ['compare', 'sample', ['comparison']],
  ['report', 'sample', ['answer-report']],
  ['comment', 'sample', ['answer-comment']],
  ['plan', [...LOCAL, '--sigma', '5%'], ['answer-plan']],
  ['run', [...LOCAL, '--dry-run'], ['answer-plan']],
  [
    'plan',
    [
      '--scenario',
      'flatcar',
      '--offline',
      '--before',
      'p:o:s:1.0.0',
      '--after',
      'p:o:s:1.0.1',
      '--set',
      'bootstrap={"kind":"files"}',
    ],
    ['answer-plan'],
  ],
  ['import', ['machines', '--out', 'runs'], ['answer-import']],
  ['trend', 'nightly', ['trend']],
  ['alert', ['nightly', '--dry-run'], ['answer-alert']],
  ['scenarios', [], ['answer-scenarios']],
  ['doctor', [], ['answer-doctor']],
] as const)('bench %s %s', async (command, args, schemas) => {
  const answer = await bench([command, ...(typeof args === 'string' ? [args] : args)]);
  for (const schema of schemas) expect(faults(schema, answer), schema).toEqual([]);
});

test('the files of a run', () => {
  const folder = path.join(cwd, 'sample');
  const files: [string, string][] = [
    ['run', 'run.json'],
    ['samples', 'samples.json'],
    ['comparison', 'comparison.json'],
    ...readdirSync(path.join(folder, 'boots')).flatMap((boot): [string, string][] => [
      ['record', `boots/${boot}/record.json`],
      ['outcome', `boots/${boot}/outcome.json`],
      ['artifacts', `boots/${boot}/raw/index.json`],
    ]),
  ];
  for (const [schema, file] of files)
    expect(faults(schema, JSON.parse(readFileSync(path.join(folder, file), 'utf8'))), file).toEqual([]);
  for (const line of readFileSync(path.join(folder, 'journal.jsonl'), 'utf8').trim().split('\n'))
    expect(faults('journal', JSON.parse(line)), line).toEqual([]);
});

test('the validator finds what is wrong', () => {
  const comparison = JSON.parse(readFileSync(path.join(cwd, 'sample/comparison.json'), 'utf8'));
  expect(faults('comparison', { ...comparison, verdict: 'better' })).toEqual([expect.stringContaining('/verdict')]);
  expect(faults('comparison', { ...comparison, more: 1 })).toHaveLength(1);
});
