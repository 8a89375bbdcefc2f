import { afterEach, describe, expect, test } from 'vitest';
import { BenchError } from '../../../src/model/errors.ts';
import { BootFailure, type Fleet, type Machine } from '../../../src/model/provider.ts';
import { azureProvider } from '../../../src/providers/azure/provider.ts';
import { catalogue, GALLERY, size, usage } from '../../azure/catalogue.ts';
import type { Fault } from '../../azure/faults.ts';
import {
  azureScenario,
  blockRequests,
  type Laboratory,
  type LaboratoryOptions,
  laboratory,
} from '../../azure/laboratory.ts';

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const MACHINE = /\/virtualMachines\/[^/]+$/i;
const AFTER = /\/virtualMachines\/[^/]+-after[^/]*$/i;

/** Boots one block while Azure misbehaves; what came of it, and what is left when the fleet is closed. */
async function bootUnder(
  faults: readonly Partial<Fault>[],
  { provider = {}, more = {}, options = {} }: { provider?: object; more?: object; options?: LaboratoryOptions } = {},
) {
  lab = await laboratory(options);
  const fleet: Fleet = await azureProvider(azureScenario(provider, more)).open(lab.context());
  for (const fault of faults)
    lab.endpoint.faults.add({ method: 'PUT', path: MACHINE, kind: 'answer', code: 'Conflict', ...fault });
  const never = new AbortController().signal;
  const outcomes = await Promise.all(
    blockRequests(1).map((request) =>
      fleet.boot(request, never).then(outcomeOf, (cause: BootFailure | BenchError) => cause),
    ),
  );
  await fleet.close();
  expect(lab.endpoint.left()).toEqual([]);
  return outcomes;
}

/** Facts of a boot that came about; a failure with all that is known of it, also where its machine is still there. */
async function outcomeOf({ failure, facts, marks, console }: Machine): Promise<Machine['facts'] | BootFailure> {
  return failure ? new BootFailure(failure, { facts, marks, console: await console() }) : facts;
}

const failureOf = (outcome: Machine['facts'] | Error | undefined) =>
  outcome instanceof BootFailure ? outcome.failure : undefined;

/** What the sizes and zones of the machines were, in the order they were asked for. */
const asked = () =>
  (lab?.endpoint.log ?? [])
    .filter(({ method, path }) => method === 'PUT' && MACHINE.test(path))
    .map(({ path, body }) => {
      const { zones, properties } = body as { zones?: string[]; properties: { hardwareProfile: { vmSize: string } } };
      const variant = /before|after/.exec(path)?.[0];
      return [variant, properties.hardwareProfile.vmSize, zones?.[0] ?? ''].join(' ').trim();
    })
    .sort();

const TWO_SIZES = { sizes: ['Standard_D4s_v5', 'Standard_D4as_v5'] };

describe('an error of Azure', () => {
  test.each([
    ['SkuNotAvailable', 'answer'],
    ['AllocationFailed', 'operation'],
    ['OverconstrainedAllocationRequest', 'operation'],
  ] as const)('%s moves the whole block to the next size, never one boot alone', async (code, kind) => {
    const [before, after] = await bootUnder([{ path: AFTER, kind, code }], { provider: TWO_SIZES });
    expect([before, after]).toMatchObject([
      { vmSize: 'Standard_D4as_v5', attempts: 2 },
      { vmSize: 'Standard_D4as_v5', attempts: 2, repeatedFor: code },
    ]);
  });

  test('ZonalAllocationFailed moves the whole block to the next zone', async () => {
    await bootUnder([{ path: AFTER, kind: 'operation', code: 'ZonalAllocationFailed' }], {
      provider: { zones: ['1', '2'] },
    });
    expect(asked().filter((each) => each.endsWith('2'))).toEqual([
      'after Standard_D4s_v5 2',
      'before Standard_D4s_v5 2',
    ]);
  });

  test('a block for which there is no room anywhere is a failure of all its boots', async () => {
    const outcomes = await bootUnder([{ kind: 'operation', code: 'AllocationFailed', times: 100 }]);
    expect(outcomes.map((each) => failureOf(each)?.code)).toEqual(['no-room', 'no-room']);
  });

  test('429 is waited for as long as it says, and that is no latency', async () => {
    const [before] = await bootUnder([
      { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '1' }, path: /-before$/ },
    ]);
    expect(before).toMatchObject({ attempts: 1 });
    const puts = lab?.endpoint.log.filter(({ method, path }) => method === 'PUT' && /-before$/.test(path)) ?? [];
    expect(puts.map(({ status }) => status)).toEqual([429, 201]);
    expect((puts[1]?.atMs ?? 0) - (puts[0]?.atMs ?? 0)).toBeGreaterThan(900);
  });

  test('GalleryImageNotFound, just after replication, is asked again', async () => {
    const [before] = await bootUnder([{ status: 404, code: 'GalleryImageNotFound', path: /-before$/ }]);
    expect(before).toMatchObject({ attempts: 2, repeatedFor: 'GalleryImageNotFound' });
  });

  test.each(['Conflict', 'AnotherOperationInProgress'])(
    '%s is asked again, under another name and with its own clock',
    async (code) => {
      const [before] = await bootUnder([{ status: 409, code, path: /-before$/ }]);
      expect(before).toMatchObject({ attempts: 2, vm: expect.stringMatching(/-before-2$/) });
    },
  );

  test.each(['OSProvisioningTimedOut', 'OSProvisioningClientError'])(
    '%s is a result of its image, with the console',
    async (code) => {
      const [before, after] = await bootUnder([{ path: AFTER, kind: 'operation', code }]);
      expect(before).toMatchObject({ attempts: 1 });
      expect(failureOf(after)).toMatchObject({ stage: 'boot', code });
      expect((after as unknown as BootFailure).console).toContain('Host Build');
    },
  );

  test('a provisioning command that fails is a result with its exit code', async () => {
    const command = { bootstrap: { kind: 'files', command: '/dev/null' } };
    const fault = {
      path: /-after\/extensions\//,
      kind: 'operation',
      code: 'VMExtensionProvisioningError',
      message: 'command terminated with exit status=34',
    } as const;
    const [, after] = await bootUnder([fault], {
      more: { bootstrap: { ...command.bootstrap, command: '/proc/version' } },
    });
    expect(failureOf(after)).toMatchObject({ stage: 'boot', code: 'cse-exit-34' });
  });

  test('exit code 50, the outside not reached, is tried twice more and then a result', async () => {
    const fault = {
      path: /-after[^/]*\/extensions\//,
      kind: 'operation',
      code: 'VMExtensionProvisioningError',
      message: 'command terminated with exit status=50',
    } as const;
    const more = { bootstrap: { kind: 'files', command: '/proc/version' } };
    const [, after] = await bootUnder([{ ...fault, times: 9 }], { more });
    expect(failureOf(after)?.code).toBe('cse-exit-50');
    expect(asked()).toHaveLength(4);
  });

  test('quota that others use up is waited for; quota that can never do ends the run', async () => {
    const used = 'Operation could not be completed as it results in exceeding approved quota. Current Usage: 40';
    const [before] = await bootUnder([{ status: 409, code: 'OperationNotAllowed', message: used, path: /-before$/ }]);
    expect(before).toMatchObject({ attempts: 2, repeatedFor: 'OperationNotAllowed' });
    await lab?.close();
    const none = used.replace('40', '0');
    const [hopeless] = await bootUnder([
      { status: 409, code: 'OperationNotAllowed', message: none, path: /-before$/, times: 9 },
    ]);
    expect(hopeless).toBeInstanceOf(BenchError);
    expect(hopeless).toMatchObject({ kind: 'world', hint: expect.stringContaining('ask for more') });
  });

  test.each([
    ['AuthorizationFailed', 403],
    ['InvalidParameter', 400],
    ['MarketplacePurchaseEligibilityFailed', 400],
  ] as const)('%s ends the run with what to do', async (code, status) => {
    const [before] = await bootUnder([{ code, status, path: /-before$/ }]);
    expect(before).toBeInstanceOf(BenchError);
    expect(before).toMatchObject({ message: expect.stringContaining(code), hint: expect.any(String) });
  });

  test('the details inside an error are read: the outer code alone says nothing', async () => {
    const details = [{ code: 'SkuNotAvailable', message: 'The size is not available.' }];
    const [, after] = await bootUnder([{ path: AFTER, code: 'InvalidTemplateDeployment', details, status: 400 }], {
      provider: TWO_SIZES,
    });
    expect(after).toMatchObject({ vmSize: 'Standard_D4as_v5', repeatedFor: 'SkuNotAvailable' });
  });
});

describe('before anything is made', () => {
  async function refused(options: LaboratoryOptions, provider: object = {}, more: object = {}): Promise<BenchError> {
    lab = await laboratory(options);
    const error = await azureProvider(azureScenario(provider, more))
      .open(lab.context())
      .then(
        () => undefined,
        (cause: unknown) => cause,
      );
    expect(lab.endpoint.log.filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
    expect(error).toBeInstanceOf(BenchError);
    const { message } = error as BenchError;
    expect(message).not.toContain('\n');
    return error as BenchError;
  }

  test('no credentials are said in one line', async () => {
    const error = await refused({ environment: { AZURE_CLIENT_SECRET: '' } });
    expect(error).toMatchObject({ kind: 'usage', message: 'The environment variable AZURE_CLIENT_SECRET is not set.' });
  });

  test('a token that is refused is said in one line', async () => {
    lab = await laboratory();
    lab.endpoint.faults.add({
      method: 'GET',
      path: /^\/subscriptions\/[^/]+$/,
      kind: 'answer',
      status: 401,
      code: 'ExpiredAuthenticationToken',
    });
    await expect(azureProvider(azureScenario()).open(lab.context())).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringContaining('ExpiredAuthenticationToken'),
      hint: expect.stringContaining('az login'),
    });
  });

  test('an authority that refuses the secret is said in one line', async () => {
    lab = await laboratory();
    lab.endpoint.faults.add({
      method: 'POST',
      path: /oauth2/,
      kind: 'answer',
      status: 401,
      code: 'invalid_client',
      times: 9,
    });
    await expect(azureProvider(azureScenario()).open(lab.context())).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringMatching(/^No token for Azure: [^\n]+$/),
    });
  });

  test('the wrong subscription is said in one line', async () => {
    const error = await refused({ environment: { AZURE_SUBSCRIPTION_ID: '99999999-0000-4000-8000-000000000000' } });
    expect(error).toMatchObject({ kind: 'world', message: expect.stringContaining('cannot be used') });
  });

  test('a disabled subscription is said in one line', async () => {
    expect(await refused({ catalogue: { state: 'Disabled' } })).toMatchObject({
      message: expect.stringContaining('is Disabled'),
    });
  });

  test('an image that is not replicated to the location is named with where it is', async () => {
    const error = await refused({}, {}, { variants: variantsOf(`${GALLERY}/versions/1.3.0`) });
    expect(error.message).toMatch(/1\.3\.0 is not replicated to westus3, only to East US/);
  });

  test('an image that does not exist is named', async () => {
    const error = await refused({}, {}, { variants: variantsOf(`${GALLERY}/versions/9.9.9`) });
    expect(error).toMatchObject({ kind: 'usage', message: expect.stringContaining('9.9.9') });
  });

  test('tags that no version has are named', async () => {
    const variants = variantsOf(GALLERY, { id: GALLERY, tags: { branch: 'none' } });
    expect((await refused({}, {}, { variants })).message).toContain('no usable version with branch=none');
  });

  test('quota of nothing is said with what is needed', async () => {
    const usages = [usage('cores', 0, 100), usage('standardDSv5Family', 0, 0)];
    const error = await refused({ catalogue: { usages } });
    expect(error.message).toContain('16 vCPUs of standardDSv5Family are needed, 0 of 0 are free');
    expect(error.kind).toBe('world');
  });

  test.each([
    ['a size that is not there', [], 'there is no such size in westus3'],
    [
      'a restricted size',
      [
        size(
          'Standard_D4s_v5',
          {},
          { restrictions: [{ type: 'Location', reasonCode: 'NotAvailableForSubscription' }] },
        ),
      ],
      'not offered to this subscription here (NotAvailableForSubscription)',
    ],
    ['a size of the other architecture', [size('Standard_D4s_v5', { CpuArchitectureType: 'Arm64' })], 'is Arm64, but'],
    ['a size of another generation', [size('Standard_D4s_v5', { HyperVGenerations: 'V1' })], 'boots V1, but'],
    ['a disk that does not fit', [size('Standard_D4s_v5', { MaxResourceVolumeMB: '30720' })], 'holds 30 GiB, not 60'],
    ['a size without such a disk', [size('Standard_D4s_v5', { MaxResourceVolumeMB: '0' })], 'has no resource disk'],
  ])('%s is refused with its reason', async (_, skus, reason) => {
    const provider = { osDisk: { ephemeral: 'resource', sizeGb: 60 } };
    expect((await refused({ catalogue: { skus } }, provider)).message).toContain(reason);
  });

  test('a size that does not fit is left out when another one does', async () => {
    lab = await laboratory({ catalogue: { skus: catalogue().skus.slice(1) } });
    const fleet = await azureProvider(azureScenario(TWO_SIZES)).open(lab.context());
    expect(lab.said).toContain('not used: Standard_D4s_v5: there is no such size in westus3');
    await fleet.close();
  });
});

const variantsOf = (before: unknown, after: unknown = GALLERY) => ({
  before: { image: before },
  after: { image: after },
});
