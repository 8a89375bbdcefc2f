import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { ms } from '../../src/model/units.ts';
import { initFromCluster } from '../../src/stages/init/cluster.ts';
import { provider } from '../azure/catalogue.ts';
import { laboratory } from '../azure/laboratory.ts';

const FIXTURES = path.resolve('test/fixtures/azure/clusters');
const SUBNET =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'init-cluster-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const timer = { nowMs: () => ms(0), sleep: async () => {} };

interface Options {
  readonly from?: string | undefined;
  readonly cluster?: string;
  readonly group?: string;
}

async function init(name: string, options: Options = {}, environment = {}) {
  const from = 'from' in options ? options.from : path.join(FIXTURES, `${name}.json`);
  const { files, toFill } = await initFromCluster(
    { name, cluster: options.cluster, group: options.group, from },
    { cwd, environment, timer, signal: AbortSignal.timeout(60_000) },
  );
  const [scenario = '', config = ''] = files.map((file) => readFileSync(file, 'utf8'));
  const asked = toFill.flatMap(({ names }) => names);
  return { provider: parse(scenario).provider, config: JSON.parse(config), asked, toFill, scenario };
}

const ALWAYS = [
  'BENCH_BEFORE_IMAGE',
  'BENCH_AFTER_IMAGE',
  'BENCH_BOOTSTRAPPER_URL',
  'BENCH_CLUSTER_CA',
  'BENCH_BOOTSTRAP_TOKEN',
];
const kubernetes = (config: {
  ContainerService: { properties: { orchestratorProfile: { kubernetesConfig: object } } };
}) => config.ContainerService.properties.orchestratorProfile.kubernetesConfig;

describe('a scenario written from a saved cluster', () => {
  test('has the settings of a kubenet cluster', async () => {
    const { provider, config, asked } = await init('kubenet');
    expect(provider).toMatchObject({
      kind: 'azure',
      location: 'westus3',
      subscription: '00000000-0000-0000-0000-000000000001',
      tenant: '00000000-0000-0000-0000-000000000002',
      sizes: ['Standard_D4ds_v5'],
      osDisk: { ephemeral: 'resource', sizeGb: 128 },
      identities: [expect.stringMatching(/userAssignedIdentities\/kubenet-agentpool$/)],
      machine: 'scale-set',
      group: { name: 'MC_images_kubenet_westus3', existing: true },
      ipForwarding: true,
      backendPools: [
        expect.stringMatching(
          /MC_images_kubenet_westus3\/.*\/loadBalancers\/kubernetes\/backendAddressPools\/aksOutboundBackendPool$/,
        ),
      ],
    });
    expect(provider).not.toHaveProperty('podAddresses');
    expect(kubernetes(config)).toMatchObject({ networkPlugin: 'kubenet', clusterSubnet: '10.244.0.0/16' });
    expect(config.ContainerService.properties).toMatchObject({
      orchestratorProfile: { orchestratorVersion: '1.33.2' },
      hostedMasterProfile: { fqdn: 'kubenet-dns-1a2b3c4d.hcp.westus3.azmk8s.io' },
      certificateProfile: { caCertificate: '${env:BENCH_CLUSTER_CA}' },
    });
    expect(config).toMatchObject({
      UserAssignedIdentityClientID: '00000000-0000-0000-0000-000000000004',
      KubeletClientTLSBootstrapToken: '${env:BENCH_BOOTSTRAP_TOKEN}',
      ResourceGroupName: 'MC_images_kubenet_westus3',
      AgentPoolProfile: { distro: 'aks-ubuntu-containerd-22.04-gen2' },
      KubeletConfig: { '--cluster-dns': '10.0.0.10', '--max-pods': '110' },
    });
    expect(asked).toEqual([...ALWAYS, 'provider.subnet']);
  });

  test('of Azure CNI has the subnet, and an address for each pod, but no node of the Windows pool', async () => {
    const { provider, config, asked } = await init('azure-cni');
    expect(provider).toMatchObject({ subnet: SUBNET, podAddresses: 30 });
    expect(provider).not.toHaveProperty('ipForwarding');
    expect(config.AgentPoolProfile).toMatchObject({ name: 'nodepool1', vnetSubnetID: SUBNET });
    expect(asked).toEqual(ALWAYS);
  });

  test('of an overlay takes the system pool, with its disk, its security and its image', async () => {
    const { provider, config } = await init('overlay');
    expect(provider).toMatchObject({ sizes: ['Standard_D4ds_v5'], securityType: 'trusted-launch' });
    expect(provider).not.toHaveProperty('podAddresses');
    expect(config.AgentPoolProfile.distro).toBe('aks-azurelinux-v3-gen2');
    expect(kubernetes(config)).toMatchObject({ networkPluginMode: 'overlay' });
  });

  test('of Cilium reports it, and joins no pool of a load balancer that holds addresses', async () => {
    const { provider, config } = await init('cilium');
    expect(kubernetes(config)).toMatchObject({ ebpfDataplane: 'cilium', networkPolicy: 'cilium' });
    expect(provider).not.toHaveProperty('backendPools');
  });

  test('of a private cluster has its private name, and requests a way to it', async () => {
    const { provider, config, asked, toFill } = await init('private');
    expect(config.ContainerService.properties.hostedMasterProfile.fqdn).toContain('privatelink');
    expect(provider).not.toHaveProperty('backendPools');
    expect(asked).toEqual([...ALWAYS, 'provider.reach']);
    expect(JSON.stringify(toFill)).not.toContain('--admin');
  });

  test("of user-assigned identities has the kubelet's; of Kata, machines within machines", async () => {
    const { provider, config } = await init('user-assigned');
    expect(provider).toMatchObject({ nestedVirtualization: true, osDisk: { ephemeral: 'none' } });
    expect(provider.identities).toEqual([expect.stringMatching(/userAssignedIdentities\/kubelet$/)]);
    expect(config.UserAssignedIdentityClientID).toBe('00000000-0000-0000-0000-000000000008');
    expect(config.AgentPoolProfile.distro).toBe('aks-azurelinux-v3-gen2-kata');
  });

  test('is the same from the answer of the resource manager, whose keys have another case', async () => {
    const [ours, theirs] = [await init('kubenet'), await init('resource-manager')];
    const renamed = JSON.parse(JSON.stringify(theirs.config).replaceAll('resource-manager', 'kubenet'));
    expect(renamed).toEqual(ours.config);
    expect(theirs.provider).toEqual(ours.provider);
  });

  test('of 2019 has its subnet and its basic load balancer', async () => {
    const { provider, config, asked } = await init('old');
    expect(provider).toMatchObject({ location: 'westeurope', subnet: SUBNET, osDisk: { sizeGb: 100 } });
    expect(provider).not.toHaveProperty('backendPools');
    expect(config.ContainerService.properties.orchestratorProfile.orchestratorVersion).toBe('1.15.7');
    expect(asked).toEqual([...ALWAYS, 'BENCH_DISTRO', 'BENCH_KUBELET_CLIENT_ID', 'BENCH_TENANT']);
  });

  test('from an answer of nulls requests everything, each with a command', async () => {
    const { provider, config, asked, toFill } = await init('nulls');
    expect(provider.group).toEqual({ name: 'MC_images_nulls_westus3', existing: true });
    expect(asked.slice(ALWAYS.length)).toEqual([
      'BENCH_API_SERVER',
      'BENCH_KUBERNETES_VERSION',
      'BENCH_DISTRO',
      'BENCH_KUBELET_CLIENT_ID',
      'BENCH_TENANT',
      'provider.group',
      'provider.subnet',
    ]);
    for (const { commands } of toFill) expect(commands.length).toBeGreaterThan(0);
    for (const [, name] of JSON.stringify(config).matchAll(/\$\{env:(\w+)\}/g)) expect(asked).toContain(name);
  });
});

describe('a file that a user saved', () => {
  const kubenet = readFileSync(path.join(FIXTURES, 'kubenet.json'), 'utf8');
  const saved = (content: string | Buffer) => {
    const file = path.join(cwd, 'show.json');
    writeFileSync(file, content);
    return file;
  };

  test('by PowerShell, in UTF-16, or with a byte order mark, works', async () => {
    const wide = await init('a', { from: saved(Buffer.from(`\ufeff${kubenet}`, 'utf16le')) });
    expect(wide.provider.location).toBe('westus3');
    expect((await init('b', { from: saved(`\ufeff${kubenet}`) })).provider.location).toBe('westus3');
  });

  test('of a list needs a name, which selects one', async () => {
    const from = saved(`[${kubenet},${readFileSync(path.join(FIXTURES, 'overlay.json'), 'utf8')}]`);
    expect((await init('c', { from, cluster: 'Overlay' })).scenario).toContain('cluster overlay');
    await expect(init('d', { from })).rejects.toThrow(/2 clusters: kubenet, overlay/);
    await expect(init('d', { from, cluster: 'other' })).rejects.toThrow(/no cluster "other": it has kubenet, overlay/);
  });

  test.each([
    ['name: kubenet\nlocation: westus3\n', /is no JSON/],
    [
      '{"id": "/subscriptions/a/resourceGroups/b/providers/M.Compute/vm/c", "name": "c", "location": "x"}',
      /no managed/,
    ],
    ['[]', /holds no managed cluster/],
    ['', /is no JSON/],
  ])('without a cluster leads to a refusal: %s', async (content, message) => {
    await expect(init('e', { from: saved(content) })).rejects.toThrow(message);
    expect(readdirSync(cwd)).toEqual(['show.json']);
  });

  test('does not overwrite a scenario or a configuration', async () => {
    await init('kubenet');
    await expect(init('kubenet')).rejects.toThrow(/already exists/);
  });

  test('with hostile names stays one line of YAML and one word of a shell', async () => {
    const hostile = JSON.parse(kubenet);
    hostile.name = "x\nevil: '$(id)'";
    hostile.id = hostile.id.replace('managedClusters/kubenet', "managedClusters/x'$(id)'");
    const { scenario, toFill } = await init('f', { from: saved(JSON.stringify(hostile)) });
    expect(parse(scenario)).not.toHaveProperty('evil');
    expect(toFill.flatMap(({ commands }) => commands).join('\n')).toContain("--name 'x\nevil: '\\''$(id)'\\'''");
  });
});

test('bench reads a cluster through the resource manager, with the subnet that AKS made', async () => {
  const document = JSON.parse(readFileSync(path.join(FIXTURES, 'resource-manager.json'), 'utf8'));
  const network = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/aks-vnet-12345678';
  const made = `${network}/subnets/aks-subnet`;
  const networks = { value: [{ id: network, properties: { subnets: [{ id: made, name: 'aks-subnet' }] } }] };
  const own = provider('').replace(/\/providers\/$/, '');
  const lab = await laboratory({
    catalogue: {
      documents: {
        [provider('Microsoft.ContainerService/managedClusters')]: { value: [document] },
        [`${own}/resourceGroups/images/providers/Microsoft.ContainerService/managedClusters/resource-manager`]:
          document,
        [`${own}/resourceGroups/MC_images_kubenet_westus3/providers/Microsoft.Network/virtualNetworks`]: networks,
      },
    },
  });
  onTestFinished(() => lab.close());
  const environment = { ...lab.context().environment, BENCH_AZURE_CREDENTIALS: 'environment' };
  const cluster = 'resource-manager';
  const ofGroup = await init('one', { from: undefined, cluster, group: 'images' }, environment);
  expect(ofGroup.provider.subnet).toBe(made);
  expect(ofGroup.asked).toEqual(ALWAYS);
  const found = await init('two', { from: undefined, cluster }, environment);
  expect(found.provider).toEqual(ofGroup.provider);
  await expect(init('three', { from: undefined, cluster: 'other' }, environment)).rejects.toThrow(
    /no cluster other in the subscription .*; it has resource-manager/,
  );
});
