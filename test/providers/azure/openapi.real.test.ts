import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { azure } from '../../../src/providers/azure/kind.ts';
import { EVERY_IMAGE, everyDocument, GALLERY, size } from '../../azure/catalogue.ts';
import type { Endpoint } from '../../azure/endpoint.ts';
import {
  azureScenario,
  blockRequests,
  type Laboratory,
  type LaboratoryOptions,
  laboratory,
} from '../../azure/laboratory.ts';
import { judge, judgeRequest, noDocuments, readDocuments } from '../../azure/openapi.ts';

const missing = noDocuments();
if (missing) console.log(`skipped: what we send to Azure is not held against its documents: ${missing}`);

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

/** Paths that the specification of resources, compute and networks does not describe. */
const ELSEWHERE =
  /^\/(tenant|console|api\/retail)\/|^\/subscriptions\/[^/]+$|\/(operations|operationresults|networkInterfaces\/[^/]+-nic\/ipConfigurations)\/|virtualMachineScaleSets\/.*\/networkInterfaces\//;

function problemsOf({ log }: Endpoint): string[] {
  const documents = readDocuments();
  return log.flatMap((call) => {
    if (ELSEWHERE.test(call.path)) return [];
    const said = judge(documents, call) ?? ['no document knows this path'];
    return said.map((problem) => `${call.method} ${call.path}: ${problem}`);
  });
}

type Kind = readonly [name: string, options: object];
const VM: Kind = ['virtual machines', {}];
const KINDS: readonly [Kind, Kind] = [
  ['uniform scale sets', { machine: 'scale-set' }],
  ['flexible scale sets', { machine: 'scale-set', orchestration: 'flexible' }],
];
const POOL =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/loadBalancers/kubernetes/backendAddressPools/out';

async function bootOnce(provider: object, more: object = {}, options: LaboratoryOptions = {}) {
  lab = await laboratory(options);
  writeFileSync(path.join(lab.folder, 'data'), '#cloud-config\n');
  writeFileSync(path.join(lab.folder, 'cse'), 'echo provisioned\n');
  const fleet = await azure.open(azureScenario(provider, more), lab.context());
  const machines = await Promise.all(
    blockRequests(1).map((request) => fleet.boot(request, new AbortController().signal)),
  );
  await Promise.all(machines.map((machine) => machine.destroy()));
  await fleet.close();
  return lab.endpoint;
}

describe.skipIf(missing !== undefined)("Azure's own documents", () => {
  test('find nothing wrong with a plain run, on either side', async () => {
    expect(problemsOf(await bootOnce({}))).toEqual([]);
  });

  test.each<Kind>(KINDS)('find nothing wrong with a plain run of %s', async (_, kind) => {
    expect(problemsOf(await bootOnce(kind))).toEqual([]);
  });

  test.each<Kind>([VM, ...KINDS])(
    'find nothing wrong with a run of %s that uses everything there is',
    async (_, kind) => {
      const identity = `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kubelet`;
      const subnet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n';
      const endpoint = await bootOnce(
        {
          zones: ['1', '2'],
          osDisk: { ephemeral: 'resource', sizeGb: 60 },
          securityType: 'trusted-launch',
          userData: 'data',
          identities: [identity],
          systemIdentity: true,
          subnet,
          backendPools: [POOL],
          ipForwarding: true,
          podAddresses: 30,
          ...kind,
        },
        {
          variants: { before: { image: GALLERY }, after: { image: { id: GALLERY, tags: { buildId: '77' } } } },
          bootstrap: { kind: 'files', customData: 'data', command: 'cse' },
        },
      );
      expect(problemsOf(endpoint)).toEqual([]);
    },
  );

  test('would find a misspelt property, a wrong type, a missing one, and one that only Azure sets', async () => {
    const endpoint = await bootOnce({});
    const put = endpoint.log.find((call) => call.method === 'PUT' && /virtualMachines\/[^/]+$/.test(call.path));
    if (put === undefined) throw new Error('no machine was asked for');
    const { properties, location: _, ...rest } = put.body as { properties: object; location: string };
    const spoilt = {
      ...rest,
      properties: { ...properties, hardwareprofile: {}, userData: 5, vmId: 'mine', extensionsTimeBudget: 'PT1H' },
    };
    expect(judge(readDocuments(), { ...put, body: spoilt })).toEqual([
      'body.location: missing',
      'body.properties.hardwareprofile: no such property',
      'body.properties.userData: string is expected',
      'body.properties.vmId: only Azure sets it',
    ]);
  });
});

const MARKETPLACE = { before: { image: EVERY_IMAGE.marketplace }, after: { image: EVERY_IMAGE.marketplace } };

const OPTIONS: Readonly<Record<string, readonly [provider: object, more?: object]>> = {
  'an ephemeral disk in the cache': [{ osDisk: { ephemeral: 'cache', sizeGb: 30 } }],
  'an ephemeral disk on the temporary disk': [{ osDisk: { ephemeral: 'resource' } }],
  'a spot machine with tags of others': [{ priority: 'spot', tags: { owner: 'them' } }],
  'an ephemeral disk on NVMe': [{ osDisk: { ephemeral: 'nvme', sizeGb: 60 } }],
  'a disk of each storage': [{ osDisk: { storage: 'StandardSSD_LRS', sizeGb: 128 } }],
  'trusted launch': [{ securityType: 'trusted-launch' }],
  'a confidential machine': [{ securityType: 'confidential' }, { variants: MARKETPLACE }],
  'a confidential machine with an ephemeral disk': [
    { securityType: 'confidential', osDisk: { ephemeral: 'cache' } },
    { variants: MARKETPLACE },
  ],
  'no accelerated networking': [{ acceleratedNetworking: false }],
  zones: [{ zones: ['2'] }],
  'user data and custom data': [{ userData: 'data', customData: 'data' }],
  'identities, and a subnet that is reached from here': [
    {
      identities: [
        '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kubelet',
      ],
      reach: { kind: 'private' },
      subnet: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n',
    },
  ],
  'an identity of its own': [{ systemIdentity: true }],
  'a way out through a load balancer, and an address for each pod': [
    {
      reach: { kind: 'private' },
      subnet: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n',
      backendPools: [POOL],
      ipForwarding: true,
      podAddresses: 110,
    },
  ],
  'an extension': [{}, { bootstrap: { kind: 'files', customData: 'data', command: 'cse' } }],
};
const IMAGES: Readonly<Record<string, unknown>> = {
  ...EVERY_IMAGE,
  'by tag': { id: GALLERY, tags: { branch: 'topic' } },
  'marketplace with a plan': { id: EVERY_IMAGE.marketplace, plan: true },
};
/** With all disks that a machine can have, and one size that has NVMe alone. */
const SKUS = [
  size('Standard_D4s_v5', {
    CachedDiskBytes: String(100 * 2 ** 30),
    ConfidentialComputingType: 'SNP',
    NvmeDiskSizeInMiB: '220000',
    DiskControllerTypes: 'NVMe',
  }),
];

/** The problems that both validators find in requests for machines and images. */
function problemsWithRequests({ log }: Endpoint): string[] {
  const judged = log.flatMap(({ method, path: at, body }) => {
    const kind = method === 'PUT' && /\/(virtualMachines|virtualMachineScaleSets|images)\/[^/]+$/.exec(at)?.[1];
    return kind ? [judgeRequest(kind as Parameters<typeof judgeRequest>[0], body)] : [];
  });
  expect(judged.length).toBeGreaterThanOrEqual(2);
  return judged.flat();
}

describe('a request', () => {
  const variantsOf = (image: unknown) => ({ variants: { before: { image }, after: { image } } });
  const everything = { catalogue: { skus: SKUS, documents: everyDocument() } };

  test.each(
    Object.entries(IMAGES).flatMap(([name, image]) => [
      [name, 'virtual machines', {}, image] as const,
      [name, ...KINDS[0], image] as const,
    ]),
  )('fits its api-version for an image: %s, as %s', async (_, __, kind, image) => {
    const endpoint = await bootOnce({ keyFile: 'data', ...kind }, variantsOf(image), everything);
    expect(problemsWithRequests(endpoint)).toEqual([]);
    if (!missing) expect(requestProblems(endpoint)).toEqual([]);
  });

  const all = [VM, ...KINDS];
  test.each(
    Object.entries(OPTIONS).flatMap(([name, options]) => all.map(([of, kind]) => [of, name, kind, options] as const)),
  )('fits its api-version, as %s with %s', async (_, __, kind, [provider, more]) => {
    const endpoint = await bootOnce({ ...provider, ...kind }, more, everything);
    expect(problemsWithRequests(endpoint)).toEqual([]);
    if (!missing) expect(requestProblems(endpoint)).toEqual([]);
  });

  test('would not fit with a misspelt property, or with a forbidden value', async () => {
    const body = machineOf(await bootOnce({}));
    const { properties } = body as { properties: { securityProfile?: object } };
    const spoilt = { ...properties, hardwareprofile: {}, securityProfile: { securityType: 'Trusted' } };
    expect(judgeRequest('virtualMachines', { ...(body as object), properties: spoilt })).toEqual([
      'body.properties.hardwareprofile: no such property',
      'body.properties.securityProfile.securityType: Trusted is none of Standard, TrustedLaunch, ConfidentialVM',
    ]);
  });

  test('imports a blob once for all variants of it', async () => {
    const { log } = await bootOnce({}, variantsOf(EVERY_IMAGE.blob), everything);
    expect(log.filter(({ method, path: at }) => method === 'PUT' && /\/images\//.test(at))).toHaveLength(1);
  });

  test('buys an image under the plan of its gallery, and gives a specialised one no profile', async () => {
    const bought = await bootOnce({}, variantsOf(EVERY_IMAGE.bought), everything);
    expect(machineOf(bought)).toMatchObject({ plan: { name: 's', product: 'o', publisher: 'p' } });
    await lab?.close();
    const specialized = await bootOnce({ keyFile: 'data' }, variantsOf(EVERY_IMAGE.specialized), everything);
    expect((machineOf(specialized) as { properties: object }).properties).not.toHaveProperty('osProfile');
  });
});

/** The OpenAPI documents' findings about requests alone: the catalogue's answers here are incomplete documents. */
const requestProblems = (endpoint: Endpoint): string[] =>
  problemsOf(endpoint).filter((problem) => !/: answer/.test(problem));

const machineOf = ({ log }: Endpoint): unknown =>
  log.find(({ method, path: at }) => method === 'PUT' && /virtualMachines\/[^/]+$/.test(at))?.body;
