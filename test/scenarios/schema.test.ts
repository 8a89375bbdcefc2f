import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkScenario, loadScenario } from '../../src/stages/design/scenario.ts';
import { scenarioSchema } from '../../src/stages/schemas.ts';

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
    const loaded = await loadScenario(`scenarios/${file}`, [], { cwd: '.', folders: ['scenarios'], environment });
    checkScenario(loaded);
    expect(`${loaded.scenario.name}.yaml`).toBe(file);
    expect(loaded.question).toMatch(/\?/);
    expect(readFileSync(`scenarios/${file}`, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\/scenario\.schema\.json\n/,
    );
  });
});
