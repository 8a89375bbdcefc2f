/** Answers that Azure really gave, through the real SDK: how bench reacts to each, and with which message. */
import { existsSync, readFileSync } from 'node:fs';
import type { VirtualMachine } from '@azure/arm-compute';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BenchError } from '../../../src/model/errors.ts';
import { ArmError, failureOf, remedyOf } from '../../../src/providers/azure/arm/failure.ts';
import { readOperation } from '../../../src/providers/azure/arm/operation.ts';
import { pinImage } from '../../../src/providers/azure/images/image.ts';
import { agentReady, throwWhenGone } from '../../../src/providers/azure/machine/provisioning.ts';
import { preflight } from '../../../src/providers/azure/preflight/preflight.ts';
import { checkPlacements } from '../../../src/providers/azure/preflight/sizes.ts';
import { AzureImage } from '../../../src/providers/azure/scenario.ts';
import { everyDocument } from '../../azure/catalogue.ts';
import { azureScenario, laboratory } from '../../azure/laboratory.ts';
import { type Recorded, type Replay, recordedIn, replaying } from '../../azure/replay.ts';

const RECORDED = recordedIn('test/fixtures/azure/recorded');
const SHARED = '../shared/data/azure-recorded';
const never = new AbortController().signal;

const SKUS = RECORDED.get('skus-southcentralus-2025-06')?.body as { value: readonly { readonly name: string }[] };

let replay: Replay;
beforeAll(async () => {
  replay = await replaying();
});
afterAll(() => replay.close());

/** Through the SDK where it has such a call, else through bench's own request. */
async function asked(recorded: Recorded): Promise<unknown> {
  replay.answer(recorded);
  const { arm } = replay;
  const url = new URL(recorded.request?.url ?? 'https://management.azure.com/subscriptions/s');
  const machine = /virtualMachines\/[^/]+$/i.test(url.pathname);
  if (machine && recorded.request?.method === 'PUT')
    return arm.submit(
      (options) => arm.compute.virtualMachines.createOrUpdate('g', 'm', { location: 'l' }, options),
      never,
    );
  const method = recorded.request?.method === 'PATCH' ? 'PUT' : (recorded.request?.method ?? 'GET');
  return arm.call(method as 'GET', url.pathname + url.search, undefined, never);
}

const errorOf = async (recorded: Recorded): Promise<ArmError> => {
  const error = await asked(recorded).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof ArmError) return error;
  throw error ?? new Error('it is no error');
};

const isRefusal = ({ status }: Recorded) => status >= 400;

/** File, reaction, code in the message, words of the message and of the hint. */
const REFUSALS: readonly (readonly [string, string, string, RegExp, RegExp])[] = [
  ['aad-400', 'stop', 'invalid_request', /AADSTS90002/, /sign in again/],
  ['aks-409-no-wrapper', 'stop', 'QuotaExceeded', /Public preview limit of 5/, /request more/],
  [
    'authorization-failed-403',
    'stop',
    'AuthorizationFailed',
    /does not have authorization/,
    /may microsoft\.insights\/eventtypes\/values\/read on/,
  ],
  ['compute-400-message-only', 'result', 'http-400', /Query option 'Filter' is not allowed/, /look it up at https/],
  ['compute-throttle-429', 'again', 'TooManyRequests', /too many requests have been received/, /throttle/],
  ['gateway-timeout-504', 'again', 'GatewayTimeout', /did not receive a response/, /Try again later/],
  [
    'linked-authorization-failed-403',
    'stop',
    'LinkedAuthorizationFailed',
    /linked subscription/,
    /subnets\/join\/action on .*aci218150/,
  ],
  ['nic-429-retryable', 'again', 'ReferencedResourceNotProvisioned', /Updating state/, /activity log/],
  [
    'not-registered-409',
    'stop',
    'MissingSubscriptionRegistration',
    /not registered/,
    /az provider register --namespace Microsoft\.DomainRegistration/,
  ],
  ['pip-400-count-limit', 'again', 'PublicIPCountLimitReached', /more than 3 public IP addresses/, /provider\.reach/],
  ['rg-404', 'stop', 'ResourceGroupNotFound', /could not be found/, /activity log/],
  [
    'rg-delete-blocked-409-2020',
    'again',
    'ResourceGroupDeletionBlocked',
    /Microsoft\.DataMigration.*One or more tasks/,
    /bench gc/,
  ],
  ['rg-delete-blocked-409-lower-case', 'again', 'ResourceGroupDeletionBlocked', /not in terminal state/, /bench gc/],
  [
    'subnet-400-referenced-not-provisioned',
    'again',
    'ReferencedResourceNotProvisioned',
    /not in Succeeded state/,
    /activity log/,
  ],
  ['vm-get-404-other-location', 'result', 'NotFound', /not found in this Azure location/, /activity log/],
  [
    'vm-patch-409-operation-not-allowed-details',
    'result',
    'OperationNotAllowed',
    /Max price change.*Please deallocate/,
    /does not allow this/,
  ],
  ['vm-patch-409-property-change', 'again', 'PropertyChangeNotAllowed', /priority/, /activity log/],
  ['vm-put-400-invalid-parameter', 'stop', 'InvalidParameter', /adminUsername/, /incompatible/],
  ['vm-put-409-core-quota-old-words', 'again', 'OperationNotAllowed', /Current in use: 97/, /Others use the quota too/],
  ['vm-put-409-family-quota', 'again', 'OperationNotAllowed', /Current Usage: 96/, /Others use the quota too/],
  ['vm-put-409-quota-never-fits', 'stop', 'OperationNotAllowed', /Current Limit: 10/, /too small for/],
  ['vm-put-409-sku-not-available', 'move', 'SkuNotAvailable', /currently not available/, /add sizes or zones/],
  ['vm-put-412-precondition', 'again', 'PreconditionFailed', /Etag/, /activity log/],
  ['web-429-capitals', 'again', 'http-429', /Cannot acquire exclusive lock/, /throttle/],
];

describe('a recorded refusal', () => {
  test.each(REFUSALS)('%s: %s, as %s', async (name, act, code, message, hint) => {
    const recorded = RECORDED.get(name);
    if (!recorded) throw new Error(`there is no recording ${name}`);
    const error = await errorOf(recorded);
    const remedy = remedyOf(error);
    const failure = failureOf('Boot 0001-before', error);
    expect([remedy.act.kind, failure.code]).toEqual([act, code]);
    expect(failure.message).toMatch(message);
    expect(remedy.hint).toMatch(hint);
  });

  test('has a row in the table of this file', () => {
    const names = [...RECORDED].filter(([, recorded]) => isRefusal(recorded)).map(([name]) => name);
    expect(names.sort()).toEqual(REFUSALS.map(([name]) => name).sort());
  });
});

describe('a recorded operation', () => {
  const looked = (name: string) => {
    replay.answer(RECORDED.get(name) ?? { status: 500 });
    return readOperation(replay.arm, '/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/o', never);
  };

  test('that runs or has succeeded keeps its stamps', async () => {
    expect(await looked('compute-operation-inprogress')).toEqual({
      status: 'running',
      startTime: '2020-10-12T07:03:26.3712882+00:00',
    });
    expect(await looked('compute-operation-succeeded')).toMatchObject({
      status: 'succeeded',
      endTime: '2020-10-12T07:04:42.9809521+00:00',
    });
  });

  test.each(['rg-operationresults-200', 'rg-operationresults-204', 'storage-operation-200'])(
    '%s is over',
    async (name) => {
      expect(await looked(name)).toEqual({ status: 'succeeded' });
    },
  );

  test.each([
    ['vm-operation-overconstrained', 'move', 'OverconstrainedAllocationRequest'],
    ['vm-operation-overconstrained-zonal', 'move', 'OverconstrainedZonalAllocationRequest'],
    ['deployment-conflict-embedded', 'again', 'FabricVmCreationError'],
  ])('%s that failed: %s, as %s', async (name, act, code) => {
    const { status, error } = await looked(name);
    expect(status).toBe('failed');
    expect(error && remedyOf(error)).toMatchObject({ act: { kind: act }, code });
  });

  test.each(['rg-delete-202', 'vm-delete-202-2025', 'storage-put-202', 'vm-put-201-2025'])(
    '%s names its address',
    async (name) => {
      const recorded = RECORDED.get(name);
      replay.answer(recorded ?? { status: 500 });
      const { arm } = replay;
      const { operation } = await arm.submit(
        (options) =>
          recorded?.request?.method === 'PUT'
            ? arm.compute.virtualMachines.createOrUpdate('g', 'm', { location: 'l' }, options)
            : arm.compute.virtualMachines.delete('g', 'm', options),
        never,
      );
      expect(operation).toMatch(
        /^https:\/\/127\.0\.0\.1:\d+\/subscriptions\/.*(operations|operationresults|asyncoperations)\//,
      );
    },
  );
});

describe("the sizes of a region in Azure's list", () => {
  const place = { osDisk: { ephemeral: 'nvme', sizeGb: 60 }, acceleratedNetworking: false } as const;
  const usable = async (provider: object): Promise<string[]> => {
    const lab = await laboratory({ catalogue: { skus: SKUS.value, usages: [], documents: everyDocument() } });
    try {
      const sizes = SKUS.value.map(({ name }) => name);
      const scenario = azureScenario({ sizes, ...provider });
      const { prospect } = await preflight(scenario, 1, { ...lab.context(), nowIso: '2026-01-01T00:00:00Z' });
      if (prospect.kind !== 'ready') throw new Error(JSON.stringify(prospect));
      const { dropped } = prospect;
      return sizes.filter((size) => !dropped.some((reason) => reason.startsWith(`${size}:`)));
    } finally {
      await lab.close();
    }
  };

  test('put ephemeral disks where they say', async () => {
    const found = await usable(place);
    expect(found).not.toContain('Standard_NC24ads_A100_v4');
    expect(found).toContain('Standard_D128ds_v6');
  });

  const said = async (provider: object): Promise<string> => {
    const lab = await laboratory({ catalogue: { skus: SKUS.value, usages: [], documents: everyDocument() } });
    try {
      const scenario = azureScenario({ acceleratedNetworking: false, ...provider });
      const { prospect } = await preflight(scenario, 1, { ...lab.context(), nowIso: '2026-01-01T00:00:00Z' });
      return prospect.kind === 'refused' ? prospect.error.message : `${prospect.kind}: ${JSON.stringify(prospect)}`;
    } finally {
      await lab.close();
    }
  };

  const WITHOUT = { ephemeral: 'none', storage: 'StandardSSD_LRS' };
  test.each([
    ['Standard_E4d_v5', {}, /does not support premium disks: choose another size, or osDisk\.storage: StandardSSD_LRS/],
    ['Standard_B1s', { acceleratedNetworking: true }, /accelerated networking: .*acceleratedNetworking: false/],
    ['Standard_DC8s_v3', { osDisk: { ephemeral: 'cache' } }, /ephemeral disks: .*osDisk\.ephemeral: none/],
    [
      'Standard_D128ds_v6',
      { osDisk: { ephemeral: 'resource' } },
      /NvmeDisk, not on ResourceDisk: choose osDisk\.ephemeral: nvme/,
    ],
    ['Standard_D2s_v3', { osDisk: { ephemeral: 'nvme' } }, /choose osDisk\.ephemeral: cache or resource/],
    [
      'Standard_D2s_v3',
      { osDisk: { ephemeral: 'resource', sizeGb: 60 } },
      /holds 16 GiB, not 60: choose a larger size/,
    ],
    ['Standard_M8-2ms', { securityType: 'trusted-launch' }, /trusted launch: .*securityType: standard/],
    ['Standard_D2_v3', { securityType: 'trusted-launch', osDisk: WITHOUT }, /boots V1/],
    ['Standard_D2s_v3', { securityType: 'confidential' }, /confidential/],
    ['Standard_B1s', { nestedVirtualization: true }, /does not support nested virtualisation: choose a size that does/],
    ['Standard_NC16as_T4_v3', { nestedVirtualization: true }, /does not support nested virtualisation/],
    ['Standard_DS2_v2', { nestedVirtualization: true }, /does not support nested virtualisation/],
    ['Standard_A0', { priority: 'spot', osDisk: WITHOUT }, /boots V1|spot/],
    ['Standard_D96s_v9', {}, /this size does not exist/],
  ])('lead to a refusal with alternatives: %s with %j', async (size, provider, expected) => {
    expect(await said({ sizes: [size], ...provider })).toMatch(expected);
  });

  test.each(['Standard_D2s_v3', 'Standard_D128ds_v6', 'Standard_F16s_v2'])('run machines inside: %s', async (size) => {
    expect(await said({ sizes: [size], nestedVirtualization: true })).toMatch(
      /^ready: (?!.*nested virtualisation)|NVMe/,
    );
  });

  test('have premium disks, or do not', async () => {
    const found = await usable({ acceleratedNetworking: false });
    expect(found).not.toContain('Standard_D2_v3');
    expect(found).toContain('Standard_D2s_v3');
  });
});

/** Answers by requested path. */
const answers = (byUrl: Readonly<Record<string, unknown>>) =>
  replay.answer((url) => {
    const [, body] = Object.entries(byUrl).find(([part]) => decodeURIComponent(url).includes(part)) ?? [];
    return body === undefined
      ? { status: 404, body: { error: { code: 'NotFound', message: url } } }
      : { status: 200, body };
  });
const bodyOf = (name: string) => RECORDED.get(name)?.body as Record<string, unknown>;
const images = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/JavaImages';
const sourceOf = (id: string) => AzureImage.parse(id);

describe('a recorded image', () => {
  test('of Windows in a gallery leads to a refusal: bench could measure nothing in it', async () => {
    answers({ '/images/JavaImages': bodyOf('gallery-image-get') });
    await expect(pinImage(replay.arm, sourceOf(`${images}/versions/1.0.0`), 'westus3', never)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('is an image of Windows'),
    });
  });

  test('of a gallery, if it were Linux, has its generation and a list of the storage that it does not support', async () => {
    const { properties, ...rest } = bodyOf('gallery-image-get') as { properties: object };
    const version = {
      id: `${images}/versions/1.0.0`,
      name: '1.0.0',
      properties: { publishingProfile: { targetRegions: [{ name: 'West US 3' }] } },
    };
    answers({
      '/versions/1.0.0': version,
      '/images/JavaImages': { ...rest, properties: { ...properties, osType: 'Linux' } },
    });
    expect(await pinImage(replay.arm, sourceOf(`${images}/versions/1.0.0`), 'westus3', never)).toMatchObject({
      exact: `${images}/versions/1.0.0`,
      generation: 'V1',
      specialized: false,
      disallowedStorage: ['Standard_LRS', 'Premium_LRS'],
    });
  });

  test('of the marketplace: bench pins the newest version', async () => {
    const versions = RECORDED.get('image-versions')?.body as readonly object[];
    answers({
      '/versions/16.04.202009220': {
        ...versions[0],
        properties: { hyperVGeneration: 'V1', osDiskImage: { operatingSystem: 'Linux' } },
      },
      '/versions': versions,
    });
    const source = sourceOf('Canonical:UbuntuServer:16.04.0-LTS:latest');
    expect(await pinImage(replay.arm, source, 'westus', never)).toMatchObject({
      exact: 'Canonical:UbuntuServer:16.04.0-LTS:16.04.202009220',
      generation: 'V1',
    });
  });
});

describe('recorded quotas', () => {
  const room = async (machines: number, sizes: readonly string[]) => {
    answers({
      'Microsoft.Network/locations': bodyOf('network-usages'),
      'Microsoft.Compute/skus': SKUS,
      usages: bodyOf('usage-list'),
    });
    const { provider } = azureScenario({ sizes, acceleratedNetworking: false });
    return checkPlacements(replay.arm, provider, [], machines, never).then(
      ({ quota }) => quota,
      (cause: BenchError) => cause.message,
    );
  };

  test('of cores allow the number of machines that they state, by family and in total', async () => {
    expect(await room(10, ['Standard_D4s_v3'])).toMatchObject([{ needed: 40, free: 100, limit: 100 }]);
    expect(await room(30, ['Standard_D4s_v3'])).toMatch(/120 vCPUs .* are needed, 100 of 100 are free/);
    expect(await room(1, ['Standard_NC6s_v3'])).toMatch(/6 vCPUs of standardNCSv3Family are needed, 0 of 0 are free/);
  });

  test('of public addresses hold 998 more machines', async () => {
    expect(await room(999, ['Standard_B1s'])).toMatch(/998 of 1000 public addresses are free/);
  });
});

describe('a recorded machine', () => {
  const seen = async (name: string) => {
    const recorded = bodyOf(name);
    // Azure shows the instance view of a machine inside that machine's resource.
    answers({ '/virtualMachines/': 'properties' in recorded ? recorded : { properties: { instanceView: recorded } } });
    return replay.arm.compute.virtualMachines.get('g', 'm', { expand: 'instanceView' });
  };
  const fateOf = (machine: VirtualMachine): string => {
    try {
      throwWhenGone(machine, true);
      return 'there';
    } catch (cause) {
      return cause instanceof ArmError ? (cause.codes[0] ?? '') : String(cause);
    }
  };

  test.each([
    ['vm-instanceview-running-agent-ready', 'there', false],
    ['vm-instanceview-stopped', 'MachineStopped', true],
    ['vm-instanceview-deallocated', 'Preempted', true],
  ])('%s is %s; its agent is ready: %s', async (name, fate, ready) => {
    const machine = await seen(name);
    expect([fateOf(machine), agentReady(machine)]).toEqual([fate, ready]);
  });
});

test('every recorded answer has its own test', () => {
  const text = readFileSync('test/providers/azure/recorded.test.ts', 'utf8');
  expect([...RECORDED.keys()].filter((name) => !text.includes(`'${name}'`))).toEqual([]);
});

test('a throttled request waits as long as Azure says, on the clock of the fleet, and 45 min at most', async () => {
  replay.sleptS.length = 0;
  await errorOf(RECORDED.get('compute-throttle-429') ?? { status: 500 });
  expect(replay.sleptS).toEqual([1200, 1200]);
});

/** The development environment holds more of them beside the repository. */
describe.runIf(existsSync(SHARED))('all available recorded answers', () => {
  const all = existsSync(SHARED) ? [...recordedIn(SHARED)] : [];
  test.each(all.filter(([, recorded]) => isRefusal(recorded)))(
    '%s has a code, words and something to do',
    async (_, recorded) => {
      const error = await errorOf(recorded);
      const { code, hint } = remedyOf(error);
      expect(code).toMatch(/^\S+$/);
      expect(error.message.length).toBeGreaterThan(10);
      expect(hint.length).toBeGreaterThan(20);
    },
  );
});
