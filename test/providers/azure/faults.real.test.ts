import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { BenchError } from '../../../src/model/errors.ts';
import { BootFailure, type Machine } from '../../../src/model/provider.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import { catalogue, GALLERY, usage } from '../../azure/catalogue.ts';
import { fakePower } from '../../azure/fake-machine.ts';
import {
  AFTER,
  asked,
  BEFORE,
  bootBlock,
  bootIn,
  closeEmpty,
  failureOf,
  MACHINE,
  machinePuts,
  markOf,
  openFleet,
  openLab,
} from '../../azure/fleets.ts';
import { azureScenario, fastTimer, type Laboratory } from '../../azure/laboratory.ts';
import type { Power } from '../../azure/power.ts';

/** Each error of Azure in a run: how the run continues, which message it prints, and that nothing remains. */

const TWO_SIZES = { sizes: ['Standard_D4s_v5', 'Standard_D4as_v5'] };
/** Milliseconds of the laboratory's clock in one millisecond of the wall clock. */
const FACTOR = 200;

describe('no room', () => {
  test('AllocationFailed: bench requests the whole block again there, then at the next size', async () => {
    const once = await bootIn({
      provider: TWO_SIZES,
      faults: [{ path: AFTER, kind: 'operation', code: 'AllocationFailed' }],
    });
    expect(once.outcomes).toMatchObject([
      { facts: { vmSize: 'Standard_D4s_v5', attempts: 2, repeatedFor: 'with-its-block' } },
      { facts: { vmSize: 'Standard_D4s_v5', attempts: 2, repeatedFor: 'AllocationFailed' } },
    ]);
    const faults = [{ path: AFTER, kind: 'operation', code: 'AllocationFailed', times: 11 }] as const;
    const { lab, outcomes } = await bootIn({ provider: TWO_SIZES, faults });
    expect(outcomes).toMatchObject([
      { facts: { vmSize: 'Standard_D4as_v5', attempts: 12 } },
      { facts: { attempts: 12 } },
    ]);
    for (const arm of [BEFORE, AFTER])
      expect(asked(lab, arm).map((each) => each.split(' ')[1])).toEqual([
        ...Array(11).fill('Standard_D4s_v5'),
        'Standard_D4as_v5',
      ]);
  });

  test.each(['OverconstrainedAllocationRequest', 'OverconstrainedZonalAllocationRequest'])(
    '%s: the whole block goes to the next size at once, never one boot alone',
    async (code) => {
      const { outcomes } = await bootIn({ provider: TWO_SIZES, faults: [{ path: AFTER, kind: 'operation', code }] });
      expect(outcomes).toMatchObject([
        { facts: { vmSize: 'Standard_D4as_v5', attempts: 2 } },
        { facts: { vmSize: 'Standard_D4as_v5', attempts: 2, repeatedFor: code } },
      ]);
    },
  );

  test('ZonalAllocationFailed: the whole block goes to the next zone', async () => {
    const faults = [{ path: AFTER, kind: 'operation', code: 'ZonalAllocationFailed' }] as const;
    const { lab } = await bootIn({ provider: { zones: ['1', '2'] }, faults });
    expect(asked(lab, BEFORE)).toEqual(['before Standard_D4s_v5 1', 'before Standard_D4s_v5 2']);
    expect(asked(lab, AFTER)).toEqual(['after Standard_D4s_v5 1', 'after Standard_D4s_v5 2']);
  });

  test.each([
    ['SkuNotAvailable', { code: 'SkuNotAvailable' }],
    [
      'Capacity Restrictions',
      { code: 'BadRequest', message: "Following SKUs have failed for Capacity Restrictions: 'x'" },
    ],
  ])('%s: no block of the run comes back to that size', async (_, fault) => {
    const { lab, fleet } = await openFleet({ provider: TWO_SIZES, faults: [{ path: AFTER, ...fault }] });
    const [first] = await bootBlock(fleet, 1);
    expect(first).toMatchObject({ facts: { vmSize: 'Standard_D4as_v5', attempts: 2 } });
    await bootBlock(fleet, 2);
    expect(asked(lab, /-000[34]-/)).toEqual(
      expect.arrayContaining(['before Standard_D4as_v5', 'after Standard_D4as_v5']),
    );
    expect(asked(lab, /-000[34]-/)).toHaveLength(2);
    await closeEmpty(lab, fleet);
  });

  test.each([
    ['AllocationFailed', 14],
    ['SkuNotAvailable', 1],
  ])('%s everywhere: a failure of all boots of the block, with what to do', async (code, attempts) => {
    const { outcomes } = await bootIn({ faults: [{ path: AFTER, kind: 'operation', code, times: 100 }] });
    expect(outcomes.map(failureOf)).toMatchObject([
      {
        code: 'no-room',
        message: expect.stringContaining('0001-before'),
        hint: expect.stringMatching(/^Add sizes or zones/),
      },
      {
        code: 'no-room',
        message: expect.stringMatching(new RegExp(`had capacity for the block of boot .*\\(${code}\\)`)),
      },
    ]);
    // One more than there were requests: the boot that Azure did not make.
    expect(outcomes).toMatchObject([{}, { facts: { attempts: attempts + 1 } }]);
  });

  test('bench reads a code that stands only in the details of an error: the outer code alone says nothing', async () => {
    const details = [{ code: 'SkuNotAvailable', message: 'The size is not available.' }];
    const faults = [{ path: AFTER, code: 'InvalidTemplateDeployment', details, status: 400 }];
    const { outcomes } = await bootIn({ provider: TWO_SIZES, faults });
    expect(outcomes[1]).toMatchObject({ facts: { vmSize: 'Standard_D4as_v5', repeatedFor: 'SkuNotAvailable' } });
  });
});

describe('a machine in creation', () => {
  const slow = { create: () => 400 };

  test.each(['stopped', 'stopping', 'deallocated'])(
    'that Azure reports as %s until it runs is no failed boot',
    async (early) => {
      const { outcomes } = await bootIn({ options: { latency: { ...slow, early: () => early } } });
      expect(outcomes.map(failureOf)).toEqual([undefined, undefined]);
      expect(outcomes).toMatchObject([{ facts: { attempts: 1 } }, { facts: { attempts: 1 } }]);
    },
  );

  test('makes bench look again after a reading "deallocated" that is older than the end of its operation', async () => {
    // The first reading comes long after the operation has ended.
    const { lab, fleet } = await openFleet({ options: { timer: fastTimer(20), latency: { create: () => 20 } } });
    let name: string | undefined;
    const listenNoMore = lab.endpoint.onCall(({ method, path }) => {
      if (method !== 'GET') return;
      const machine = name === undefined ? /virtualMachines\/([^/]+-after)$/i.exec(path)?.[1] : undefined;
      if (machine !== undefined) lab.endpoint.show(machine, 'deallocated');
      if (/\/operations\//.test(path) && name !== undefined) lab.endpoint.show(name, 'running');
      name ??= machine;
    });
    expect((await bootBlock(fleet)).map(failureOf)).toEqual([undefined, undefined]);
    listenNoMore();
    expect(name).toBeDefined();
    await closeEmpty(lab, fleet);
  });

  test('that Azure deallocates for lack of capacity is a move, not an eviction', async () => {
    const { outcomes } = await bootIn({
      provider: { sizes: ['Standard_D4s_v5', 'Standard_D4as_v5'] },
      options: { latency: { ...slow, early: (name) => (name.endsWith('after') ? 'deallocated' : undefined) } },
      faults: [{ path: AFTER, kind: 'operation', code: 'AllocationFailed' }],
    });
    expect(outcomes).toMatchObject([
      { facts: { attempts: 2, repeatedFor: 'with-its-block' } },
      { facts: { attempts: 2, repeatedFor: 'AllocationFailed' } },
    ]);
  });
});

describe("another owner's network", () => {
  /** The machine exists and is healthy, but no connection reaches its port. */
  const silent = async (order: Parameters<Power>[0]) => {
    const { door: _, ...rest } = await fakePower(() => 20)(order);
    return rest;
  };

  test('that drops packets to port 22 is a failure to reach the machine, never of the image', async () => {
    const { outcomes } = await bootIn({ options: { power: silent }, more: { ready: { within: '2m' } } });
    for (const outcome of outcomes)
      expect(failureOf(outcome)).toMatchObject({
        stage: 'reach',
        code: 'port-silent',
        infrastructure: true,
        hint: expect.stringMatching(/policies.*provider\.reach/),
      });
  });

  test('that requires tags finds them on every resource', async () => {
    const tags = { owner: 'node-team', 'cost-center': '7' };
    const { lab, fleet } = await openFleet({ provider: { tags } });
    await bootBlock(fleet);
    const made = lab.endpoint.log.filter(({ method }) => method === 'PUT');
    expect(made.length).toBeGreaterThan(4);
    for (const { body } of made) expect((body as { tags?: object }).tags).toMatchObject(tags);
    await closeEmpty(lab, fleet);
  });

  test('that forbids something by policy ends the run, and the hint names the policy', async () => {
    const message = `Resource 'x' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"Require owner tag","id":"/p"}}]'.`;
    const { outcomes } = await bootIn({
      faults: [{ status: 403, code: 'RequestDisallowedByPolicy', message, path: BEFORE, times: 9 }],
    });
    expect(outcomes[0]).toMatchObject({
      kind: 'world',
      hint: expect.stringMatching(/set provider\.tags.* Policy: Require owner tag\./),
    });
  });

  const SUBNET = '/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes';
  const GUARD = '/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/networkSecurityGroups/hub-nsg';
  const rule = (name: string, priority: number, access: string, more: object = {}) => ({
    name,
    properties: {
      priority,
      direction: 'Inbound',
      access,
      protocol: 'Tcp',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: '*',
      destinationPortRange: '22',
      ...more,
    },
  });
  const DEFAULTS = [
    rule('AllowVnetInBound', 65_000, 'Allow', {
      sourceAddressPrefix: 'VirtualNetwork',
      destinationPortRange: '*',
      protocol: '*',
    }),
    rule('DenyAllInBound', 65_500, 'Deny', { destinationPortRange: '*', protocol: '*' }),
  ];
  /** The messages from opening a fleet there, or the error that refuses it. */
  async function opened(rules: readonly object[] | undefined, provider: object = {}): Promise<string> {
    const { documents } = catalogue();
    const guarded = rules === undefined ? {} : { networkSecurityGroup: { id: GUARD } };
    const group = { name: 'hub-nsg', properties: { securityRules: rules, defaultSecurityRules: DEFAULTS } };
    const lab = await openLab({
      catalogue: { documents: { ...documents, [SUBNET]: { properties: guarded }, [GUARD]: group } },
    });
    try {
      const fleet = await azure.open(azureScenario({ subnet: SUBNET, ...provider }), lab.context());
      await closeEmpty(lab, fleet);
      return lab.said.join('\n');
    } catch (cause) {
      expect(machinePuts(lab)).toEqual([]);
      return cause instanceof BenchError ? `refused: ${cause.message} ${cause.hint}` : String(cause);
    }
  }
  const PRIVATE = { reach: { kind: 'private' } };

  test.each([
    ['by default', [], {}, 'DenyAllInBound'],
    ['by a policy', [rule('corp-no-ssh', 100, 'Deny'), rule('ssh', 200, 'Allow')], {}, 'corp-no-ssh'],
    [
      'for other addresses',
      [rule('office', 100, 'Allow', { sourceAddressPrefix: '198.51.100.0/24' })],
      {},
      'DenyAllInBound',
    ],
    [
      'for other ports',
      [rule('web', 100, 'Allow', { destinationPortRanges: ['80', '443'], destinationPortRange: '' })],
      {},
      'DenyAllInBound',
    ],
    ['for the network itself', [rule('no-ssh', 300, 'Deny', { destinationPortRange: '20-30' })], PRIVATE, 'no-ssh'],
  ])(
    'whose subnet is closed %s stops the run before it makes anything, with the rule to add',
    async (_, rules, provider, name) => {
      const said = await opened(rules, provider);
      expect(said).toMatch(/^refused: The security group hub-nsg of subnet nodes blocks port 22 for/);
      expect(said).toContain(`(rule ${name})`);
      expect(said).toMatch(
        /az network nsg rule create --resource-group hub --nsg-name hub-nsg .*--destination-port-ranges 22/,
      );
    },
  );

  test.each([
    [
      'our address',
      [
        rule('bench', 100, 'Allow', {
          sourceAddressPrefixes: ['198.51.100.0/24', '203.0.113.0/24'],
          sourceAddressPrefix: '',
        }),
      ],
      {},
    ],
    ['the internet', [rule('bench', 100, 'Allow', { sourceAddressPrefix: 'Internet', protocol: '*' })], {}],
    [
      'all but some machines',
      [rule('db', 100, 'Deny', { destinationAddressPrefix: '10.9.0.4' }), rule('ssh', 200, 'Allow')],
      {},
    ],
    ['its own network', [], PRIVATE],
  ])('whose subnet is open to %s works unchanged', async (_, rules, provider) => {
    expect(await opened(rules, provider)).not.toMatch(/refused|security group/);
  });

  test('whose subnet has no security group produces a warning: a policy may add one', async () => {
    expect(await opened(undefined)).toContain('subnet nodes has no security group; a policy may add one');
  });

  test('has our security group on our own subnet, so that no policy attaches another one there', async () => {
    const { lab, fleet } = await openFleet();
    const network = lab.endpoint.log.find(({ method, path }) => method === 'PUT' && /virtualNetworks/.test(path));
    expect(network?.body).toMatchObject({
      properties: {
        subnets: [
          { properties: { networkSecurityGroup: { id: expect.stringMatching(/networkSecurityGroups\/bench$/) } } },
        ],
      },
    });
    await closeEmpty(lab, fleet);
  });
});

describe('a spot machine', () => {
  test('that Azure takes back in mid-boot is lost to infrastructure, not to the image', async () => {
    const { lab, fleet } = await openFleet({ provider: { priority: 'spot' } });
    const [before, after] = (await bootBlock(fleet)) as Machine[];
    expect(machinePuts(lab)[0]?.body).toMatchObject({
      properties: { priority: 'Spot', evictionPolicy: 'Delete', billingProfile: { maxPrice: -1 } },
    });
    lab.endpoint.takeDown(String(after?.facts.vm), 'deallocated');
    expect(await after?.fate?.()).toMatchObject({ code: 'SpotEvicted', infrastructure: true });
    expect(await before?.fate?.()).toBeUndefined();
    await closeEmpty(lab, fleet);
  });

  test('counts against the quota of spot machines alone', async () => {
    const usages = [usage('cores', 0, 0), usage('standardDSv5Family', 0, 0), usage('lowPriorityCores', 0, 100)];
    const { lab, fleet } = await openFleet({ provider: { priority: 'spot' }, options: { catalogue: { usages } } });
    await closeEmpty(lab, fleet);
  });
});

describe('quota', () => {
  const said = 'Operation could not be completed as it results in exceeding approved quota. Current Usage: ';

  test.each(['QuotaExceeded', 'OperationNotAllowed'])('%s that others use up makes bench wait', async (code) => {
    const { outcomes } = await bootIn({ faults: [{ code, message: `${said}40`, path: BEFORE }] });
    expect(outcomes[0]).toMatchObject({ facts: { attempts: 2, repeatedFor: code } });
  });

  test('that can never suffice ends the run, with what to do', async () => {
    const { outcomes } = await bootIn({
      faults: [{ code: 'QuotaExceeded', message: `${said}0`, path: BEFORE, times: 9 }],
    });
    expect(outcomes[0]).toMatchObject({ kind: 'world', hint: expect.stringContaining('request more') });
  });
});

describe('a throttled request', () => {
  test.each([
    ['with a header', { headers: { 'retry-after': '200' }, code: 'TooManyRequests' }],
    ['with a text alone', { code: 'ResourceCollectionRequestsThrottled', message: "Please try after '200' seconds." }],
  ])('%s goes out again after that time, which does not count as latency', async (_, how) => {
    const { lab, outcomes } = await bootIn({ faults: [{ status: 429, path: /-before$/, ...how }] });
    const puts = machinePuts(lab, BEFORE);
    expect(puts.map(({ status }) => status)).toEqual([429, 201]);
    expect((puts[1]?.atMs ?? 0) - (puts[0]?.atMs ?? 0)).toBeGreaterThan(900);
    expect(outcomes[0]).toMatchObject({ facts: { attempts: 1 } });
    // The wait is 200 s of this clock.
    expect(markOf(outcomes[0], 'outside.accepted')?.us).toBeLessThan(0.5 * FACTOR * 1_000_000);
  });

  test('while bench watches a machine moves no mark: marks come from the operation and the port', async () => {
    const throttled = { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '200' } };
    const { lab, outcomes } = await bootIn({ faults: [{ method: 'GET', ...throttled, times: 2 }] });
    const [before] = outcomes as Machine[];
    const truth = lab.endpoint.truth.get(String(before?.facts.vm));
    expect(new Date((markOf(before, 'outside.operation-end')?.us ?? 0) / 1000).toISOString().slice(0, 23)).toBe(
      truth?.operationEnd?.slice(0, 23),
    );
  });
});

describe('a subscription that Azure throttles for 20 minutes', () => {
  const throttled = { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '1200' } } as const;

  test('in mid-boot costs no boot: its clock stands still, bench reports the wait, and each record has it', async () => {
    const { lab, outcomes } = await bootIn({
      more: { ready: { within: '5m' } },
      faults: [{ method: 'GET', path: AFTER, ...throttled }],
    });
    expect(outcomes.map(failureOf)).toEqual([undefined, undefined]);
    for (const { facts } of outcomes as Machine[]) expect(facts.throttledMs).toBeGreaterThan(1_100_000);
    expect(lab.said).toContain('Azure throttles GET of virtualMachines: waiting 20 min; boot times exclude this wait');
  });

  test('for longer than the limit fails the boot as infrastructure, with what to do', async () => {
    const { outcomes } = await bootIn({
      faults: [{ path: AFTER, ...throttled, headers: { 'retry-after': '7200' }, times: 99 }],
    });
    expect(failureOf(outcomes[1])).toMatchObject({
      stage: 'create',
      code: 'TooManyRequests',
      hint: expect.stringContaining('lower concurrency'),
    });
  });

  test('makes each boot record how long Azure refused its request, also a boot that failed', async () => {
    const { outcomes } = await bootIn({
      faults: [
        { path: AFTER, ...throttled },
        { path: AFTER, kind: 'operation', code: 'OSProvisioningTimedOut' },
      ],
      options: { power: fakePower(({ name }) => (name.endsWith('after') ? 3_600_000 : 20)) },
    });
    expect(failureOf(outcomes[1])).toMatchObject({ code: 'OSProvisioningTimedOut' });
    expect((outcomes[1] as BootFailure).facts.throttledMs).toBeGreaterThan(1_100_000);
  });
});

describe('a transient failure', () => {
  test.each([
    ['GalleryImageNotFound', 404],
    ['Conflict', 409],
    ['AnotherOperationInProgress', 409],
    ['NicReservedForAnotherVm', 409],
    ['ResourceGroupBeingDeleted', 409],
  ])('%s leads to a request under another name, with its number as a tag and its own clock', async (code, status) => {
    const { lab, outcomes } = await bootIn({ faults: [{ status, code, path: BEFORE }] });
    const [before, after] = outcomes as Machine[];
    expect(before?.facts).toMatchObject({ attempts: 2, repeatedFor: code, vm: expect.stringMatching(/-before-2$/) });
    expect(after?.facts).toMatchObject({ attempts: 1 });
    const puts = machinePuts(lab, BEFORE);
    expect(puts.map(({ body }) => (body as { tags: Record<string, string> }).tags['bench-attempt'])).toEqual([
      '1',
      '2',
    ]);
    // From the second request on: the pause before it is 5 s of this clock.
    expect((markOf(before, 'outside.tcp-open')?.us ?? 0) / 1000 / FACTOR).toBeLessThan(
      performance.now() - (puts[1]?.atMs ?? 0),
    );
  });

  test('that lasts five minutes is a failure that says where to look', async () => {
    const { outcomes } = await bootIn({ faults: [{ code: 'AnotherOperationInProgress', path: BEFORE, times: 99 }] });
    expect(failureOf(outcomes[0])).toMatchObject({
      stage: 'create',
      code: 'AnotherOperationInProgress',
      hint: expect.stringContaining('activity log'),
    });
    expect(outcomes).toMatchObject([{ facts: { attempts: 9 } }, { facts: { attempts: 1 } }]);
  });

  test.each(['AnotherOperationInProgress', 'NicInUse', 'InUseSubnetCannotBeDeleted'])(
    '%s at the deletion of a machine makes bench retry until the machine has gone',
    async (code) => {
      const { lab, fleet } = await openFleet();
      const [before] = (await bootBlock(fleet)) as Machine[];
      lab.endpoint.faults.add({ method: 'DELETE', path: MACHINE, kind: 'answer', status: 409, code, times: 3 });
      await before?.destroy();
      const deletions = lab.endpoint.log.filter(({ method, path }) => method === 'DELETE' && path.endsWith('-before'));
      expect(deletions.map(({ status }) => status)).toEqual([409, 409, 409, 202]);
      await closeEmpty(lab, fleet);
    },
  );

  test.each(['answer', 'operation'] as const)(
    'InUseSubnetCannotBeDeleted in the %s to the deletion of the group makes bench retry until the group has gone',
    async (kind) => {
      const { lab, fleet } = await openFleet();
      await bootBlock(fleet);
      lab.endpoint.faults.add({ method: 'DELETE', path: GROUP, kind, status: 409, code: 'InUseSubnetCannotBeDeleted' });
      await closeEmpty(lab, fleet);
    },
  );

  test.each(['ResourceGroupDeletionBlocked', 'ResourceGroupDeletionTimeout'])(
    '%s makes bench retry until the group has gone',
    async (code) => {
      const { lab, fleet } = await openFleet();
      await bootBlock(fleet);
      lab.endpoint.faults.add({ method: 'DELETE', path: GROUP, kind: 'answer', status: 409, code, times: 3 });
      await closeEmpty(lab, fleet);
    },
  );

  test('that lasts: bench reports what remains, with its price and the command', async () => {
    const { lab, fleet } = await openFleet();
    await bootBlock(fleet);
    const code = 'ScopeLocked';
    lab.endpoint.faults.add({ method: 'DELETE', path: GROUP, kind: 'answer', status: 409, code, times: 99 });
    const error = await fleet.close().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({
      kind: 'world',
      message: expect.stringMatching(
        /^The resource group bench-\S+ could not be deleted \(.*ScopeLocked.*Remaining in it: .*2 virtualMachines.*about 12\.00 USD a day/,
      ),
      hint: expect.stringMatching(/^Delete it later: bench gc --yes, or az group delete --name bench-/),
    });
  });

  test('while bench makes the network of the run leads to another attempt', async () => {
    const { lab, fleet } = await openFleet({
      faults: [{ path: /virtualNetworks\/bench$/, code: 'AnotherOperationInProgress', times: 2 }],
    });
    await closeEmpty(lab, fleet);
  });

  test('because Azure still deletes the group of that name makes bench wait, and then make it again', async () => {
    const { lab, fleet } = await openFleet({ options: { latency: { delete: 3_000 } } });
    lab.interrupt.abort(new DOMException('interrupted', 'AbortError'));
    await fleet.close();
    const context = { ...lab.context(), signal: new AbortController().signal };
    const again = await azure.open(azureScenario(), context);
    expect(lab.said.join('\n')).toMatch(/waiting until the last bench-mariner-kata-20260101-1-[0-9a-f]{8} is deleted/);
    expect(await bootBlock(again)).toHaveLength(2);
    await closeEmpty(lab, again);
  });
});

const GROUP = /\/resourcegroups\/[^/]+$/i;

describe('a subscription at its limit of groups', () => {
  const full = { method: 'PUT', path: GROUP, kind: 'answer', status: 409, code: 'ResourceGroupQuotaExceeded' } as const;
  const tags = (deleteAfter: string) => ({ 'bench-run': 'r', 'bench-scenario': 's', 'delete-after': deleteAfter });

  test('loses what killed runs left, and bench requests the group again', async () => {
    const lab = await openLab();
    lab.endpoint.plant({ name: 'bench-old', location: 'westus3', tags: tags('2020-01-01T00:00:00Z') });
    lab.endpoint.plant({ name: 'bench-going', location: 'westus3', tags: tags('2999-01-01T00:00:00Z') });
    lab.endpoint.faults.add(full);
    const fleet = await azure.open(azureScenario(), lab.context());
    expect(lab.said).toContain('limit of resource groups reached: deleting 1 left by interrupted runs');
    await fleet.close();
    expect(lab.endpoint.left()).toEqual(['bench-going']);
  });

  test("full of other users' groups ends the run with a report", async () => {
    const lab = await openLab();
    lab.endpoint.faults.add(full);
    await expect(azure.open(azureScenario(), lab.context())).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringContaining('ResourceGroupQuotaExceeded'),
      hint: expect.stringContaining('bench left none of them'),
    });
    expect(lab.endpoint.left()).toEqual([]);
  });
});

describe('a guest that Azure does not provision', () => {
  const CODES = ['OSProvisioningTimedOut', 'OSProvisioningClientError', 'OSProvisioningInternalError', 'InternalError'];

  test.each(CODES.filter((code) => code !== 'InternalError'))(
    '%s is a result of its image, with the console',
    async (code) => {
      const options = { power: fakePower(({ name }) => (name.endsWith('after') ? 3_600_000 : 20)) };
      const { outcomes } = await bootIn({ options, faults: [{ path: AFTER, kind: 'operation', code }] });
      expect(outcomes[0]).toMatchObject({ facts: { attempts: 1 } });
      expect(outcomes[1]).toBeInstanceOf(BootFailure);
      expect(failureOf(outcomes[1])).toMatchObject({ stage: 'boot', code, hint: expect.stringContaining('console') });
      expect((outcomes[1] as BootFailure).console).toContain('Host Build');
    },
  );

  test.each(CODES)(
    '%s and still answers comes out of the fleet together with its failure: it holds the evidence',
    async (code) => {
      // Its port opens a while after Azure has given up, and a minute of this clock is three seconds.
      const options = {
        timer: fastTimer(20),
        power: fakePower(({ name }) => (name.endsWith('after') ? 250 : 20)),
        // Azure gives up before the first reading.
        latency: { create: () => 20 },
      };
      const { lab, fleet } = await openFleet({ options, faults: [{ path: AFTER, kind: 'operation', code }] });
      const [before, after] = await bootBlock(fleet);
      expect(before).not.toHaveProperty('failure');
      expect(after).not.toBeInstanceOf(BootFailure);
      expect(after).toMatchObject({ failure: { stage: 'boot', code }, ssh: { user: 'azureuser' } });
      await closeEmpty(lab, fleet);
    },
  );
});

describe('a bootstrap', () => {
  const scripts = '#cloud-config\nwrite_files:\n- path: /opt/azure/containers/provision.sh\n  content: echo $VARIANT\n';
  const customDataOf = (lab: Laboratory, which: RegExp) => {
    const body = machinePuts(lab, which)[0]?.body as { properties: { osProfile: { customData: string } } };
    return Buffer.from(body.properties.osProfile.customData, 'base64').toString('utf8');
  };
  const files = (name: string) => ({ kind: 'files', customData: name });
  const withVariants = (before: object, after: object) => ({
    variants: {
      before: { image: `${GALLERY}/versions/1.1.9`, ...before },
      after: { image: `${GALLERY}/versions/1.1.10`, ...after },
    },
  });

  test('of a variant goes to its machines alone, that of the scenario to all others', async () => {
    const lab = await openLab();
    writeFileSync(path.join(lab.folder, 'all.yaml'), scripts);
    writeFileSync(path.join(lab.folder, 'own.yaml'), scripts.replace('$VARIANT', 'after'));
    const more = { ...withVariants({}, { bootstrap: files('own.yaml') }), bootstrap: files('all.yaml') };
    const fleet = await azure.open(azureScenario({}, more), lab.context());
    await bootBlock(fleet);
    expect(customDataOf(lab, BEFORE)).toBe(scripts);
    expect(customDataOf(lab, AFTER)).toContain('echo after');
    expect(lab.said.join('\n')).not.toContain('may be overwritten');
    expect(fleet.facts['bootstrap.overwritten']).toBeUndefined();
    expect(fleet.facts['bootstrap.after']).not.toBe(fleet.facts['bootstrap.before']);
    expect(JSON.stringify(fleet.facts)).not.toContain('echo');
    await closeEmpty(lab, fleet);
  });

  test('that overwrites scripts of all images alike produces a warning: the change may be gone', async () => {
    const lab = await openLab();
    writeFileSync(path.join(lab.folder, 'all.yaml'), scripts);
    const fleet = await azure.open(azureScenario({}, { bootstrap: files('all.yaml') }), lab.context());
    expect(lab.said.join('\n')).toMatch(
      /the change under test may be overwritten: .*e\.g\. \/opt\/azure\/containers\/provision\.sh/,
    );
    expect(fleet.facts['bootstrap.overwritten']).toBe('1, e.g. /opt/azure/containers/provision.sh');
    expect(fleet.facts['bootstrap.before']).toMatch(/^[0-9a-f]{64}$/);
    expect(fleet.facts['bootstrap.after']).toBe(fleet.facts['bootstrap.before']);
    await closeEmpty(lab, fleet);
  });
});

test('the wait of a virtual machine before its provisioning request is a fact of its boot; a scale set has no such wait', async () => {
  const more = { bootstrap: { kind: 'files', command: '/proc/version' } };
  const [machine] = (await bootIn({ more })).outcomes;
  const atUs = (id: string) => markOf(machine, `outside.${id}`)?.us ?? Number.NaN;
  const { facts } = machine as Machine;
  expect(facts.provisioningDelayMs).toBe(Math.round((atUs('extension-start') - atUs('operation-end')) / 1000));
  expect(facts.provisioningDelayMs).toBeGreaterThan(0);
  const [instance] = (await bootIn({ more, provider: { machine: 'scale-set' } })).outcomes;
  expect((instance as Machine).facts).not.toHaveProperty('provisioningDelayMs');
});

describe('a provisioning command that fails', () => {
  const more = { bootstrap: { kind: 'files', command: '/proc/version' } };
  const fault = (exitCode: number) =>
    ({
      path: /-after[^/]*\/extensions\//,
      kind: 'operation',
      code: 'VMExtensionProvisioningError',
      message: `command terminated with exit status=${exitCode}`,
    }) as const;

  test('is a result with its exit code', async () => {
    const { outcomes } = await bootIn({ more, faults: [fault(34)] });
    expect(failureOf(outcomes[1])).toMatchObject({ stage: 'boot', code: 'cse-exit-34' });
  });

  test('has its exit code from the machine, where the error does not say it', async () => {
    const plain = fakePower(() => 20);
    const power: Power = async (order) => ({
      ...(await plain(order)),
      run: async () => ({ exitCode: order.name.endsWith('after') ? 34 : 0, output: 'no package manager\n' }),
    });
    const { outcomes } = await bootIn({ options: { power }, more });
    expect(outcomes[0]).not.toHaveProperty('failure');
    expect(failureOf(outcomes[1])).toMatchObject({
      code: 'cse-exit-34',
      message: expect.stringContaining('exit code 34'),
    });
  });

  test('with 50, no outside connection, runs twice more before it counts as a result', async () => {
    const { lab, outcomes } = await bootIn({ more, faults: [{ ...fault(50), times: 9 }] });
    expect(failureOf(outcomes[1])).toMatchObject({ code: 'cse-exit-50', hint: expect.stringContaining('outbound') });
    expect([asked(lab, BEFORE).length, asked(lab, AFTER).length]).toEqual([1, 3]);
  });
});

describe('a permanent refusal', () => {
  test.each([
    ['AuthorizationFailed', 403, 'Contributor'],
    ['InvalidTemplate', 400, 'incompatible'],
    ['BadRequest', 400, 'incompatible'],
    ['InvalidParameter', 400, 'incompatible'],
    ['MarketplacePurchaseEligibilityFailed', 400, 'terms'],
  ] as const)('%s ends the run with what to do', async (code, status, hint) => {
    const { outcomes } = await bootIn({ faults: [{ code, status, path: BEFORE }] });
    expect(outcomes[0]).toBeInstanceOf(BenchError);
    expect(outcomes[0]).toMatchObject({ message: expect.stringContaining(code), hint: expect.stringContaining(hint) });
  });
});

describe('a machine that bench loses', () => {
  const options = { latency: { create: () => 1500 } };

  test('to an eviction in mid-boot is a lost boot at once, not a slow one', async () => {
    const { lab, fleet } = await openFleet({ options });
    const outcomes = bootBlock(fleet);
    lab.endpoint.takeDown(await running(lab, 'after'), 'deallocated');
    const [before, after] = await outcomes;
    expect(failureOf(before)).toBeUndefined();
    expect(failureOf(after)).toMatchObject({ stage: 'boot', code: 'Preempted', hint: expect.stringContaining('lost') });
    await closeEmpty(lab, fleet);
  });

  test('because its guest switched itself off has that as its reason', async () => {
    const { lab, fleet } = await openFleet({ options });
    const outcomes = bootBlock(fleet);
    lab.endpoint.takeDown(await running(lab, 'after'), 'stopped');
    expect(failureOf((await outcomes)[1])).toMatchObject({ stage: 'boot', code: 'MachineStopped' });
    await closeEmpty(lab, fleet);
  });

  test('after its boot counts as evicted once it no longer answers', async () => {
    const { lab, fleet } = await openFleet();
    const [, after] = (await bootBlock(fleet)) as Machine[];
    expect(await after?.fate?.()).toBeUndefined();
    lab.endpoint.takeDown(String(after?.facts.vm), 'deallocated');
    expect(await after?.fate?.()).toMatchObject({ stage: 'boot', code: 'Preempted' });
    await closeEmpty(lab, fleet);
  });

  /** The name of a machine as soon as it runs. */
  async function running({ endpoint }: Laboratory, variant: string): Promise<string> {
    for (;;) {
      const found = [...endpoint.truth].find(([name, { runningMs }]) => runningMs && name.endsWith(variant));
      if (found) return found[0];
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});
