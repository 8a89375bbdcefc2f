import { afterEach, describe, expect, test } from 'vitest';
import { BenchError } from '../../../src/model/errors.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import { ADDRESSES, GALLERY, size, usage } from '../../azure/catalogue.ts';
import { azureScenario, type Laboratory, laboratory } from '../../azure/laboratory.ts';

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

interface Place {
  /** Of the size. */
  readonly capabilities?: Readonly<Record<string, string>>;
  readonly sku?: object;
  /** Of the gallery's image. */
  readonly image?: object;
  readonly provider?: object;
}

/** Why bench refuses to boot there; undefined when it would boot. In both cases no resource remains. */
async function refusal({ capabilities = {}, sku = {}, image = {}, provider = {} }: Place): Promise<string | undefined> {
  const made = await laboratory({ catalogue: { skus: [size('Standard_D4s_v5', capabilities, sku)] } });
  lab = made;
  const definition = made.catalogue.documents[GALLERY] as { properties: object };
  Object.assign(definition.properties, image);
  const outcome = await azure.open(azureScenario(provider), made.context()).then(
    async (fleet) => {
      await fleet.close();
      return undefined;
    },
    (cause: unknown) => cause,
  );
  expect(made.endpoint.left()).toEqual([]);
  if (outcome === undefined) return undefined;
  expect(outcome).toBeInstanceOf(BenchError);
  expect(made.endpoint.log.filter(({ method }) => method === 'PUT')).toEqual([]);
  return (outcome as BenchError).message;
}

const features = (name: string, value: string) => ({ features: [{ name, value }] });
const CONFIDENTIAL = { ConfidentialComputingType: 'SNP' };
const NVME_ONLY = { DiskControllerTypes: 'NVMe' };

describe('before it makes anything, bench refuses', () => {
  test.each<[string, Place, string | undefined]>([
    ['nothing that fits', {}, undefined],
    [
      'a zone that the size is not in',
      { sku: { locationInfo: [{ location: 'westus3', zones: ['1'] }] }, provider: { zones: ['2', '3'] } },
      'not in zone 2 or 3 of westus3',
    ],
    [
      'a zone that is barred for this subscription',
      { sku: { restrictions: [{ type: 'Zone', restrictionInfo: { zones: ['2'] } }] }, provider: { zones: ['2'] } },
      'not in zone 2 of westus3',
    ],
    [
      'trusted launch of an image of the first generation',
      { image: { hyperVGeneration: 'V1' }, provider: { securityType: 'trusted-launch' } },
      'trusted launch needs generation V2',
    ],
    [
      'trusted launch on a size that does not do it',
      { capabilities: { TrustedLaunchDisabled: 'True' }, provider: { securityType: 'trusted-launch' } },
      'does not support trusted launch',
    ],
    [
      'an image that has to be launched trusted, without that',
      { image: features('SecurityType', 'TrustedLaunch') },
      'needs securityType: trusted-launch',
    ],
    [
      'a confidential machine of an image that is not marked for it',
      { capabilities: CONFIDENTIAL, provider: { securityType: 'confidential' } },
      'is not marked for confidential machines (SecurityType)',
    ],
    [
      'a confidential machine on a size that does not do it',
      {
        image: features('SecurityType', 'TrustedLaunchAndConfidentialVmSupported'),
        provider: { securityType: 'confidential' },
      },
      'does not support confidential machines',
    ],
    [
      'no confidential machine where both fit',
      {
        capabilities: CONFIDENTIAL,
        image: features('SecurityType', 'ConfidentialVMSupported'),
        provider: { securityType: 'confidential' },
      },
      undefined,
    ],
    [
      'an image of confidential machines, for another',
      { image: features('SecurityType', 'ConfidentialVM'), provider: { securityType: 'trusted-launch' } },
      'needs securityType: confidential',
    ],
    [
      'an ephemeral disk of a specialised image',
      { image: { osState: 'Specialized' }, provider: { osDisk: { ephemeral: 'resource' } } },
      'an ephemeral disk cannot be made from the specialised image',
    ],
    [
      'a size of NVMe disks alone for an image of the gallery that knows SCSI',
      { capabilities: NVME_ONLY },
      'its disks are NVMe, but',
    ],
    [
      'no size of NVMe disks for an image that is marked for them',
      { capabilities: NVME_ONLY, image: features('DiskControllerTypes', 'SCSI, NVMe') },
      undefined,
    ],
    [
      'accelerated networking on a size that does not do it',
      { capabilities: { AcceleratedNetworkingEnabled: 'False' } },
      'does not support accelerated networking',
    ],
    [
      'a kind of ephemeral disk that the size does not have',
      { provider: { osDisk: { ephemeral: 'nvme' } } },
      'has no nvme disk',
    ],
    [
      'an ephemeral disk in a place where the size puts none',
      {
        capabilities: { NvmeDiskSizeInMiB: '915527', SupportedEphemeralOSDiskPlacements: 'ResourceDisk,CacheDisk' },
        provider: { osDisk: { ephemeral: 'nvme' } },
      },
      'puts ephemeral disks on ResourceDisk or CacheDisk, not on NvmeDisk',
    ],
    [
      'a premium disk on a size that has none',
      { capabilities: { PremiumIO: 'False' } },
      'does not support premium disks',
    ],
    [
      'a spot machine of a size that is not sold so',
      { capabilities: { LowPriorityCapable: 'False' }, provider: { priority: 'spot' } },
      'is not offered as a spot machine',
    ],
  ])('%s', async (_, place, reason) => {
    const said = await refusal(place);
    if (reason === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(reason);
  });

  test('a run that needs more public addresses than remain, unless it needs none', async () => {
    lab = await laboratory();
    Object.assign(lab.catalogue.documents, { [ADDRESSES]: { value: [usage('StandardSkuPublicIpAddresses', 18, 20)] } });
    await expect(azure.open(azureScenario(), lab.context())).rejects.toMatchObject({
      kind: 'world',
      message: 'The quota is too small for 4 machines at a time: 2 of 20 public addresses are free.',
    });
    expect(lab.endpoint.left()).toEqual([]);
    const subnet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n';
    const fleet = await azure.open(azureScenario({ reach: { kind: 'private' }, subnet }), lab.context());
    await fleet.close();
  });
});
