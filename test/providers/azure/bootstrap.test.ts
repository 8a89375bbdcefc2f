import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bootstrapCautions, bootstrapData, bootstrapFacts } from '../../../src/providers/azure/machine/bootstrap.ts';
import { startBootstrapper } from '../../azure/bootstrapper.ts';
import { azureScenario } from '../../azure/laboratory.ts';

const CA = '-----BEGIN CERTIFICATE-----\nMIIB"\\n\n-----END CERTIFICATE-----\n';

async function asked(config: string, environment: Record<string, string> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'bootstrap-'));
  const bootstrapper = await startBootstrapper();
  onTestFinished(() => {
    bootstrapper.close();
    rmSync(folder, { recursive: true });
  });
  writeFileSync(path.join(folder, 'node.json'), config);
  const bootstrap = { kind: 'agentbaker', url: bootstrapper.url, nodeConfig: 'node.json' };
  const world = { environment, scenarioFolder: folder, signal: AbortSignal.timeout(30_000) };
  return { scenario: azureScenario({}, { bootstrap }), world, bootstrapper, folder };
}

test('a certificate of many lines goes into the question as JSON writes it', async () => {
  const { scenario, world, bootstrapper } = await asked('{"bootstrapToken": "abc", "ca": "${env:CA}"}', { CA });
  await bootstrapData(scenario, world);
  expect(bootstrapper.asked).toEqual([{ bootstrapToken: 'abc', ca: CA }]);
});

test('a value that is JSON already goes in as it stands', async () => {
  const { scenario, world, bootstrapper } = await asked('{"bootstrapToken": "${env:T}", "list": ["${env:L}"]}', {
    T: 'abc',
    L: 'a\\nb", "c',
  });
  await bootstrapData(scenario, world);
  expect(bootstrapper.asked).toEqual([{ bootstrapToken: 'abc', list: ['a\nb', 'c'] }]);
});

test('a plan says what a run would warn of, or why that is not known', async () => {
  const { scenario, world, folder } = await asked('{"bootstrapToken": "${env:T}"}', { T: 'abc' });
  expect(await bootstrapCautions(scenario, world)).toEqual([]);
  expect(await bootstrapCautions(scenario, { ...world, environment: {} })).toEqual([
    'bootstrap data is not checked: node.json: the environment variable T is not set.',
  ]);
  writeFileSync(
    path.join(folder, 'all.yaml'),
    '#cloud-config\nwrite_files:\n- path: /opt/azure/containers/provision.sh\n',
  );
  const same = azureScenario({}, { bootstrap: { kind: 'files', customData: 'all.yaml' } });
  expect(await bootstrapCautions(same, world)).toEqual([
    expect.stringMatching(/^the change under test may be overwritten: .*provision\.sh; variants\.<name>\.bootstrap/),
  ]);
  expect(await bootstrapCautions(azureScenario(), world)).toEqual([]);
});

test('facts hold the hash of what each variant was given, and nothing of it', async () => {
  const { scenario, world } = await asked('{"bootstrapToken": "${env:T}"}', { T: 'abc-secret' });
  const facts = bootstrapFacts(await bootstrapData(scenario, world));
  expect(Object.keys(facts)).toEqual(['bootstrap.before', 'bootstrap.after']);
  expect(facts['bootstrap.before']).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(facts)).not.toContain('abc');
});
