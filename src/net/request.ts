/**
 * One request over http or https like `fetch`, with one check that `fetch` does not offer: between resolving the name and
 * connecting, it checks the address. So a name that later resolves to another address gains nothing.
 */
import { type LookupAddress, lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { isMetadataName, isPrivateAddress } from './private-address.ts';

export interface PlainRequest {
  readonly method?: string | undefined;
  readonly headers?: Headers | undefined;
  readonly body?: string | Uint8Array | undefined;
}

/** bench refuses to contact this host. */
export class PrivateHost extends Error {}

/** A server that is silent for this long has gone; `fetch` waits as long. */
const SILENT_MS = 300_000;

/** Resolves names; tests replace it. */
export type Resolve = (host: string, done: (error: Error | null, found: readonly LookupAddress[]) => void) => void;

const resolveName: Resolve = (host, done) => lookup(host, { all: true }, done);

/** Whether bench refuses the address as written, before it resolves any name. */
export function isPrivateHost({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isMetadataName(host) || isPrivateAddress(host);
}

/** Rejects with `PrivateHost`, or with the network's error. The caller handles redirects. */
export function request(
  url: URL,
  { method = 'GET', headers = new Headers(), body }: PlainRequest,
  signal: AbortSignal,
  resolve: Resolve = resolveName,
): Promise<Response> {
  if (isPrivateHost(url)) return Promise.reject(new PrivateHost(url.hostname));
  if (body !== undefined) headers.set('content-length', String(Buffer.byteLength(body)));
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'identity');
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((answered, failed) => {
    const sent = send(url, {
      method,
      headers: Object.fromEntries(headers),
      lookup: guardedLookup(resolve),
      timeout: SILENT_MS,
      signal,
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${SILENT_MS / 1000} s`)));
    sent.on('error', failed);
    sent.on('response', (response) => {
      try {
        answered(responseOf(response));
      } catch (cause) {
        sent.destroy();
        failed(cause);
      }
    });
    sent.end(body);
  });
}

/**
 * A request through the environment's proxy, which the global `fetch` uses. The proxy makes the connection, so we can check a name
 * only beforehand. The proxy decides about a name that this computer cannot resolve.
 */
export async function throughProxy(
  url: URL,
  { method = 'GET', headers, body }: PlainRequest,
  signal: AbortSignal,
  resolve: Resolve = resolveName,
): Promise<Response> {
  if (isPrivateHost(url)) throw new PrivateHost(url.hostname);
  const found = await new Promise<readonly LookupAddress[]>((done) =>
    resolve(url.hostname.replace(/^\[|\]$/g, ''), (error, all) => done(error === null ? all : [])),
  );
  if (found.some(({ address }) => isPrivateAddress(address))) throw new PrivateHost(url.hostname);
  const init = { method, redirect: 'manual' as const, signal, ...(headers && { headers }), ...(body && { body }) };
  return fetch(url, init);
}

/** Refuses a name if any of its addresses is private, because the order of connection attempts is undefined. */
const guardedLookup =
  (resolve: Resolve): LookupFunction =>
  (host, { all }, done) =>
    resolve(host, (error, found) => {
      const [first] = found ?? [];
      if (error !== null || first === undefined) done(error ?? new Error(`no address for ${host}`), '', 0);
      else if (found.some(({ address }) => isPrivateAddress(address))) done(new PrivateHost(host), '', 0);
      else if (all === true) done(null, [...found]);
      else done(null, first.address, first.family);
    });

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Statuses of responses without a body. */
const BODILESS = [204, 205, 304];

function responseOf(message: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = message;
  if (status < 200 || status > 599) throw new Error(`the server answered with status ${status}`);
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  if (BODILESS.includes(status)) {
    message.resume();
    return new Response(null, { status, statusText, headers });
  }
  const decoder = DECODERS[headers.get('content-encoding')?.toLowerCase() ?? '']?.();
  const body = decoder === undefined ? message : pipeline(message, decoder, () => {});
  // Node's web streams and those of its `fetch` have different types.
  const stream = Readable.toWeb(body as Readable) as unknown as ConstructorParameters<typeof Response>[0];
  return new Response(stream, { status, statusText, headers });
}
