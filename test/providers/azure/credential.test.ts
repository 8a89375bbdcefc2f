import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { cloudOf } from '../../../src/providers/azure/account/cloud.ts';
import { lasting } from '../../../src/providers/azure/account/credential.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import type { AzureOptions } from '../../../src/providers/azure/scenario.ts';
import { startAuthority } from '../../azure/authority.ts';
import { newCertificate } from '../../azure/certificate.ts';
import { azureScenario, blockRequests, laboratory } from '../../azure/laboratory.ts';

const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A laboratory whose tokens come from a GitHub job. */
async function githubLab(environment: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'authority-'));
  const authority = await startAuthority({ certificate: newCertificate(folder), token: 'a.b.c' });
  closing.push(authority.close, () => rmSync(folder, { recursive: true }));
  // One file with both authorities: the directory's and the resource manager's.
  const lab = await laboratory({
    environment: { ...authority.environment, ...environment },
    alsoTrusts: path.join(folder, 'cert.pem'),
  });
  closing.push(lab.close);
  const open = () => azure.open(azureScenario({ credentials: 'github' }), lab.context());
  return { lab, authority, open };
}

describe('in a GitHub job', () => {
  test('every token request fetches a fresh assertion, so that a run may take hours', async () => {
    const { lab, authority, open } = await githubLab();
    const fleet = await open();
    await Promise.all(blockRequests(1).map((request) => fleet.boot(request, new AbortController().signal)));
    await fleet.close();
    expect(lab.endpoint.left()).toEqual([]);
    const { asked, traded, refused } = authority.seen;
    // The number depends on how long the run takes; a token lasts a second.
    expect(traded).toBeGreaterThan(1);
    expect(asked.length).toBeGreaterThanOrEqual(traded);
    expect(refused).toBe(0);
    expect(new Set(asked)).toEqual(new Set(['api://AzureADTokenExchange']));
  });

  test('that gives no assertion, the line says what the workflow needs', async () => {
    const { open } = await githubLab({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of a fork' });
    await expect(open()).rejects.toMatchObject({
      kind: 'world',
      message: 'GitHub returned no identity token (HTTP 403).',
      hint: expect.stringContaining('id-token: write'),
    });
  });

  test('that may not request one, the line reports it too', async () => {
    const { open } = await githubLab({ ACTIONS_ID_TOKEN_REQUEST_URL: '' });
    await expect(open()).rejects.toMatchObject({
      message: 'This job has no permission to request an identity token from GitHub.',
      hint: expect.stringContaining('id-token: write'),
    });
  });
});

describe('the user who signed in with az', () => {
  /** An `az` that gives a token and writes down its arguments. */
  async function asked(provider: object, environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const lab = await laboratory({ environment: { AZURE_TENANT_ID: '', ...environment } });
    closing.push(lab.close);
    const log = path.join(lab.folder, 'asked');
    const answer = JSON.stringify({
      accessToken: 'a.b.c',
      expiresOn: '2099-01-01 00:00:00.000000',
      expires_on: 4_070_908_800,
    });
    writeFileSync(path.join(lab.folder, 'az'), `#!/bin/sh\necho "$@" >>'${log}'\necho '${answer}'\n`, { mode: 0o755 });
    const { PATH } = process.env;
    process.env.PATH = `${lab.folder}:${PATH}`;
    closing.push(() => {
      process.env.PATH = PATH;
    });
    const fleet = await azure.open(azureScenario({ credentials: 'cli', ...provider }), lab.context());
    await fleet.close();
    return readFileSync(log, 'utf8');
  }

  test('gets a token of the directory that the scenario names', async () => {
    expect(await asked({ tenant: 'contoso' }, { AZURE_TENANT_ID: 'fabrikam' })).toMatch(/--tenant contoso\b/);
  });

  test('or of the one in the environment', async () => {
    expect(await asked({}, { AZURE_TENANT_ID: 'fabrikam' })).toMatch(/--tenant fabrikam\b/);
  });

  test('or else of the default directory of az', async () => {
    expect(await asked({})).not.toContain('--tenant');
  });
});

describe('a cloud', () => {
  const hub = {
    resourceManager: 'https://management.local.azurestack.external/',
    authority: 'https://adfs.local.azurestack.external/adfs',
    audience: 'https://management.azurestack.example/4de154de',
  };
  test.each<[AzureOptions['cloud'], string, string, string, boolean]>([
    [
      'public',
      'https://management.azure.com',
      'https://login.microsoftonline.com',
      'https://management.azure.com/.default',
      false,
    ],
    [
      'us-government',
      'https://management.usgovcloudapi.net',
      'https://login.microsoftonline.us',
      'https://management.usgovcloudapi.net/.default',
      false,
    ],
    [
      'china',
      'https://management.chinacloudapi.cn',
      'https://login.chinacloudapi.cn',
      'https://management.chinacloudapi.cn/.default',
      false,
    ],
    [
      hub,
      'https://management.local.azurestack.external',
      'https://adfs.local.azurestack.external/adfs',
      'https://management.azurestack.example/4de154de/.default',
      true,
    ],
  ])(
    '%j is asked at its own addresses, with tokens of its own directory',
    async (chosen, arm, authority, scope, custom) => {
      expect(await cloudOf(chosen, {}, '.')).toMatchObject({ resourceManager: arm, authority, scope, custom });
    },
  );

  test('may come from the environment, which takes precedence over the scenario', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cloud-'));
    closing.push(() => rmSync(folder, { recursive: true }));
    const { file, cert } = newCertificate(folder);
    const environment = {
      BENCH_AZURE_RESOURCE_MANAGER: 'https://arm.example/',
      AZURE_AUTHORITY_HOST: 'https://login.example/',
      BENCH_AZURE_AUDIENCE: 'https://audience.example',
      BENCH_AZURE_CA: file,
    };
    expect(await cloudOf(hub, environment, '.')).toMatchObject({
      resourceManager: 'https://arm.example',
      authority: 'https://login.example',
      scope: 'https://audience.example/.default',
      ca: cert,
      custom: true,
    });
  });

  test('gives no token over an unencrypted connection, nor without its certificate authority', async () => {
    const plain = { BENCH_AZURE_RESOURCE_MANAGER: 'http://arm.example' };
    await expect(cloudOf('public', plain, '.')).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/only over https/),
    });
    const lost = { ...hub, ca: 'none.pem' };
    await expect(cloudOf(lost, {}, '.')).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/none\.pem/),
    });
  });
});

describe('a token', () => {
  test('stands in for a renewal that fails; without one, bench reports the failure', async () => {
    const scope = 'https://management.azure.com/.default';
    const answers = [{ token: 'first', expiresOnTimestamp: 1 }];
    const credential = lasting({
      getToken: async () => answers.pop() ?? Promise.reject(new Error('the directory does not answer')),
    });
    expect(await credential.getToken(scope)).toMatchObject({ token: 'first' });
    expect(await credential.getToken([scope])).toMatchObject({ token: 'first' });
    await expect(credential.getToken('another')).rejects.toThrow('does not answer');
  });
});
