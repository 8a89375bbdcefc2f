import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../../src/model/provider.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import { collectGarbage } from '../../../src/stages/gc.ts';
import { KUBELET_IDENTITY, NODE_GROUP, NODE_SUBNET, nodeGroup, OUTBOUND_POOL } from '../../azure/cluster.ts';
import { bootBlock, failureOf, machinePuts, never, openLab } from '../../azure/fleets.ts';
import {
  azureScenario,
  blockRequests,
  fastTimer,
  type Laboratory,
  type LaboratoryOptions,
} from '../../azure/laboratory.ts';

/** Machines in another owner's group, such as the node resource group of a cluster: bench touches only its own resources. */

const GROUP = { group: { name: NODE_GROUP, existing: true } };
const KINDS = [
  ['virtual machines', { machine: 'vm' }],
  ['uniform scale sets', { machine: 'scale-set' }],
  ['flexible scale sets', { machine: 'scale-set', orchestration: 'flexible' }],
] as const;

/** A laboratory with a cluster's group in it, and a list of everything that existed before. */
async function withCluster(options: LaboratoryOptions = {}) {
  const lab = await openLab(options);
  const { group, inside } = nodeGroup();
  lab.endpoint.plant(group, inside);
  const before = lab.endpoint.snapshot();
  return {
    lab,
    expectUntouched: () => {
      expect(lab.endpoint.snapshot()).toEqual(before);
      const writes = lab.endpoint.log.filter(({ method }) => method !== 'GET' && method !== 'POST');
      expect(writes.filter(({ path }) => /resourcegroups\/[^/]+$/i.test(path))).toEqual([]);
      const theirs = inside.map(({ id }) => id.toLowerCase());
      expect(writes.filter(({ path }) => theirs.includes(path.toLowerCase()))).toEqual([]);
    },
  };
}

const tagsOf = (lab: Laboratory) =>
  (machinePuts(lab)[0]?.body as { tags: Record<string, string> } | undefined)?.tags ?? {};

describe.each(KINDS)('%s in the node resource group of a cluster', (_, kind) => {
  const provider = { ...kind, ...GROUP, reach: { kind: 'private' } };

  test('connect as the nodes of its pool do, and go one by one: everything else stays unchanged', async () => {
    const { lab, expectUntouched } = await withCluster();
    const fleet = await azure.open(azureScenario(provider), lab.context());
    expect((await bootBlock(fleet)).map(failureOf)).toEqual([undefined, undefined]);
    const text = JSON.stringify(machinePuts(lab)[0]?.body);
    for (const known of [NODE_SUBNET, OUTBOUND_POOL, KUBELET_IDENTITY, '"enableIPForwarding":true', '"ip2"'])
      expect(text).toContain(known);
    expect(text).not.toContain('"ip3"');
    expect(tagsOf(lab)).toMatchObject({ owner: 'team', 'bench-run': 'mariner-kata-20260101-1' });
    expect(Object.keys(tagsOf(lab)).filter((name) => name.startsWith('aks-managed'))).toEqual([]);
    await fleet.close();
    expectUntouched();
  });

  test('that a killed process left: the next run takes those in its journal, and no others', async () => {
    const { lab, expectUntouched } = await withCluster();
    const killed = await azure.open(azureScenario(provider), lab.context());
    await bootBlock(killed);
    const other = await azure.open(azureScenario(provider), lab.context(undefined, 'another shard'));
    expect(lab.said.join('\n')).not.toContain('earlier process');
    const again = await azure.open(azureScenario(provider), lab.context());
    expect(lab.said).toContain('deleting 2 machines left by an earlier process of this run');
    expect((await bootBlock(again)).map(failureOf)).toEqual([undefined, undefined]);
    expect((await bootBlock(other)).map(failureOf)).toEqual([undefined, undefined]);
    await again.close();
    // The machines of the other process still exist.
    expect(
      lab.endpoint.left().filter((id) => /virtualMachine(s|ScaleSets)\/b[0-9a-f]{6}-000[12]/.test(id)).length,
    ).toBeGreaterThan(1);
    await other.close();
    expectUntouched();
  });

  test('of an interrupted run receive a deletion request at once, and bench gc removes the rest', async () => {
    const { lab, expectUntouched } = await withCluster({ latency: { delete: 300 } });
    const fleet = await azure.open(
      azureScenario({ ...provider, reach: { kind: 'public', from: '203.0.113.4/32' } }),
      lab.context(),
    );
    await bootBlock(fleet);
    lab.interrupt.abort(new DOMException('interrupted', 'AbortError'));
    const started = performance.now();
    await fleet.close();
    expect(performance.now() - started).toBeLessThan(1_000);
    await lab.endpoint.settled();
    expect(lab.endpoint.left().filter((id) => /\/b(?!00000f)[0-9a-f]{6}-000[12]-/.test(id))).toEqual([]);
    // Azure deletes a security group after the resources that it guards.
    expect(await gc(lab, false)).toMatchObject([{ group: NODE_GROUP, state: 'kept', machines: 0, resources: 1 }]);
    expect(await gc(lab, true)).toMatchObject([{ group: NODE_GROUP, state: 'deleted' }]);
    expectUntouched();
  });

  test('of a killed run appear in bench gc with their cost, and nothing else goes', async () => {
    const { lab, expectUntouched } = await withCluster();
    const fleet = await azure.open(azureScenario(provider), lab.context());
    await bootBlock(fleet);
    expect(await gc(lab, false)).toMatchObject([
      { group: NODE_GROUP, run: 'mariner-kata-20260101-1', machines: 2, costPerDay: 12, foreign: [] },
    ]);
    expect(await gc(lab, true)).toMatchObject([{ state: 'deleted' }]);
    expectUntouched();
    expect(await gc(lab, true)).toEqual([]);
  });
});

function gc(lab: Laboratory, all: boolean) {
  const { environment, timer } = lab.context();
  const world = { environment, cwd: lab.folder, cacheFolder: lab.folder, timer, progress: () => {}, nowIso: '' };
  const options = { scenario: azureScenario(), remove: all, all, offline: false };
  return collectGarbage(options, world, never);
}

describe("another owner's group", () => {
  test('that does not exist, or that a run of bench made, ends the run with what to do', async () => {
    const lab = await openLab();
    const open = (name: string) => azure.open(azureScenario({ group: { name, existing: true } }), lab.context());
    await expect(open('nowhere')).rejects.toThrow(/There is no resource group nowhere in subscription/);
    lab.endpoint.plant({ name: 'bench-old', location: 'westus3', tags: { 'bench-run': 'old' } });
    await expect(open('bench-old')).rejects.toThrow(/was made by the run old of bench/);
    expect(lab.endpoint.log.filter(({ method }) => method === 'PUT' || method === 'DELETE')).toEqual([]);
  });

  test('without a cluster in it gets a network of the run, and keeps nothing of it', async () => {
    const lab = await openLab();
    lab.endpoint.plant({ name: 'team', location: 'westus3', tags: { owner: 'team' } });
    const fleet = await azure.open(azureScenario({ group: { name: 'team', existing: true } }), lab.context());
    expect((await bootBlock(fleet)).map(failureOf)).toEqual([undefined, undefined]);
    await fleet.close();
    expect(lab.endpoint.left()).toEqual(['team']);
  });

  test('holds the machines of five shards that start in one second, each of which deletes its own', async () => {
    const { lab, expectUntouched } = await withCluster({ timer: fastTimer(40) });
    const scenario = azureScenario({ machine: 'scale-set', ...GROUP, reach: { kind: 'private' } });
    const shards = await Promise.all(
      ['1', '2', '3', '4', '5'].map((shard) => azure.open(scenario, lab.context('nightly-20260101-020000-1', shard))),
    );
    const booted = await Promise.all(shards.map((fleet) => bootBlock(fleet)));
    expect(booted.flat().map(failureOf)).toEqual(Array(10).fill(undefined));
    const sets = () => lab.endpoint.left().filter((id) => /ScaleSets\/b[0-9a-f]{6}-000[12]/.test(id)).length;
    for (const left of [4, 3, 2, 1, 0]) {
      await shards[left]?.close();
      expect(sets()).toBe(2 * left);
    }
    expectUntouched();
  });

  test('takes settings of the scenario before those of the cluster', async () => {
    const { lab } = await withCluster();
    const own = { backendPools: [], ipForwarding: false, podAddresses: 0, identities: [], tags: { owner: 'me' } };
    const provider = { machine: 'scale-set', ...GROUP, ...own, reach: { kind: 'private' } };
    const fleet = await azure.open(azureScenario(provider), lab.context());
    const [request] = blockRequests(1, ['before']);
    const machine = (await fleet.boot(request as NonNullable<typeof request>, never)) as Machine;
    expect(machine.ssh.host).toMatch(/^127/);
    const text = JSON.stringify(machinePuts(lab)[0]?.body);
    expect(text).toContain(NODE_SUBNET);
    for (const theirs of [OUTBOUND_POOL, KUBELET_IDENTITY, '"enableIPForwarding":true', '"ip1"'])
      expect(text).not.toContain(theirs);
    expect(tagsOf(lab)).toMatchObject({ owner: 'me' });
    await fleet.close();
  });

  test('whose resources resist deletion gets a report: which remain, what they cost, and what to do', async () => {
    const { lab } = await withCluster();
    const fleet = await azure.open(
      azureScenario({ machine: 'scale-set', ...GROUP, reach: { kind: 'private' } }),
      lab.context(),
    );
    await bootBlock(fleet);
    lab.endpoint.faults.add({
      method: 'DELETE',
      path: /ScaleSets/,
      kind: 'answer',
      status: 409,
      code: 'ScopeLocked',
      times: 99,
    });
    await expect(fleet.close()).rejects.toMatchObject({
      message: expect.stringMatching(
        /^What this run made in MC_team_cluster_westus3 could not be deleted \(.*ScopeLocked.*\)\. Remaining in it: 2 virtualMachineScaleSets.*It costs about 12\.00 USD a day/,
      ),
      hint: expect.stringMatching(
        /bench gc --yes, or az resource list --resource-group MC_team_cluster_westus3 --tag bench-process=/,
      ),
    });
  });
});

describe('Nodes that machines became', () => {
  async function saidOfNodes(provider: object, command: string, cluster = true) {
    const { lab } = await withCluster();
    writeFileSync(path.join(lab.folder, 'cse'), command);
    const where = cluster ? { ...GROUP, reach: { kind: 'private' } } : {};
    const more = { bootstrap: { kind: 'files', command: 'cse' } };
    const fleet = await azure.open(azureScenario({ ...provider, ...where }, more), lab.context());
    await bootBlock(fleet);
    await fleet.close();
    return lab.said.filter((line) => line.includes('Node'));
  }

  test('belong to the cloud controller, which removes them, where it knows their machines', async () => {
    expect(await saidOfNodes({ machine: 'scale-set' }, 'provision')).toEqual([
      expect.stringMatching(
        /^the cloud controller of the cluster removes the Nodes of 2 machines within minutes\. If one stays: kubectl get nodes --output name \| grep '\^node\/b[0-9a-f]{6}-' \| xargs -r kubectl delete$/,
      ),
    ]);
  });

  test.each([
    ["labelled as another owner's", 'LABELS=kubernetes.azure.com/managed=false provision', true, /labelled/],
    ['of machines outside of the cluster', 'provision', false, /not in the node resource group/],
  ])('%s appear with the command that deletes them', async (_, command, cluster, why) => {
    const [said = ''] = await saidOfNodes({ machine: 'scale-set' }, command, cluster);
    expect(said).toMatch(why);
    expect(said).toMatch(
      /kubectl delete node --ignore-not-found b[0-9a-f]{6}-0001-before000000 b[0-9a-f]{6}-0002-after000000$/,
    );
  });

  test.each(KINDS)(
    'of %s that a killed process left appear when the run continues, and in bench gc',
    async (_, kind) => {
      const { lab } = await withCluster();
      writeFileSync(path.join(lab.folder, 'cse'), 'LABELS=kubernetes.azure.com/managed=false provision');
      const scenario = azureScenario(
        { ...kind, ...GROUP, reach: { kind: 'private' } },
        { bootstrap: { kind: 'files', command: 'cse' } },
      );
      await bootBlock(await azure.open(scenario, lab.context()));
      const prefix = /b[0-9a-f]{6}-/.exec(machinePuts(lab)[0]?.path ?? '')?.[0];
      const remove = `kubectl get nodes --output name | grep '^node/${prefix}' | xargs -r kubectl delete`;
      const names = [expect.stringContaining(`${prefix}0001-before`), expect.stringContaining(`${prefix}0002-after`)];
      expect(await gc(lab, false)).toMatchObject([{ machines: 2, nodes: { names, remove } }]);
      const again = await azure.open(scenario, lab.context());
      expect(lab.said).toContainEqual(
        expect.stringMatching(`^they may have become the Nodes ${prefix}0001-before[0*]* ${prefix}0002-after[0*]*$`),
      );
      await again.close();
      // The killed process may have made more than the remaining ones: all share one prefix.
      expect(lab.said.filter((line) => line.includes('no cloud controller')).at(-1)).toMatch(
        new RegExp(`Nodes of 2 machines .*Delete them: ${remove.replaceAll(/[|^$]/g, '\\$&')}$`),
      );
    },
  );

  test('appear too where no agent has reported: a boothook joins without it', async () => {
    const { lab } = await withCluster();
    writeFileSync(path.join(lab.folder, 'cse'), 'LABELS=kubernetes.azure.com/managed=false provision');
    lab.endpoint.faults.add({
      method: 'PUT',
      path: /-after$/,
      kind: 'operation',
      code: 'OSProvisioningTimedOut',
      times: 1,
    });
    const fleet = await azure.open(
      azureScenario(
        { machine: 'scale-set', ...GROUP, reach: { kind: 'private' } },
        { bootstrap: { kind: 'files', command: 'cse' } },
      ),
      lab.context(),
    );
    await bootBlock(fleet);
    await fleet.close();
    expect(lab.said.at(-1)).toMatch(
      /kubectl delete node --ignore-not-found \S+-0001-before000000 \S+-0002-after000000$/,
    );
  });

  test('are none where nothing turns a machine into a node', async () => {
    const { lab } = await withCluster();
    const fleet = await azure.open(azureScenario(), lab.context());
    await bootBlock(fleet);
    await fleet.close();
    expect(lab.said.join('\n')).not.toContain('Node');
  });
});
