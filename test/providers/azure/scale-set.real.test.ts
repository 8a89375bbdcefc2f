import { describe, expect, test } from 'vitest';
import type { Machine } from '../../../src/model/provider.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import { fakePower } from '../../azure/fake-machine.ts';
import {
  AFTER,
  asked,
  BEFORE,
  bootBlock,
  bootIn,
  closeEmpty,
  failureOf,
  machinePuts,
  markOf,
  openFleet,
  openLab,
} from '../../azure/fleets.ts';
import { azureScenario } from '../../azure/laboratory.ts';
import type { Power } from '../../azure/power.ts';

/** Machines that are scale sets of one instance: the requests, the readings, the effect of errors, and the leftovers. */

const NODE = { bootstrap: { kind: 'files', command: '/proc/version' } };
const ephemeral = { osDisk: { ephemeral: 'resource', sizeGb: 60 } };

interface Model {
  readonly sku: object;
  readonly properties: {
    readonly virtualMachineProfile: {
      readonly osProfile: { readonly computerNamePrefix: string };
      readonly storageProfile: { readonly osDisk: object };
      readonly networkProfile: { readonly networkInterfaceConfigurations: readonly { readonly properties: object }[] };
      readonly extensionProfile?: { readonly extensions: readonly object[] };
    };
  };
}

describe('the model of a scale set', () => {
  const modelOf = async (provider: object): Promise<Model> => {
    const { lab } = await bootIn({ provider: { machine: 'scale-set', ...provider }, more: NODE });
    return machinePuts(lab)[0]?.body as Model;
  };

  test('of uniform type holds one instance, none to spare, no automatic upgrade, and the provisioning command', async () => {
    const model = await modelOf(ephemeral);
    expect(model.sku).toEqual({ name: 'Standard_D4s_v5', tier: 'Standard', capacity: 1 });
    expect(model.properties).toMatchObject({
      orchestrationMode: 'Uniform',
      overprovision: false,
      singlePlacementGroup: true,
      upgradePolicy: { mode: 'Manual' },
    });
    const { osProfile, storageProfile, networkProfile, extensionProfile } = model.properties.virtualMachineProfile;
    expect(osProfile.computerNamePrefix).toMatch(/^b[0-9a-f]{6}-0001-before$/);
    expect(storageProfile.osDisk).toMatchObject({ diffDiskSettings: { placement: 'ResourceDisk' }, diskSizeGB: 60 });
    // Azure rejects a deleteOption on parts that it always deletes with their set.
    expect(JSON.stringify([storageProfile, networkProfile])).not.toContain('deleteOption');
    expect(extensionProfile?.extensions).toMatchObject([
      { name: 'bench-cse', properties: { publisher: 'Microsoft.Azure.Extensions', type: 'CustomScript' } },
    ]);
  });

  test('of flexible type has no upgrade policy and no placement group, and its parts go together with it', async () => {
    const { properties } = await modelOf({ orchestration: 'flexible' });
    expect(properties).toMatchObject({
      orchestrationMode: 'Flexible',
      platformFaultDomainCount: 1,
      singlePlacementGroup: false,
    });
    expect(properties).not.toHaveProperty('upgradePolicy');
    expect(JSON.stringify(properties).match(/"deleteOption":"Delete"/g)).toHaveLength(3);
  });

  test('takes its machines through the load balancer of a cluster, and holds an address for each pod', async () => {
    const subnet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n';
    const pool = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/loadBalancers/k/backendAddressPools/o';
    const joins = { subnet, backendPools: [pool], ipForwarding: true, podAddresses: 2, reach: { kind: 'private' } };
    const { properties } = await modelOf(joins);
    const [nic] = properties.virtualMachineProfile.networkProfile.networkInterfaceConfigurations;
    const pod = (name: string) => ({ name, properties: { primary: false, subnet: { id: subnet } } });
    expect(nic?.properties).toMatchObject({
      enableIPForwarding: true,
      enableAcceleratedNetworking: true,
      ipConfigurations: [
        { properties: { primary: true, subnet: { id: subnet }, loadBalancerBackendAddressPools: [{ id: pool }] } },
        pod('ip1'),
        pod('ip2'),
      ],
    });
  });
});

describe.each(['uniform', 'flexible'])('a fleet of scale sets, %s', (orchestration) => {
  const provider = { machine: 'scale-set', orchestration };

  test('boots a block of sets of one instance, and leaves nothing behind', async () => {
    const { lab, fleet } = await openFleet({ provider });
    const machines = (await bootBlock(fleet)) as Machine[];
    expect(machines.map(failureOf)).toEqual([undefined, undefined]);
    expect(machinePuts(lab).map(({ path }) => path)).toEqual([
      expect.stringMatching(/virtualMachineScaleSets\/b[0-9a-f]{6}-0001-before$/),
      expect.stringMatching(/virtualMachineScaleSets\/b[0-9a-f]{6}-0002-after$/),
    ]);
    for (const id of ['accepted', 'operation-start', 'operation-end', 'running', 'tcp-open'])
      expect(markOf(machines[0], `outside.${id}`), id).toBeDefined();
    expect(machines[0]?.ssh.hostKey.kind).toBe('pinned');
    expect(machines[0]?.facts).toMatchObject({ exactVersion: '1.1.9', vmSize: 'Standard_D4s_v5', hostKey: 'pinned' });
    expect(await machines[0]?.console()).toContain('Hyper-V');
    await machines[0]?.destroy();
    await lab.endpoint.settled();
    expect(lab.endpoint.left().filter((id) => /0001-before/.test(id))).toEqual([]);
    await closeEmpty(lab, fleet);
  });

  test('reaches its machines by their private addresses where they have no other', async () => {
    const subnet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n';
    const { outcomes } = await bootIn({ provider: { ...provider, subnet, reach: { kind: 'private' } } });
    expect(outcomes.map((outcome) => (outcome as Machine).ssh.host)).toEqual([
      expect.stringMatching(/^127\.1\./),
      expect.stringMatching(/^127\.1\./),
    ]);
  });

  test.each(['AllocationFailed', 'OverconstrainedAllocationRequest', 'ZonalAllocationFailed', 'SkuNotAvailable'])(
    '%s moves the whole block, never one boot alone',
    async (code) => {
      const sizes = ['Standard_D4s_v5', 'Standard_D4as_v5'];
      const faults = [{ path: AFTER, kind: 'operation', code, times: code === 'AllocationFailed' ? 11 : 1 }] as const;
      const { lab, outcomes } = await bootIn({ provider: { ...provider, sizes }, faults });
      expect(outcomes.map(failureOf)).toEqual([undefined, undefined]);
      expect(outcomes).toMatchObject(Array(2).fill({ facts: { vmSize: 'Standard_D4as_v5' } }));
      for (const variant of [BEFORE, AFTER]) expect(asked(lab, variant).at(-1)).toMatch(/Standard_D4as_v5$/);
    },
  );

  test.each([
    ['RequestDisallowedByPolicy', 403, undefined, /provider\.tags/],
    [
      'OperationNotAllowed',
      409,
      'Operation results in exceeding approved standardDSv5Family Cores quota. Current Limit: 0, Current Usage: 0, Additional Required: 4',
      /too small for/,
    ],
  ])('%s ends the run with what to do', async (code, status, message, hint) => {
    const faults = [{ path: BEFORE, status, code, times: 9, ...(message && { message }) }];
    const { outcomes } = await bootIn({ provider, faults });
    expect(outcomes[0]).toMatchObject({ message: expect.stringContaining(code), hint: expect.stringMatching(hint) });
  });

  test('throttled for 20 minutes costs no boot', async () => {
    const throttled = { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '1200' } };
    const faults = [{ method: 'GET', path: /virtualMachine(s$|ScaleSets\/[^/]+\/virtualMachines$)/i, ...throttled }];
    const { lab, outcomes } = await bootIn({ provider, more: { ready: { within: '5m' } }, faults });
    expect(outcomes.map(failureOf)).toEqual([undefined, undefined]);
    expect(lab.said.join('\n')).toContain('waiting 20 min; boot times exclude this wait');
    for (const { facts } of outcomes as Machine[]) expect(facts.throttledMs).toBeGreaterThan(1_100_000);
  });

  test('a provisioning command that fails is a result with the exit code of the instance view', async () => {
    const plain = fakePower(() => 20);
    const power: Power = async (order) => ({
      ...(await plain(order)),
      run: async () => ({ exitCode: /after/.test(order.name) ? 34 : 0, output: 'no package manager\n' }),
    });
    const { lab, outcomes } = await bootIn({ options: { power }, provider, more: NODE });
    expect(outcomes.map(failureOf)).toMatchObject([undefined, { stage: 'boot', code: 'cse-exit-34' }]);
    // The extension is part of the model: bench sends no request for it, and it ends with the operation.
    expect(lab.endpoint.log.filter(({ path }) => /extensions/.test(path))).toEqual([]);
    expect((outcomes[0] as Machine).marks.map(({ id }) => id)).not.toContain('outside.extension-sent');
  });

  test('with exit code 50, no outside connection, runs twice more', async () => {
    const message = 'command terminated with exit status=50';
    const code = 'VMExtensionProvisioningError';
    const faults = [{ path: AFTER, kind: 'operation', code, message, times: 9 }] as const;
    const { lab, outcomes } = await bootIn({ provider, more: NODE, faults });
    expect(failureOf(outcomes[1])).toMatchObject({ code: 'cse-exit-50', hint: expect.stringContaining('outbound') });
    expect([asked(lab, BEFORE).length, asked(lab, AFTER).length]).toEqual([1, 3]);
  });

  test('reads no machine more than twelve times a minute', async () => {
    const { lab, fleet } = await openFleet({ provider, options: { latency: { create: () => 900 } } });
    await bootBlock(fleet);
    const reads = lab.endpoint.log.filter(
      ({ method, path }) =>
        method === 'GET' && /virtualMachine/i.test(path) && /-before/.test(path) && !/networkInterfaces/.test(path),
    );
    const inAMinute = reads.map(
      ({ atMs }) => reads.filter((each) => each.atMs >= atMs && each.atMs < atMs + 300).length,
    );
    expect(reads.length).toBeGreaterThan(3);
    expect(Math.max(...inAMinute)).toBeLessThanOrEqual(12);
    await fleet.close();
  });

  test('deletes the sets of a killed run before it makes new ones of the same names', async () => {
    const { lab, fleet } = await openFleet({ provider });
    await bootBlock(fleet);
    const again = await azure.open(azureScenario(provider), lab.context());
    expect(lab.said).toContain('deleting 2 machines left by an earlier process of this run');
    expect(lab.endpoint.left().filter((id) => /virtualMachine/i.test(id))).toEqual([]);
    expect((await bootBlock(again)).map(failureOf)).toEqual([undefined, undefined]);
    await closeEmpty(lab, again);
  });
});

test('an instance that a user took down is a lost boot, not a slow one', async () => {
  const lab = await openLab();
  const fleet = await azure.open(azureScenario({ machine: 'scale-set' }), lab.context());
  const [, after] = (await bootBlock(fleet)) as Machine[];
  expect(await after?.fate?.()).toBeUndefined();
  lab.endpoint.takeDown(String(after?.facts.vm), 'deallocated');
  expect(await after?.fate?.()).toMatchObject({ stage: 'boot', code: 'Preempted' });
  await closeEmpty(lab, fleet);
});
