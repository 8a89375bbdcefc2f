import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundled } from '../../tools/bundled.js';
import { type Certificate, newCertificate } from '../azure/certificate.ts';
import { startProxy } from '../support/proxy.ts';

const DRIVER = path.resolve('node_modules/.cache/bench/fetch-driver.mjs');
const folder = mkdtempSync(path.join(tmpdir(), 'fetch-'));
const servers: Server[] = [];
let certificate: Certificate;
let plain: string;
let secure: string;

beforeAll(async () => {
  await bundled('test/cli/fetch-driver.ts', DRIVER);
  certificate = newCertificate(folder);
  plain = await serve('http', createServer());
  secure = await serve('https', createSecureServer({ key: certificate.key, cert: certificate.cert }) as Server);
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

async function serve(scheme: string, server: Server): Promise<string> {
  servers.push(server);
  server.on('request', (_, response) => response.end(`bytes over ${scheme}`));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/disk`;
}

function fetched(address: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificate.file, ...environment };
  return new Promise((resolve) =>
    execFile(process.execPath, [DRIVER, address], { env }, (_, stdout, stderr) => resolve((stdout + stderr).trim())),
  );
}

describe('a fetch from the web', () => {
  test.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'HTTP_PROXY'])('over https goes through %s', async (name) => {
    const proxy = await startProxy();
    expect(await fetched(secure, { [name]: proxy.url })).toBe('bytes over https');
    expect(proxy.asked).toEqual([`CONNECT ${new URL(secure).host}`]);
  });

  test('over http sends its request to the proxy, without a tunnel', async () => {
    const proxy = await startProxy();
    expect(await fetched(plain, { http_proxy: proxy.url })).toBe('bytes over http');
    expect(proxy.asked).toEqual([`GET ${plain}`]);
  });

  test('of a host in NO_PROXY goes out directly', async () => {
    const proxy = await startProxy();
    expect(await fetched(secure, { HTTPS_PROXY: proxy.url, no_proxy: 'localhost,127.0.0.1' })).toBe('bytes over https');
    expect(proxy.asked).toEqual([]);
  });

  test('sends the password of the proxy only to the proxy', async () => {
    const proxy = await startProxy({ wants: 'node:s3cret' });
    const url = proxy.url.replace('//', '//node:s3cret@');
    expect(await fetched(secure, { HTTPS_PROXY: url })).toBe('bytes over https');
    expect(await fetched(plain, { HTTP_PROXY: url })).toBe('bytes over http');
  });

  test.each([403, 407])('that the proxy refuses (%i) names the proxy, and says what to do', async (status) => {
    const proxy = await startProxy({ refuses: status });
    const hint = status === 407 ? 'requires a user and a password' : 'add the host to NO_PROXY';
    const said = await fetched(secure, { HTTPS_PROXY: proxy.url });
    expect(said).toContain(`The proxy ${proxy.url} (HTTPS_PROXY) refuses the connection (HTTP ${status})`);
    expect(said).toContain(hint);
  });

  test('through an unreachable proxy reports the proxy', async () => {
    expect(await fetched(secure, { HTTPS_PROXY: 'http://127.0.0.1:1' })).toContain(
      'The proxy http://127.0.0.1:1 (HTTPS_PROXY) does not answer (ECONNREFUSED)',
    );
  });

  test.each(['http://169.254.169.254/latest', 'http://metadata.google.internal/', 'https://[fe80::1]/'])(
    'of %s fails with a proxy as it does without one',
    async (address) => {
      const proxy = await startProxy();
      const said = await fetched(address, { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url });
      expect(said).toContain('link-local or metadata address');
      expect(proxy.asked).toEqual([]);
    },
  );

  test('of a name that only the proxy can resolve goes to the proxy', async () => {
    const proxy = await startProxy({ refuses: 403 });
    await fetched('http://mirror.corp.invalid/disk', { HTTP_PROXY: proxy.url });
    expect(proxy.asked).toEqual(['GET http://mirror.corp.invalid/disk']);
  });
});

describe('the command itself', () => {
  const command = (environment: Readonly<Record<string, string>>): Promise<string> => {
    const account = {
      AZURE_SUBSCRIPTION_ID: 's',
      AZURE_TENANT_ID: 't',
      AZURE_CLIENT_ID: 'c',
      AZURE_CLIENT_SECRET: 's',
    };
    const env = { PATH: process.env.PATH, BENCH_AZURE_CREDENTIALS: 'environment', ...account, ...environment };
    return new Promise((resolve) =>
      execFile(process.execPath, [path.resolve('dist/bench.js'), 'gc'], { env }, (error, _, stderr) =>
        resolve(`${error?.code} ${stderr.trim()}`),
      ),
    );
  };

  test('sends its requests to Azure through the proxy, and reports when the proxy refuses', async () => {
    const proxy = await startProxy({ refuses: 403 });
    expect(await command({ Https_Proxy: proxy.url })).toContain(
      `3 bench: The proxy ${proxy.url} (Https_Proxy) refuses to connect to login.microsoftonline.com:443 (HTTP 403).`,
    );
    expect(proxy.asked).toContain('CONNECT login.microsoftonline.com:443');
  });

  test.each(['socks5://127.0.0.1:1', '::bad::'])(
    'names the setting that is not the address of a proxy: %s',
    async (value) => {
      expect(await command({ https_proxy: value })).toContain(
        '2 bench: https_proxy is set, but not to the address of an HTTP proxy.',
      );
    },
  );
});
