import { afterEach, describe, expect, test } from 'vitest';
import { BootFailure, type Fleet, type Machine } from '../../../src/model/provider.ts';
import { ArmError, remedyOf } from '../../../src/providers/azure/failure.ts';
import { azureProvider } from '../../../src/providers/azure/provider.ts';
import { fakePower } from '../../azure/fake-machine.ts';
import type { Fault } from '../../azure/faults.ts';
import {
  azureScenario,
  blockRequests,
  type Laboratory,
  type LaboratoryOptions,
  laboratory,
} from '../../azure/laboratory.ts';
import type { Power } from '../../azure/power.ts';

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const never = new AbortController().signal;
const MACHINE = /\/virtualMachines\/[^/]+$/i;
const AFTER = /\/virtualMachines\/[^/]+-after[^/]*$/i;
const GROUP = /\/resourcegroups\/[^/]+$/i;

async function opened(options: LaboratoryOptions = {}, more: object = {}, faults: readonly Partial<Fault>[] = []) {
  lab = await laboratory(options);
  for (const fault of faults)
    lab.endpoint.faults.add({ method: 'PUT', path: MACHINE, kind: 'answer', code: 'Conflict', ...fault });
  return { lab, fleet: await azureProvider(azureScenario({}, more)).open(lab.context()) };
}

/** Both boots of the first block; a boot that did not come about is its failure. */
const bootBlock = (fleet: Fleet): Promise<(Machine | BootFailure)[]> =>
  Promise.all(
    blockRequests(1).map((request) =>
      fleet.boot(request, never).catch((cause: unknown) => {
        if (cause instanceof BootFailure) return cause;
        throw cause;
      }),
    ),
  );

async function closed(fleet: Fleet) {
  await fleet.close();
  expect(lab?.endpoint.left()).toEqual([]);
}

const markOf = (boot: Machine | BootFailure | undefined, id: string) => boot?.marks.find((mark) => mark.id === id);

/** Milliseconds of the laboratory's clock that one of the wall is. */
const FACTOR = 200;

describe('a throttled request', () => {
  test.each([
    ['with a header', { headers: { 'retry-after': '1' }, code: 'TooManyRequests' }],
    ['with a text alone', { code: 'ResourceCollectionRequestsThrottled', message: "Please try after '1' seconds." }],
  ])('%s is sent again after that time, which is no latency', async (_, how) => {
    const { lab, fleet } = await opened({}, {}, [{ status: 429, path: /-before$/, ...how }]);
    const [before] = await bootBlock(fleet);
    const puts = lab.endpoint.log.filter(({ method, path }) => method === 'PUT' && /-before$/.test(path));
    expect(puts.map(({ status }) => status)).toEqual([429, 201]);
    expect(before?.facts).toMatchObject({ attempts: 1 });
    // The wait is 200 s of this clock.
    expect(markOf(before, 'outside.accepted')?.us).toBeLessThan(0.5 * FACTOR * 1_000_000);
    await closed(fleet);
  });

  test('while a machine is watched moves no mark: they are of the operation and of the port', async () => {
    const faults = [{ method: 'GET', status: 429, code: 'TooManyRequests', headers: { 'retry-after': '1' }, times: 2 }];
    const { lab, fleet } = await opened({}, {}, faults);
    const [before] = await bootBlock(fleet);
    const truth = lab.endpoint.truth.get(String(before?.facts.vm));
    expect(before).not.toBeInstanceOf(BootFailure);
    expect(new Date((markOf(before, 'outside.operation-end')?.us ?? 0) / 1000).toISOString().slice(0, 23)).toBe(
      truth?.operationEnd?.slice(0, 23),
    );
    await closed(fleet);
  });
});

describe('a machine that is lost', () => {
  const slow = { latency: { create: () => 1500 } };

  test('to an eviction in mid-boot is a lost boot at once, not a slow one', async () => {
    const { lab, fleet } = await opened(slow);
    const outcomes = bootBlock(fleet);
    const name = await seen(lab, 'after');
    lab.endpoint.takeDown(name, 'deallocated');
    const [before, after] = await outcomes;
    expect(before).not.toBeInstanceOf(BootFailure);
    expect(after).toMatchObject({
      failure: { stage: 'boot', code: 'Preempted', hint: expect.stringContaining('lost') },
    });
    await closed(fleet);
  });

  test('because its guest switched itself off says so, with its console', async () => {
    const { lab, fleet } = await opened(slow);
    const outcomes = bootBlock(fleet);
    lab.endpoint.takeDown(await seen(lab, 'after'), 'stopped');
    expect((await outcomes)[1]).toMatchObject({ failure: { stage: 'boot', code: 'MachineStopped' } });
    await closed(fleet);
  });

  test('after its boot is known to be evicted by whoever cannot reach it any more', async () => {
    const { lab, fleet } = await opened();
    const [, after] = (await bootBlock(fleet)) as Machine[];
    expect(await after?.fate?.()).toBeUndefined();
    lab.endpoint.takeDown(String(after?.facts.vm), 'deallocated');
    expect(await after?.fate?.()).toMatchObject({ stage: 'boot', code: 'Preempted' });
    await closed(fleet);
  });

  /** The name of a machine as soon as it runs. */
  async function seen({ endpoint }: Laboratory, variant: string): Promise<string> {
    for (;;) {
      const found = [...endpoint.truth].find(([name, { runningMs }]) => runningMs && name.endsWith(variant));
      if (found) return found[0];
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});

describe('a machine that failed and answers', () => {
  test.each(['OSProvisioningTimedOut', 'OSProvisioningInternalError'])(
    'after %s is handed out with its failure: it holds the evidence',
    async (code) => {
      const { fleet } = await opened({ latency: { create: () => 1500 } }, {}, [
        { path: AFTER, kind: 'operation', code },
      ]);
      const [before, after] = await bootBlock(fleet);
      expect(before).not.toHaveProperty('failure');
      expect(after).not.toBeInstanceOf(BootFailure);
      expect(after).toMatchObject({ failure: { stage: 'boot', code }, ssh: { user: 'azureuser' } });
      await closed(fleet);
    },
  );

  test('has the exit code of its provisioning from its own view, as the error does not say it', async () => {
    const plain = fakePower(() => 20);
    const power: Power = async (order) => ({
      ...(await plain(order)),
      run: async () => ({ exitCode: order.name.endsWith('after') ? 34 : 0, output: 'no package manager\n' }),
    });
    const { fleet } = await opened({ power }, { bootstrap: { kind: 'files', command: '/proc/version' } });
    const [before, after] = await bootBlock(fleet);
    expect(before).not.toHaveProperty('failure');
    expect(after).toMatchObject({
      failure: { stage: 'boot', code: 'cse-exit-34', message: expect.stringContaining('exit code 34') },
    });
    await closed(fleet);
  });
});

describe('what Azure is busy with', () => {
  test('a group that is still being deleted is waited for, and then made anew', async () => {
    const first = await opened({ latency: { delete: 400 } });
    first.lab.interrupt.abort(new DOMException('interrupted', 'AbortError'));
    await first.fleet.close();
    const lab = first.lab;
    const context = { ...lab.context(), signal: never };
    const fleet = await azureProvider(azureScenario()).open(context);
    expect(lab.said).toContain('waiting until the last bench-mariner-kata-20260101-1 is deleted');
    expect(await bootBlock(fleet)).toHaveLength(2);
    await closed(fleet);
  });

  test.each(['NicReservedForAnotherVm', 'ResourceGroupBeingDeleted'])('%s is asked again', async (code) => {
    const { fleet } = await opened({}, {}, [{ status: 409, code, path: /-before$/ }]);
    const [before] = await bootBlock(fleet);
    expect(before?.facts).toMatchObject({ attempts: 2, repeatedFor: code });
    await closed(fleet);
  });

  test.each(['AnotherOperationInProgress', 'NicInUse', 'InUseSubnetCannotBeDeleted'])(
    '%s at a deletion is tried until it is gone',
    async (code) => {
      const { lab, fleet } = await opened();
      const [before] = (await bootBlock(fleet)) as Machine[];
      lab.endpoint.faults.add({ method: 'DELETE', path: MACHINE, kind: 'answer', status: 409, code, times: 3 });
      await before?.destroy();
      const asked = lab.endpoint.log.filter(({ method, path }) => method === 'DELETE' && path.endsWith('-before'));
      expect(asked.map(({ status }) => status)).toEqual([409, 409, 409, 202]);
      await closed(fleet);
    },
  );

  test('a subscription that is full of groups ends the run, and names what empties it', async () => {
    lab = await laboratory();
    lab.endpoint.faults.add({
      method: 'PUT',
      path: GROUP,
      kind: 'answer',
      status: 409,
      code: 'ResourceGroupQuotaExceeded',
    });
    await expect(azureProvider(azureScenario()).open(lab.context())).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringContaining('ResourceGroupQuotaExceeded'),
      hint: expect.stringContaining('bench gc --yes'),
    });
    expect(lab.endpoint.left()).toEqual([]);
  });

  test('a repeated boot is tagged with its number, and its clock starts again', async () => {
    const { lab, fleet } = await opened({}, {}, [{ status: 409, path: /-before$/ }]);
    const [before] = await bootBlock(fleet);
    const puts = lab.endpoint.log.filter(({ method, path }) => method === 'PUT' && /-before(-2)?$/.test(path));
    expect(puts.map(({ body }) => (body as { tags: Record<string, string> }).tags['bench-attempt'])).toEqual([
      '1',
      '2',
    ]);
    const [sentMs, open] = [puts[1]?.atMs ?? 0, markOf(before, 'outside.tcp-open')];
    // From the second request on: the pause before it is 10 s of this clock.
    expect((open?.us ?? 0) / 1000 / FACTOR).toBeLessThan(performance.now() - sentMs);
    await closed(fleet);
  });
});

describe('a code of the table', () => {
  const acts: readonly [string, string, string?][] = [
    ['SkuNotAvailable', 'move'],
    ['AllocationFailed', 'move'],
    ['ZonalAllocationFailed', 'move'],
    ['OverconstrainedAllocationRequest', 'move'],
    ['OverconstrainedZonalAllocationRequest', 'move'],
    ['QuotaExceeded', 'again', 'exceeding approved Total Regional Cores quota. Current Limit: 10, Current Usage: 8'],
    ['QuotaExceeded', 'stop', 'exceeding approved Total Regional Cores quota. Current Limit: 0, Current Usage: 0'],
    ['OperationNotAllowed', 'stop', 'exceeding approved standardDSv5Family Cores quota. Current Usage: 0'],
    ['TooManyRequests', 'again'],
    ['ResourceCollectionRequestsThrottled', 'again'],
    ['GalleryImageNotFound', 'again'],
    ['OSProvisioningTimedOut', 'result'],
    ['OSProvisioningClientError', 'result'],
    ['OSProvisioningInternalError', 'result'],
    ['InternalError', 'result'],
    ['VMExtensionProvisioningError', 'result'],
    ['Conflict', 'again'],
    ['AnotherOperationInProgress', 'again'],
    ['ResourceGroupBeingDeleted', 'again'],
    ['NicInUse', 'again'],
    ['InUseSubnetCannotBeDeleted', 'again'],
    ['InvalidTemplate', 'stop'],
    ['BadRequest', 'stop', "The selected VM size cannot boot Hypervisor Generation '1'."],
    ['AuthorizationFailed', 'stop'],
    ['MarketplacePurchaseEligibilityFailed', 'stop'],
    ['ResourceGroupQuotaExceeded', 'stop'],
    ['Preempted', 'result'],
  ];
  test.each(acts)('%s: %s', (code, act, message = 'as Azure says it') => {
    const remedy = remedyOf(new ArmError(409, [code], message));
    expect(remedy).toMatchObject({ code, act: { kind: act } });
    expect(remedy.hint.length).toBeGreaterThan(20);
  });

  test('that is none is a result, unless Azure itself broke', () => {
    expect(remedyOf(new ArmError(418, ['Teapot'], 'short and stout')).act.kind).toBe('result');
    expect(remedyOf(new ArmError(503, ['ServiceUnavailable'], 'later')).act.kind).toBe('again');
  });
});
