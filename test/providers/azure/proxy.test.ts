import { describe, expect, test } from 'vitest';
import { azure } from '../../../src/providers/azure/kind.ts';
import { bootBlock, closeEmpty, failureOf, openLab } from '../../azure/fleets.ts';
import { azureScenario } from '../../azure/laboratory.ts';
import { startProxy } from '../../support/proxy.ts';

describe('a run behind a proxy', () => {
  test.each(['HTTPS_PROXY', 'https_proxy'])(
    "sends all its requests to Azure through %s, and still verifies the cloud's certificate",
    async (name) => {
      const proxy = await startProxy();
      const lab = await openLab({ environment: { [name]: proxy.url } });
      const fleet = await azure.open(azureScenario(), lab.context());
      expect((await bootBlock(fleet)).map(failureOf)).toEqual([undefined, undefined]);
      await closeEmpty(lab, fleet);
      expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${new URL(lab.endpoint.url).host}`]));
      // Every connection came out of the proxy: tokens, the resource manager, consoles, prices.
      expect(lab.endpoint.connections()).toBe(proxy.asked.length);
    },
  );

  test('bypasses it where NO_PROXY requires it', async () => {
    const proxy = await startProxy();
    const lab = await openLab({ environment: { HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost,127.0.0.0/8' } });
    const fleet = await azure.open(azureScenario(), lab.context());
    await closeEmpty(lab, fleet);
    expect(proxy.asked).toEqual([]);
  });

  test.each([
    [403, /add the host to NO_PROXY/],
    [407, /requires a user and a password/],
  ])(
    'that refuses with %i appears as a proxy error: neither an answer of Azure nor a missing role',
    async (refuses, hint) => {
      const proxy = await startProxy({ refuses });
      const lab = await openLab({ environment: { HTTPS_PROXY: proxy.url } });
      await expect(azure.open(azureScenario(), lab.context())).rejects.toMatchObject({
        kind: 'world',
        message: `The proxy ${proxy.url} (HTTPS_PROXY) refuses to connect to ${new URL(lab.endpoint.url).host} (HTTP ${refuses}).`,
        hint: expect.stringMatching(hint),
      });
      expect(lab.endpoint.log).toEqual([]);
    },
  );

  test.each(['socks5://127.0.0.1:1', '::bad::'])(
    'that is %s is a mistake, told by the name of its variable',
    async (value) => {
      const lab = await openLab({ environment: { https_proxy: value } });
      await expect(azure.open(azureScenario(), lab.context())).rejects.toMatchObject({
        kind: 'usage',
        message: 'https_proxy is set, but not to the address of an HTTP proxy.',
      });
    },
  );

  test('that does not answer appears in the message with its address', async () => {
    const lab = await openLab({ environment: { HTTPS_PROXY: 'http://127.0.0.1:1' } });
    await expect(azure.open(azureScenario(), lab.context())).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringContaining('The proxy http://127.0.0.1:1 (HTTPS_PROXY) does not answer (ECONNREFUSED)'),
    });
  });
});
