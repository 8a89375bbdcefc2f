import { afterEach, describe, expect, test } from 'vitest';
import { leftoversOf } from '../../src/providers/azure/gc/leftovers.ts';
import { azure } from '../../src/providers/azure/kind.ts';
import { collectGarbage, type GcItem } from '../../src/stages/gc.ts';
import { azureScenario, blockRequests, type Laboratory, laboratory } from '../azure/laboratory.ts';

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const GROUPS = '/subscriptions/00000000-1111-4222-8333-444444444444/resourceGroups';

/** A group as a killed run leaves it, with one machine. */
function plant({ endpoint }: Laboratory, name: string, deleteAfter: string, more: readonly string[] = []) {
  const tags = { 'bench-run': name, 'bench-scenario': 'mariner-kata', 'delete-after': deleteAfter };
  const made = (type: string, id: string, own: Readonly<Record<string, string>>, properties = {}) => ({
    id: `${GROUPS}/${name}/providers/${type}/${id}`,
    name: id,
    type,
    location: 'westus3',
    tags: own,
    properties,
  });
  endpoint.plant({ name, location: 'westus3', tags }, [
    made('Microsoft.Compute/virtualMachines', 'babc123-0001-before', tags, {
      hardwareProfile: { vmSize: 'Standard_D4s_v5' },
    }),
    made('Microsoft.Network/networkInterfaces', 'babc123-0001-before-nic', {}),
    ...more.map((id) => made('Microsoft.Storage/storageAccounts', id, {})),
  ]);
}

const never = new AbortController().signal;
/** Azure's own time counts, not this. */
const NOW = '2026-01-01T00:00:00Z';
const LONG_AGO = '2020-01-01T00:00:00Z';
const LATER = '2999-01-01T00:00:00Z';

function gc(lab: Laboratory, changes: { remove?: boolean; all?: boolean; offline?: boolean } = {}): Promise<GcItem[]> {
  const { environment, timer } = lab.context();
  const options = { scenario: azureScenario(), remove: false, all: false, offline: false };
  const world = { environment, cwd: lab.folder, cacheFolder: lab.folder, timer, progress: () => {}, nowIso: NOW };
  return collectGarbage({ ...options, ...changes }, world, new AbortController().signal);
}

describe('a group that a killed run left', () => {
  test('appears with its cost, and gc deletes nothing without the option to delete', async () => {
    lab = await laboratory();
    plant(lab, 'bench-old', LONG_AGO);
    expect(await gc(lab)).toMatchObject([
      { group: 'bench-old', scenario: 'mariner-kata', state: 'due', machines: 1, resources: 2, costPerDay: 6 },
    ]);
    expect(lab.endpoint.log.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  test('goes, and a second time gc finds nothing to do', async () => {
    lab = await laboratory();
    plant(lab, 'bench-old', LONG_AGO);
    expect(await gc(lab, { remove: true })).toMatchObject([{ state: 'deleted' }]);
    expect(lab.endpoint.left()).toEqual([]);
    expect(await gc(lab, { remove: true })).toEqual([]);
  });

  test('stays while its run may still be in progress, unless the user requests all of it', async () => {
    lab = await laboratory();
    plant(lab, 'bench-going', LATER);
    expect(await gc(lab, { remove: true })).toMatchObject([{ state: 'kept', note: expect.stringContaining(LATER) }]);
    expect(await gc(lab, { remove: true, all: true })).toMatchObject([{ state: 'deleted' }]);
  });

  test('has gone for both of two processes that delete it at the same time', async () => {
    lab = await laboratory({ latency: { delete: 300 } });
    plant(lab, 'bench-old', LONG_AGO);
    const code = 'ResourceGroupBeingDeleted';
    lab.endpoint.faults.add({ method: 'DELETE', path: /bench-old$/, kind: 'answer', status: 409, code, after: 1 });
    const both = await Promise.all([gc(lab, { remove: true }), gc(lab, { remove: true })]);
    expect(both.flat().map(({ state }) => state)).toEqual(['deleted', 'deleted']);
    expect(lab.endpoint.left()).toEqual([]);
  });

  test('stays when, between two looks, its run continued or a user put a resource there', async () => {
    lab = await laboratory();
    const { environment, timer } = lab.context();
    const world = { environment, cwd: lab.folder, cacheFolder: lab.folder, timer, nowIso: NOW };
    const request = { scenario: azureScenario(), prices: false };
    plant(lab, 'bench-old', LONG_AGO);
    plant(lab, 'bench-shared', LONG_AGO);
    const { found, remove } = await leftoversOf(request, world, never);
    plant(lab, 'bench-old', LATER);
    plant(lab, 'bench-shared', LONG_AGO, ['theirs']);
    expect(await Promise.all(found.map((leftover) => remove(leftover, never)))).toEqual(['kept', 'kept']);
    expect(lab.endpoint.log.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  test('may hold a security group that a policy attached to its network, and vanish between the list and the look', async () => {
    lab = await laboratory();
    const id = (group: string, type: string, name: string) =>
      `${GROUPS}/${group}/providers/Microsoft.Network/${type}/${name}`;
    const tags = { 'bench-run': 'r', 'bench-scenario': 's', 'delete-after': LONG_AGO };
    const network = {
      id: id('bench-old', 'virtualNetworks', 'bench'),
      name: 'bench',
      location: 'l',
      tags,
      properties: {},
    };
    const guard = (subnet: string) => ({
      id: id('bench-old', 'networkSecurityGroups', 'bench-nsg-westus3'),
      name: 'bench-nsg-westus3',
      type: 'Microsoft.Network/networkSecurityGroups',
      location: 'l',
      tags: {},
      properties: { subnets: [{ id: subnet }] },
    });
    const vnet = { ...network, type: 'Microsoft.Network/virtualNetworks' };
    lab.endpoint.plant({ name: 'bench-old', location: 'l', tags }, [vnet, guard(`${vnet.id}/subnets/bench`)]);
    expect(await gc(lab)).toMatchObject([{ group: 'bench-old', state: 'due', foreign: [] }]);
    lab.endpoint.plant({ name: 'bench-old', location: 'l', tags }, [guard('/subscriptions/s/theirs/subnets/x')]);
    expect(await gc(lab)).toMatchObject([{ group: 'bench-old', state: 'kept' }]);

    plant(lab, 'bench-gone', LONG_AGO);
    lab.endpoint.faults.add({
      method: 'GET',
      path: /bench-gone\/resources$/,
      kind: 'answer',
      status: 404,
      code: 'ResourceGroupNotFound',
    });
    expect((await gc(lab)).map(({ group }) => group)).toEqual(['bench-old']);
  });

  test('that resists deletion appears with the reason, and does not stop the deletion of the others', async () => {
    lab = await laboratory();
    plant(lab, 'bench-locked', LONG_AGO);
    plant(lab, 'bench-old', LONG_AGO);
    const code = 'ScopeLocked';
    lab.endpoint.faults.add({ method: 'DELETE', path: /bench-locked$/, kind: 'answer', status: 409, code });
    expect(await gc(lab, { remove: true })).toMatchObject([
      { group: 'bench-locked', state: 'failed', note: expect.stringContaining('ScopeLocked') },
      { group: 'bench-old', state: 'deleted' },
    ]);
  });

  test('stays when it holds resources that bench did not make, and gc names them', async () => {
    lab = await laboratory();
    plant(lab, 'bench-shared', LONG_AGO, ['theirs']);
    const [item] = await gc(lab, { remove: true, all: true });
    expect(item).toMatchObject({ state: 'kept', note: expect.stringContaining('storageAccounts/theirs') });
    expect(lab.endpoint.left()).toHaveLength(4);
  });

  test('is never a group without our tag, whatever its name', async () => {
    lab = await laboratory();
    lab.endpoint.plant({ name: 'bench-theirs', location: 'westus3', tags: { owner: 'them' } });
    expect(await gc(lab, { remove: true, all: true })).toEqual([]);
    expect(lab.endpoint.left()).toEqual(['bench-theirs']);
  });

  test('appears in full without prices', async () => {
    lab = await laboratory({ catalogue: { prices: [] } });
    plant(lab, 'bench-old', LONG_AGO);
    const [item] = await gc(lab);
    expect(item?.state).toBe('due');
    expect(item?.costPerDay).toBeUndefined();
    await gc(lab, { offline: true });
    expect(lab.endpoint.log.filter(({ path }) => path.includes('/prices'))).toHaveLength(1);
  });

  test('may come from a run of today, after a kill in mid-boot', async () => {
    lab = await laboratory();
    const fleet = await azure.open(azureScenario(), lab.context());
    await Promise.all(blockRequests(1).map((request) => fleet.boot(request, new AbortController().signal)));
    const [item] = await gc(lab);
    expect(item).toMatchObject({ run: 'mariner-kata-20260101-1', machines: 2, state: 'kept', foreign: [] });
    expect(await gc(lab, { remove: true, all: true })).toMatchObject([{ state: 'deleted' }]);
    expect(lab.endpoint.left()).toEqual([]);
  });
});
