import { describe, expect, test } from 'vitest';
import type { Machine } from '../../../src/model/provider.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import { cloudUs } from '../../../src/providers/azure/machine/observations.ts';
import { bootBlock, closeEmpty, failureOf, machinePuts, markOf, openFleet, openLab } from '../../azure/fleets.ts';
import { azureScenario, blockRequests, fastTimer } from '../../azure/laboratory.ts';

describe('a fleet in Azure', () => {
  test('boots a block together, and leaves nothing behind', async () => {
    const { lab, fleet } = await openFleet();
    const machines = (await bootBlock(fleet)) as Machine[];
    const puts = machinePuts(lab);
    expect(puts).toHaveLength(2);
    expect(Math.abs((puts[0]?.atMs ?? 0) - (puts[1]?.atMs ?? 0))).toBeLessThan(1_000);
    expect(machines.map(({ ssh }) => ssh.host)).toEqual([expect.any(String), expect.any(String)]);
    expect(machines[0]?.ssh.user).toBe('azureuser');
    await Promise.all(machines.map((machine) => machine.destroy()));
    await closeEmpty(lab, fleet);
  });

  test('knows the list price of its machines, and works without a price', async () => {
    const { fleet } = await openFleet();
    expect(fleet.usdPerHour).toBe(0.25);
    await fleet.close();
    const unknown = await openFleet({ options: { catalogue: { prices: [] } } });
    expect(unknown.fleet).not.toHaveProperty('usdPerHour');
    await unknown.fleet.close();
  });

  test('reports when Azure accepted the request, when its operation ran by its own stamps, and when the port opened', async () => {
    const { lab, fleet } = await openFleet();
    const [machine] = (await bootBlock(fleet)) as Machine[];
    const truth = lab.endpoint.truth.get(String(machine?.facts.vm));
    expect(markOf(machine, 'outside.accepted')).toMatchObject({ clock: 'controller' });
    expect(markOf(machine, 'outside.operation-start')).toMatchObject({
      clock: 'cloud',
      us: cloudUs(truth?.operationStart ?? ''),
    });
    expect(markOf(machine, 'outside.operation-end')?.us).toBe(cloudUs(truth?.operationEnd ?? ''));
    const open = markOf(machine, 'outside.tcp-open');
    expect(open?.us).toBeGreaterThan(markOf(machine, 'outside.accepted')?.us ?? Infinity);
    await fleet.close();
  });

  // Five milliseconds in which this computer does something else are a second of this fast clock.
  test('dates "running" to within the last reading before it', { retry: 3 }, async () => {
    const { lab, fleet } = await openFleet();
    const [machine] = (await bootBlock(fleet)) as Machine[];
    const truth = lab.endpoint.truth.get(String(machine?.facts.vm));
    const running = markOf(machine, 'outside.running');
    const trueUs = ((truth?.runningMs ?? 0) - (truth?.acceptedMs ?? 0)) * 200 * 1000;
    expect(running?.us).toBeGreaterThan(trueUs);
    // A request to the endpoint itself takes time.
    expect((running?.us ?? 0) - (running?.errorUs ?? 0)).toBeLessThan(trueUs + 1_000_000);
    await fleet.close();
  });

  test('tags the group and every machine with the run, and the machine with its boot, variant and block', async () => {
    const { lab, fleet } = await openFleet();
    await bootBlock(fleet);
    const group = lab.endpoint.log.find(({ method, path }) => method === 'PUT' && /resourcegroups\/[^/]+$/.test(path));
    expect(group?.body).toMatchObject({
      location: 'westus3',
      tags: { 'bench-run': 'mariner-kata-20260101-1', 'delete-after': expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect(machinePuts(lab)[1]?.body).toMatchObject({
      tags: { 'bench-boot': '0002-after', 'bench-variant': 'after', 'bench-block': '1', 'bench-attempt': '1' },
    });
    await fleet.close();
  });

  test('asks Azure to delete disk, interface and address together with the machine', async () => {
    const { lab, fleet } = await openFleet({ provider: { osDisk: { ephemeral: 'resource', sizeGb: 60 } } });
    await bootBlock(fleet);
    expect(machinePuts(lab)[0]?.body).toMatchObject({
      properties: {
        storageProfile: {
          osDisk: {
            deleteOption: 'Delete',
            diskSizeGB: 60,
            diffDiskSettings: { option: 'Local', placement: 'ResourceDisk' },
          },
        },
        networkProfile: {
          networkInterfaceConfigurations: [
            {
              properties: {
                deleteOption: 'Delete',
                ipConfigurations: [
                  { properties: { publicIPAddressConfiguration: { properties: { deleteOption: 'Delete' } } } },
                ],
              },
            },
          ],
        },
      },
    });
    await fleet.close();
    expect(lab.endpoint.log.filter(({ method }) => method === 'DELETE').map(({ path }) => path)).toEqual([
      expect.stringMatching(/resourcegroups\/bench-mariner-kata-20260101-1-[0-9a-f]{8}$/),
    ]);
  });

  test('pins the newest version number of an image definition before it makes anything', async () => {
    const lab = await openLab();
    const { GALLERY } = await import('../../azure/catalogue.ts');
    const variants = { before: { image: GALLERY }, after: { image: { id: GALLERY, tags: { branch: 'main' } } } };
    const fleet = await azure.open(azureScenario({}, { variants }), lab.context());
    // No other test pins 1.3.0: it is newest, but has no replica in the location of the run.
    expect(fleet.facts).toMatchObject({ 'image.after': `${GALLERY}/versions/1.1.10` });
    await fleet.close();
  });

  test('pins the host key that cloud-init printed, and reports the build of the host', async () => {
    const { fleet } = await openFleet();
    const [machine] = (await bootBlock(fleet)) as Machine[];
    expect(machine?.ssh.hostKey).toEqual({ kind: 'pinned', sha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}$/) });
    expect(machine?.facts).toMatchObject({ hostKey: 'pinned', hostBuild: '10.0.26100.1448-1-0' });
    await fleet.close();
  });

  test('reads no machine more than twelve times a minute', async () => {
    // 300 ms are a minute of this clock.
    const { lab, fleet } = await openFleet({ options: { latency: { create: () => 900 } } });
    await bootBlock(fleet);
    const reads = lab.endpoint.log.filter(
      ({ method, path }) => method === 'GET' && /virtualMachines\/[^/]+-before$/i.test(path),
    );
    const mostInAMinute = Math.max(
      ...reads.map(({ atMs }) => reads.filter((each) => each.atMs >= atMs && each.atMs < atMs + 300).length),
    );
    expect(mostInAMinute).toBeLessThanOrEqual(12);
    await fleet.close();
  });

  test('reports a boot that takes too long as a result with its console, and deletes its machine', async () => {
    const { lab, fleet } = await openFleet({
      options: { latency: { create: (name) => (name.endsWith('after') ? 60_000 : 60) } },
      more: { ready: { within: '2m' } },
    });
    const [before, after] = await bootBlock(fleet);
    expect(failureOf(before)).toBeUndefined();
    expect(after).toMatchObject({
      name: 'BootFailure',
      failure: {
        stage: 'boot',
        code: 'ready-timeout',
        message: 'Boot 0002-after still waited for Azure to create the machine after 2 min.',
      },
    });
    await closeEmpty(lab, fleet);
  });

  test('requests the deletion of its group after an interrupt and waits for nothing', async () => {
    const { lab, fleet } = await openFleet({ options: { latency: { delete: 30_000, create: () => 3_000 } } });
    const boots = blockRequests(1).map((request) => fleet.boot(request, lab.interrupt.signal));
    const outcomes = Promise.allSettled(boots);
    await new Promise((resolve) => setTimeout(resolve, 300));
    lab.interrupt.abort(new DOMException('interrupted', 'AbortError'));
    const started = performance.now();
    await fleet.close();
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(lab.endpoint.log.some(({ method, path }) => method === 'DELETE' && /resourcegroups/i.test(path))).toBe(true);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('deletes the machines of a killed run before it makes new ones of the same names', async () => {
    const { lab, fleet } = await openFleet();
    await bootBlock(fleet);
    const again = await azure.open(azureScenario(), lab.context());
    expect(lab.said).toContain('deleting 2 machines left by an earlier process of this run');
    expect(lab.endpoint.left().filter((id) => /virtualMachines/.test(id))).toEqual([]);
    expect(await bootBlock(again)).toHaveLength(2);
    await closeEmpty(lab, again);
  });

  test('does not touch a group that its journal names but that belongs to another user', async () => {
    const lab = await openLab();
    const context = lab.context();
    await context.claims?.add('bench-shared');
    lab.endpoint.plant({ name: 'bench-shared', location: 'westus3', tags: { owner: 'them' } });
    await expect(azure.open(azureScenario(), context)).rejects.toThrow(/does not belong to this run/);
    expect(lab.endpoint.log.filter(({ method }) => method === 'PUT' || method === 'DELETE')).toEqual([]);
  });

  test('five shards that start in one second with one id and one seed share nothing, and delete only their own resources', async () => {
    // Ten machines at once keep a computer busy: this clock runs less fast.
    const lab = await openLab({ timer: fastTimer(40) });
    const shards = await Promise.all(
      ['1', '2', '3', '4', '5'].map((shard) =>
        azure.open(azureScenario(), lab.context('nightly-20260101-020000-1', shard)),
      ),
    );
    const booted = await Promise.all(shards.map((fleet) => bootBlock(fleet)));
    expect(booted.flat().map(failureOf)).toEqual(Array(10).fill(undefined));
    const groups = () => lab.endpoint.left().filter((id) => !id.includes('/'));
    const machines = () => lab.endpoint.left().filter((id) => /virtualMachines/.test(id)).length;
    expect(new Set(groups()).size).toBe(5);
    for (const left of [4, 3, 2, 1, 0]) {
      await shards[left]?.close();
      expect([groups().length, machines()]).toEqual([left, 2 * left]);
    }
  });
});
