/** Tests the guard with a real server on the loopback, under any name. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchAs, guardedFetch } from '../../src/net/guarded-fetch.ts';
import type { Resolve } from '../../src/net/request.ts';

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: string }[];
beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    asked.push({ line: `${request.method} ${request.headers.host} ${request.url}`, headers: request.headers, body });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const port = () => (server.address() as AddressInfo).port;
const signal = new AbortController().signal;
const to =
  (...addresses: string[]): Resolve =>
  (_, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
const get = (address: string, more: Partial<Parameters<typeof guardedFetch>[1]> = {}) =>
  guardedFetch(address, { for: 'image x', signal, ...more });
const redirect =
  (location: string, status = 302): typeof answer =>
  (request, response) =>
    request.url === '/from' ? response.writeHead(status, { location }).end() : response.end('there');

describe('an untrusted address', () => {
  test.each([
    'http://169.254.169.254/latest',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://168.63.129.16/',
    'http://metadata.google.internal/',
  ])('gets no request if it belongs to this computer: %s', async (address) => {
    await expect(get(address, { resolve: to('127.0.0.1') })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/link-local or metadata address/),
    });
  });

  test('is refused after resolving its name if one address is private', async () => {
    for (const addresses of [['169.254.169.254'], ['127.0.0.1', 'fe80::1'], ['::ffff:a9fe:a9fe']])
      await expect(get(`http://rebinding.example:${port()}/`, { resolve: to(...addresses) })).rejects.toMatchObject({
        kind: 'usage',
      });
    expect(asked).toEqual([]);
  });

  test('resolves once: a name that later resolves to another address gains nothing', async () => {
    answer = (_, response) => response.end('here');
    let times = 0;
    const rebinding: Resolve = (host, done) => to(times++ === 0 ? '127.0.0.1' : '169.254.169.254')(host, done);
    expect(await (await get(`http://rebinding.example:${port()}/`, { resolve: rebinding })).text()).toBe('here');
    expect(times).toBe(1);
  });

  test('without its secrets gets no request, and the error says what to set', () =>
    expect(get(`http://127.0.0.1:${port()}/disk.raw?sv=2024&sig=***`)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('image x: run.json keeps addresses without their secrets'),
      hint: expect.stringContaining('bench run --scenario'),
    }));

  test.each(['ftp://x/', 'file:///etc/passwd', 'gopher://x/', 'data:text/plain,x'])('is refused as %s', (address) =>
    expect(get(address)).rejects.toMatchObject({ kind: 'usage', message: expect.stringContaining('http') }),
  );
});

describe('a redirect', () => {
  test('to another host works only if the caller named the host', async () => {
    answer = redirect(`http://other.example:${port()}/to`);
    const resolve = to('127.0.0.1');
    await expect(get(`http://one.example:${port()}/from`, { resolve })).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringContaining('another host, other.example'),
    });
    const hosts = ['other.example'];
    expect(await (await get(`http://one.example:${port()}/from`, { resolve, hosts })).text()).toBe('there');
  });

  test.each(['http://169.254.169.254/', 'http://[::ffff:a9fe:a9fe]/', 'http://0xa9fea9fe/'])(
    'to %s is refused even if the caller named the host',
    async (location) => {
      answer = redirect(location);
      const hosts = [new URL(location).hostname];
      await expect(get(`http://127.0.0.1:${port()}/from`, { hosts })).rejects.toMatchObject({ kind: 'usage' });
    },
  );

  test('to an invalid address, or without end, fails', async () => {
    answer = redirect('http://[');
    await expect(get(`http://127.0.0.1:${port()}/from`)).rejects.toMatchObject({ kind: 'world' });
    answer = redirect('/from');
    await expect(get(`http://127.0.0.1:${port()}/from`)).rejects.toThrow('more than 5 times');
    answer = redirect('file:///etc/passwd');
    await expect(get(`http://127.0.0.1:${port()}/from`)).rejects.toMatchObject({ kind: 'usage' });
  });

  test('sends credentials only to their own server', async () => {
    answer = redirect(`http://other.example:${port()}/to`);
    const init = { headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-own': '1' } };
    await get(`http://one.example:${port()}/from`, { resolve: to('127.0.0.1'), hosts: ['other.example'], init });
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer x', 'x-own': '1' });
    expect(asked[1]?.headers).not.toHaveProperty('authorization');
    expect(asked[1]?.headers).not.toHaveProperty('cookie');
  });

  test.each([
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'body'],
    [308, 'POST', 'body'],
  ] as const)('with %i after a POST uses %s', async (status, method, body) => {
    answer = redirect('/to', status);
    await get(`http://127.0.0.1:${port()}/from`, { init: { method: 'POST', body: 'body' } });
    expect(asked[1]).toMatchObject({ line: expect.stringMatching(`^${method} `), body });
  });
});

describe('an answer', () => {
  test('comes with its status, its headers and its bytes, unpacked', async () => {
    answer = (_, response) => response.writeHead(201, { 'content-encoding': 'gzip', 'x-a': 'b' }).end(gzipSync('text'));
    const response = await get(`http://127.0.0.1:${port()}/`);
    expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([201, 'b', 'text']);
  });

  test('with an invalid status, a truncated body, or from an unreachable server gives an error', async () => {
    answer = (_, response) => response.writeHead(999).end();
    await expect(get(`http://127.0.0.1:${port()}/`)).rejects.toThrow('status 999');
    answer = (_, response) => response.writeHead(200, { 'content-length': 100 }).write('a', () => response.destroy());
    await expect(get(`http://127.0.0.1:${port()}/`).then((response) => response.text())).rejects.toThrow();
    await expect(get('http://127.0.0.1:1/')).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('is the same for packages that accept a function in place of fetch', async () => {
    answer = (_, response) => response.writeHead(204).end();
    const request = new Request(`http://127.0.0.1:${port()}/hook`, { method: 'POST', body: 'alert' });
    expect((await fetchAs('--webhook')(request)).status).toBe(204);
    expect(asked[0]).toMatchObject({ line: expect.stringMatching(/^POST .* \/hook$/), body: 'alert' });
    await expect(fetchAs('--webhook')('http://169.254.169.254/')).rejects.toMatchObject({ kind: 'usage' });
  });

  test('that never comes ends with the run', async () => {
    answer = () => {};
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await expect(get(`http://127.0.0.1:${port()}/`, { signal: abort.signal })).rejects.toThrow('enough');
  });
});
