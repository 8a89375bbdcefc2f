import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

import { parse } from 'yaml';
import { checkScenario, loadScenario } from '../../src/stages/design/scenario.ts';
import { scenarioSchema } from '../../src/stages/scenario-schema.ts';

const files = readdirSync('scenarios').filter((name) => name.endsWith('.yaml'));
/** Images and addresses come from the environment in the scenarios of the clouds; any will do here. */
const environment = new Proxy<Record<string, string>>(
  {},
  {
    get: (_, name) => {
      if (/CREDENTIALS$|LOCATION$/.test(String(name))) return undefined;
      return /_URL$/.test(String(name)) ? 'https://bootstrapper.example' : 'publisher:offer:sku:1.0.0';
    },
  },
);

describe('the scenarios that come with bench', () => {
  test('name the schema that the code has', () => {
    expect(
      readFileSync('scenarios/scenario.schema.json', 'utf8'),
      'npm run build && cp dist/schemas/scenario.schema.json scenarios/',
    ).toBe(scenarioSchema());
  });

  test.each(files)('%s is valid, has its file name as its name, and says its question', async (file) => {
    const loaded = await loadScenario(`scenarios/${file}`, [], {
      cwd: '.',
      scenarioFolders: ['scenarios'],
      environment,
    });
    checkScenario(loaded);
    expect(`${loaded.scenario.name}.yaml`).toBe(file);
    expect(loaded.question).toMatch(/\?/);
    expect(readFileSync(`scenarios/${file}`, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\/scenario\.schema\.json\n/,
    );
  });
});

describe('the schema that an editor is given', () => {
  const isValid = new Ajv2020({ strictTypes: false }).compile(JSON.parse(scenarioSchema()));
  const faults = (text: string) => {
    isValid(parse(text));
    return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  const base = 'name: x\nprovider: {kind: qemu}\nvariants: {a: {image: {file: a}}, b: {image: {file: b}}}\n';

  test.each(files)('accepts %s', (file) => expect(faults(readFileSync(`scenarios/${file}`, 'utf8'))).toEqual([]));

  test.each([
    ['a scenario that says all', base],
    [
      'one that extends another and says a part',
      'extends: local-deferral\nname: x\nprovider: {timing: wall}\nvariants: {after: {description: y}}',
    ],
    [
      'a variable where text has a shape',
      `${base}ready: {within: "\${env:WITHIN:-5m}"}\ngates: {boot.target: {floor: "\${env:FLOOR}"}}`,
    ],
    ['a variable inside other text', `${base}ready: {file: "/run/\${env:NAME}"}`],
  ])('accepts %s', (_, text) => expect(faults(text)).toEqual([]));

  test.each([
    ['a provider is missing', 'name: x\nvariants: {a: {image: {file: a}}, b: {image: {file: b}}}'],
    ['a key is misspelt', `${base}blokcs: 3`],
    ['a key is misspelt in a part', 'extends: local-deferral\nname: x\nprovider: {timming: wall}'],
    ['a duration has no unit', `${base}ready: {within: "5"}`],
    ['text is no variable', `${base}ready: {within: "\${en:WITHIN}"}`],
    ['an option is of another provider', `${base}`.replace('kind: qemu', 'kind: qemu, location: westus3')],
  ])('marks it where %s', (_, text) => expect(faults(text)).not.toEqual([]));
});
