import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { azureProvider } from '../../../src/providers/azure/provider.ts';
import { GALLERY } from '../../azure/catalogue.ts';
import type { Endpoint } from '../../azure/endpoint.ts';
import { azureScenario, blockRequests, type Laboratory, laboratory } from '../../azure/laboratory.ts';
import { judge, noDocuments, readDocuments } from '../../azure/openapi.ts';

const missing = noDocuments();
if (missing) console.log(`skipped: what we send to Azure is not held against its documents: ${missing}`);

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

/** What the specification of resources, compute and networks does not describe. */
const ELSEWHERE = /^\/(tenant|console)\/|^\/subscriptions\/[^/]+$|\/(operations|operationresults)\//;

function problemsOf({ log }: Endpoint): string[] {
  const documents = readDocuments();
  return log.flatMap((call) => {
    if (ELSEWHERE.test(call.path)) return [];
    const said = judge(documents, call) ?? ['no document knows this path'];
    return said.map((problem) => `${call.method} ${call.path}: ${problem}`);
  });
}

async function bootOnce(provider: object, more: object = {}) {
  lab = await laboratory();
  writeFileSync(path.join(lab.folder, 'data'), '#cloud-config\n');
  writeFileSync(path.join(lab.folder, 'cse'), 'echo provisioned\n');
  const fleet = await azureProvider(azureScenario(provider, more)).open(lab.context());
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

  test('find nothing wrong with a run that uses everything there is', async () => {
    const identity = `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kubelet`;
    const subnet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n';
    const endpoint = await bootOnce(
      {
        zones: ['1', '2'],
        osDisk: { ephemeral: 'resource', sizeGb: 60 },
        securityType: 'trusted-launch',
        userData: 'data',
        identities: [identity],
        subnet,
      },
      {
        variants: { before: { image: GALLERY }, after: { image: { id: GALLERY, tags: { buildId: '77' } } } },
        bootstrap: { kind: 'files', customData: 'data', command: 'cse' },
      },
    );
    expect(problemsOf(endpoint)).toEqual([]);
  });

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
