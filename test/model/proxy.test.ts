import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../src/model/proxy.ts';

const hrefOf = (address: string, environment: Readonly<Record<string, string>>) =>
  proxyFor(address, environment)?.url.href;

describe('the proxy of a request', () => {
  test.each([
    ['https://a.test/', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://a.test/', { https_proxy: 'http://p:1' }, 'http://p:1/'],
    ['https://a.test/', { Https_Proxy: 'http://p:1' }, 'http://p:1/'],
    ['https://a.test/', { https_proxy: 'http://small:1', HTTPS_PROXY: 'http://large:1' }, 'http://small:1/'],
    ['https://a.test/', { HTTP_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://a.test/', { ALL_PROXY: 'http://all:1', HTTP_PROXY: 'http://p:1' }, 'http://all:1/'],
    ['wss://a.test/', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['http://a.test/', { HTTP_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['http://a.test/', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['https://a.test/', { HTTPS_PROXY: 'p:3128' }, 'http://p:3128/'],
    ['https://a.test/', { HTTPS_PROXY: 'https://u:s@p' }, 'https://u:s@p/'],
    ['https://a.test/', { HTTPS_PROXY: ' ' }, undefined],
    ['https://a.test/', {}, undefined],
    ['http://169.254.169.254/metadata/identity', { HTTP_PROXY: 'http://p:1' }, undefined],
  ] as const)('of %s with %j is %s', (address, environment, expected) => {
    expect(hrefOf(address, environment)).toBe(expected);
  });

  test.each([
    ['*', true],
    ['api.corp.test', true],
    ['API.CORP.TEST', true],
    ['corp.test', true],
    ['.corp.test', true],
    ['*.corp.test', true],
    ['other.test, corp.test', true],
    ['other.test corp.test', true],
    ['api.corp.test:8443', true],
    ['api.corp.test:443', false],
    ['orp.test', false],
    ['corp.test.evil', false],
    ['', false],
    [',', false],
  ])('is none where NO_PROXY is %j: %s', (noProxy, direct) => {
    const environment = { HTTPS_PROXY: 'http://p:1', no_proxy: noProxy };
    expect(hrefOf('https://api.corp.test:8443/x', environment) === undefined).toBe(direct);
  });

  test.each([
    ['https://10.1.2.3/', '10.0.0.0/8', true],
    ['https://11.1.2.3/', '10.0.0.0/8', false],
    ['https://10.1.2.3/', '10.1.2.3', true],
    ['https://10.1.2.3/', '0.0.0.0/0', true],
    ['https://[::1]:8443/', '::1', true],
    ['https://[::1]:8443/', '[::1]', true],
    ['https://[::1]:8443/', '[::1]:8443', true],
    ['https://[::1]:8443/', '[::1]:443', false],
  ])('of an address, %s, with NO_PROXY %s: direct is %s', (address, noProxy, direct) => {
    expect(hrefOf(address, { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }) === undefined).toBe(direct);
  });

  test.each(['socks5://p:1080', 'http://', 'not a proxy'])(
    'that is set to %j is a mistake, told by its name',
    (value) => {
      expect(() => proxyFor('https://a.test/', { https_proxy: value })).toThrow(
        /^https_proxy is set, but not to the address of an HTTP proxy/,
      );
    },
  );

  test('appears without its password in messages', () => {
    expect(proxyFor('https://a.test/', { HTTPS_PROXY: 'http://u:secret@p:1' })?.shown).toBe('http://p:1 (HTTPS_PROXY)');
  });
});
