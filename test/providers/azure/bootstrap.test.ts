import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bootstrapData } from '../../../src/providers/azure/machine/bootstrap.ts';
import { bootstrapCautions, bootstrapFacts } from '../../../src/providers/azure/machine/overwritten.ts';
import { loadScenario } from '../../../src/stages/design/scenario.ts';
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

test('a certificate of many lines goes into the question as a JSON string', async () => {
  const { scenario, world, bootstrapper } = await asked('{"bootstrapToken": "abc", "ca": "${env:CA}"}', { CA });
  await bootstrapData(scenario, world);
  expect(bootstrapper.asked).toEqual([{ bootstrapToken: 'abc', ca: CA }]);
});

test('a value that is already JSON goes in unchanged', async () => {
  const { scenario, world, bootstrapper } = await asked('{"bootstrapToken": "${env:T}", "list": ["${env:L}"]}', {
    T: 'abc',
    L: 'a\\nb", "c',
  });
  await bootstrapData(scenario, world);
  expect(bootstrapper.asked).toEqual([{ bootstrapToken: 'abc', list: ['a\nb', 'c'] }]);
});

test('a plan lists the warnings of a run, or says why it cannot know them', async () => {
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

test('bench warns of a file that all variants write alike, not of one whose means or content differ by variant', async () => {
  const { world, folder } = await asked('{}');
  const entry = (name: string, content: string) =>
    `- path: /opt/azure/containers/${name}\n  permissions: "0744"\n  content: |\n    ${content}\n`;
  const data = (own: string) =>
    `#cloud-config\nwrite_files:\n${entry('provision_source.sh', 'echo helpers')}${entry('provision.sh', own)}runcmd: []\n`;
  writeFileSync(path.join(folder, 'before.yaml'), data('echo before'));
  writeFileSync(path.join(folder, 'after.yaml'), data('echo after'));
  const plain = azureScenario();
  const variants = Object.fromEntries(
    Object.entries(plain.variants).map(([name, each]) => [
      name,
      { ...each, bootstrap: { kind: 'files', customData: `${name}.yaml` } },
    ]),
  );
  expect(await bootstrapCautions(azureScenario({}, { variants }), world)).toEqual([
    expect.stringMatching(
      /replaces the same file of the image alike, e\.g\. \/opt\/azure\/containers\/provision_source\.sh;/,
    ),
  ]);
});

test.each([
  ['a file', '/opt/bin/kubelet', { file: '/opt/bin/kubelet', mode: '0755' }],
  ['a unit as the image has it', '/etc/systemd/system/x.service.d/10.conf', { unit: 'x.service', inImage: 'disabled' }],
])('bench warns when bootstrap data writes %s that the scenario expects of the image', async (_, file, claim) => {
  const { world, folder } = await asked('{}');
  writeFileSync(path.join(folder, 'all.yaml'), `#cloud-config\nwrite_files:\n- path: ${file}\n  content: x\n`);
  const with_ = (expectations: readonly object[]) =>
    bootstrapCautions(
      azureScenario({}, { bootstrap: { kind: 'files', customData: 'all.yaml' }, expect: expectations }),
      world,
    );
  expect(await with_([claim])).toEqual([expect.stringContaining(`e.g. ${file};`)]);
  expect(await with_([{ unit: 'x.service', is: 'active' }])).toEqual([]);
});

test("a variant's bootstrap takes its address and its question from the environment, as the scenario's does", async () => {
  const { folder } = await asked('{}');
  const file = path.join(folder, 'own.yaml');
  const image = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/i';
  const own = 'bootstrap: {kind: agentbaker, url: "${env:OWN_URL}", nodeConfig: "${env:OWN_CONFIG}"}';
  writeFileSync(
    file,
    `name: own
provider:
  {kind: azure, location: westus3, sizes: [Standard_D4s_v5], backendPools: ["${image}/\${env:POOL}"]}
variants:
  before: {image: ${image}}
  after: {image: ${image}, ${own}}
`,
  );
  const environment = { OWN_URL: 'http://localhost:8081', OWN_CONFIG: 'after.json', POOL: 'pool' };
  const { scenario } = await loadScenario(file, [], { cwd: folder, scenarioFolders: [folder], environment });
  expect(scenario.variants.after).toMatchObject({
    bootstrap: { url: 'http://localhost:8081', nodeConfig: 'after.json' },
  });
});

test("facts hold the hash of each variant's bootstrap data, never the data", async () => {
  const { scenario, world } = await asked('{"bootstrapToken": "${env:T}"}', { T: 'abc-secret' });
  const facts = bootstrapFacts(scenario, await bootstrapData(scenario, world));
  expect(Object.keys(facts)).toEqual(['bootstrap.before', 'bootstrap.after']);
  expect(facts['bootstrap.before']).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(facts)).not.toContain('abc');
});
