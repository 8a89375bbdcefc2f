import { describe, expect, test } from 'vitest';
import { BenchError } from '../../../src/model/errors.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import { catalogue, GALLERY, size, usage } from '../../azure/catalogue.ts';
import { openLab } from '../../azure/fleets.ts';
import { azureScenario, type LaboratoryOptions } from '../../azure/laboratory.ts';

describe('before it makes anything, bench', () => {
  async function refused(options: LaboratoryOptions, provider: object = {}, more: object = {}): Promise<BenchError> {
    const lab = await openLab(options);
    const error = await azure.open(azureScenario(provider, more), lab.context()).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(lab.endpoint.log.filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
    expect(error).toBeInstanceOf(BenchError);
    const { message } = error as BenchError;
    expect(message).not.toContain('\n');
    return error as BenchError;
  }

  test('reports missing credentials in one line', async () => {
    const error = await refused({ environment: { AZURE_CLIENT_SECRET: '' } });
    expect(error).toMatchObject({ kind: 'usage', message: 'The environment variable AZURE_CLIENT_SECRET is not set.' });
  });

  test('reports a rejected token in one line', async () => {
    const lab = await openLab();
    lab.endpoint.faults.add({
      method: 'GET',
      path: /^\/subscriptions\/[^/]+$/,
      kind: 'answer',
      status: 401,
      code: 'ExpiredAuthenticationToken',
    });
    await expect(azure.open(azureScenario(), lab.context())).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringContaining('ExpiredAuthenticationToken'),
      hint: expect.stringContaining('az login'),
    });
  });

  test('reports in one line an authority that rejects the secret', async () => {
    const lab = await openLab();
    lab.endpoint.faults.add({
      method: 'POST',
      path: /oauth2/,
      kind: 'answer',
      status: 401,
      code: 'invalid_client',
      times: 9,
    });
    await expect(azure.open(azureScenario(), lab.context())).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringMatching(/^No token for Azure: [^\n]+$/),
    });
  });

  test('reports the wrong subscription in one line', async () => {
    const error = await refused({ environment: { AZURE_SUBSCRIPTION_ID: '99999999-0000-4000-8000-000000000000' } });
    expect(error).toMatchObject({ kind: 'world', message: expect.stringContaining('cannot be used') });
  });

  test('reports a disabled subscription in one line', async () => {
    expect(await refused({ catalogue: { state: 'Disabled' } })).toMatchObject({
      message: expect.stringContaining('is Disabled'),
    });
  });

  test('names an image without a replica in the location, and its locations', async () => {
    const error = await refused({}, {}, { variants: variantsOf(`${GALLERY}/versions/1.3.0`) });
    expect(error.message).toMatch(/1\.3\.0 is not replicated to westus3, only to East US/);
  });

  test('names an image that does not exist', async () => {
    const error = await refused({}, {}, { variants: variantsOf(`${GALLERY}/versions/9.9.9`) });
    expect(error).toMatchObject({ kind: 'usage', message: expect.stringContaining('9.9.9') });
  });

  test('names tags that no version has', async () => {
    const variants = variantsOf(GALLERY, { id: GALLERY, tags: { branch: 'none' } });
    expect((await refused({}, {}, { variants })).message).toContain('no usable version with branch=none');
  });

  test('reports a quota of zero with the number that the run needs', async () => {
    const usages = [usage('cores', 0, 100), usage('standardDSv5Family', 0, 0)];
    const error = await refused({ catalogue: { usages } });
    expect(error.message).toContain('16 vCPUs of standardDSv5Family are needed, 0 of 0 are free');
    expect(error.kind).toBe('world');
  });

  test.each([
    ['a size that is not there', [], 'this size does not exist in westus3'],
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
  ])('refuses %s with its reason', async (_, skus, reason) => {
    const provider = { osDisk: { ephemeral: 'resource', sizeGb: 60 } };
    expect((await refused({ catalogue: { skus } }, provider)).message).toContain(reason);
  });

  test('leaves out a size that does not fit when another one does', async () => {
    const lab = await openLab({ catalogue: { skus: catalogue().skus.slice(1) } });
    const fleet = await azure.open(azureScenario({ sizes: ['Standard_D4s_v5', 'Standard_D4as_v5'] }), lab.context());
    expect(lab.said).toContain('not used: Standard_D4s_v5: this size does not exist in westus3');
    await fleet.close();
  });
});

const variantsOf = (before: unknown, after: unknown = GALLERY) => ({
  before: { image: before },
  after: { image: after },
});
