import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parse } from 'yaml';
import { checkScenario, loadScenario } from '../../src/stages/design/scenario.ts';
import { scenarioSchema } from '../../src/stages/scenario-schema.ts';
import { substitute } from '../../src/store/scenario-variables.ts';

const files = readdirSync('scenarios').filter((name) => name.endsWith('.yaml'));
/** In the scenarios of the clouds, images and addresses come from the environment; here any value works. */
const environment = new Proxy<Record<string, string>>(
  {},
  {
    get: (_, name) => {
      if (/(?:CREDENTIALS|LOCATION|GROUP)$/.test(String(name))) return undefined;
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

  test.each(files)('%s is valid, has its file name as its name, and states its question', async (file) => {
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

describe('the schema for an editor', () => {
  const isValid = new Ajv2020({ strictTypes: false, allErrors: true }).compile(JSON.parse(scenarioSchema()));
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
      `${base}environment: [WITHIN, FLOOR]\nready: {within: "\${env:WITHIN:-5m}"}\ngates: {boot.target: {floor: "\${env:FLOOR}"}}`,
    ],
    ['a variable inside other text', `${base}environment: [NAME]\nready: {file: "/run/\${env:NAME}"}`],
    ['a variable that the extended scenario may list', 'extends: x\nname: y\nready: {within: "${env:WITHIN}"}'],
    ['a variable in an image', base.replace('file: a', 'file: "images/${env:IMAGE:-a}.qcow2"')],
  ])('accepts %s', (_, text) => expect(faults(text)).toEqual([]));

  test.each([
    ['a provider is missing', 'name: x\nvariants: {a: {image: {file: a}}, b: {image: {file: b}}}'],
    ['a key is misspelt', `${base}blokcs: 3`],
    ['a key is misspelt in a part', 'extends: local-deferral\nname: x\nprovider: {timming: wall}'],
    ['a duration has no unit', `${base}ready: {within: "5"}`],
    ['text is no variable', `${base}ready: {within: "\${en:WITHIN}"}`],
    ['a variable is not listed', `${base}ready: {within: "\${env:WITHIN}"}`],
    ['a variable is not listed, where any text may stand', base.replace('{a: {', '{a: {description: "${env:NAME}", ')],
    ['an option is of another provider', `${base}`.replace('kind: qemu', 'kind: qemu, location: westus3')],
  ])('marks it where %s', (_, text) => expect(faults(text)).not.toEqual([]));

  const documents = files
    .map((file) => parse(readFileSync(`scenarios/${file}`, 'utf8')))
    .filter((document) => document.extends === undefined);
  const textsOf = (value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] => {
    if (typeof value === 'string') return [at];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, below]) =>
      textsOf(below, [...at, Array.isArray(value) ? Number(key) : key]),
    );
  };
  const places = documents.flatMap((document) => textsOf(document).map((at) => ({ document, at })));
  const replaced = (value: unknown, [key, ...rest]: readonly (string | number)[], text: string): unknown => {
    if (key === undefined) return text;
    const at = value as Record<string | number, unknown>;
    return Object.assign(Array.isArray(value) ? [...value] : { ...at }, { [key]: replaced(at[key], rest, text) });
  };

  test('accepts a variable where the loader does, and nowhere else', () => {
    expect(places.length).toBeGreaterThan(100);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.boolean(), ({ document, at }, isListed) => {
        const listed = isListed ? { environment: [...(document.environment ?? []), 'SOME_IMAGE'] } : {};
        const { environment: _, ...unlisted } = document;
        const written = replaced({ ...unlisted, ...listed }, at, '${env:SOME_IMAGE}') as Record<string, unknown>;
        fc.pre(at[0] !== 'environment');
        // `kind` and `name` are literals.
        fc.pre(!['kind', 'name'].includes(String(at.at(-1))));
        const { problems } = substitute(written, new Proxy({}, { get: () => 'a-value' }));
        isValid(written);
        const complaints = (isValid.errors ?? []).map(({ instancePath }) => instancePath);
        expect(
          complaints.includes(`/${at.join('/')}`),
          JSON.stringify([at, written.name, isValid.errors?.slice(0, 3)]),
        ).toBe(problems.some(({ path: where }) => where.join('/') === at.join('/')));
      }),
      { numRuns: 300 },
    );
  });
});
