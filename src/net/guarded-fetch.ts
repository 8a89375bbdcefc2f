/**
 * Fetches an address from an untrusted source: a scenario, which may come from a stranger, or an option. Allows only http and
 * https. Refuses a cloud's metadata service and link-local addresses, by name or by number, and redirects to a host that the
 * caller did not name.
 */
import { BenchError, messageOf, usageError, worldError } from '../model/errors.ts';
import { isProxied } from '../model/proxy.ts';
import { REDACTED, withoutSecrets } from '../model/secrets.ts';
import {
  isPrivateHost,
  type PlainRequest,
  PrivateHost,
  type Resolve,
  request as send,
  throughProxy as sendThroughProxy,
} from './request.ts';

export interface GuardedRequest {
  /** The purpose of the request, for messages: `image before`. */
  readonly for: string;
  /** Hosts besides the first to which a redirect may lead. */
  readonly hosts?: readonly string[];
  readonly init?: {
    readonly method?: string;
    readonly headers?: RequestInit['headers'];
    readonly body?: string | Uint8Array;
  };
  /** Shows whether there is a proxy, which may resolve hosts that this computer cannot. Default: the process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly resolve?: Resolve;
}

const MOST_REDIRECTS = 5;

/** Resolves with the response of the last host; throws usage errors for addresses, world errors for networks. */
export async function guardedFetch(address: string, request: GuardedRequest): Promise<Response> {
  let url = parsed(address, request.for);
  const hosts = new Set([url.hostname, ...(request.hosts ?? [])]);
  let asked: PlainRequest = { ...request.init, headers: new Headers(request.init?.headers) };
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await once(url, asked, request);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null)
      return response;
    await response.body?.cancel();
    const next = redirected(url, location, request.for);
    if (!hosts.has(next.hostname))
      throw worldError(
        `${request.for}: ${url.hostname} redirects to another host, ${next.hostname}; bench does not follow it.`,
        'If you trust that host, add redirects: [<host>] to the scenario, or give its address directly.',
      );
    asked = askedAgain(asked, response.status, next.origin === url.origin);
    url = next;
  }
  throw worldError(
    `${request.for}: ${url.hostname} redirects more than ${MOST_REDIRECTS} times.`,
    'Give the final address instead.',
  );
}

/** `guardedFetch` for packages that accept a function in place of `fetch`. Removes secrets from the body, which is text for readers. */
export const fetchAs =
  (what: string) =>
  async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { url, method, headers, signal } = request;
    const body = request.body === null ? undefined : withoutSecrets(await request.text());
    return guardedFetch(url, { for: what, init: { method, headers, ...(body !== undefined && { body }) }, signal });
  };

function redirected(from: URL, location: string, what: string): URL {
  if (!URL.canParse(location, from.href))
    throw worldError(`${what}: ${from.hostname} redirects to an invalid address.`, 'Give another address.');
  const next = parsed(new URL(location, from).href, what);
  if (from.protocol !== 'https:' || next.protocol === 'https:') return next;
  throw worldError(
    `${what}: ${from.hostname} redirects from https to http; bench does not follow it.`,
    'Give the final address instead.',
  );
}

/** The request after a redirect, as in browsers: does not send a form again, and sends credentials only to their own server. */
function askedAgain({ method, headers, body }: PlainRequest, status: number, sameOrigin: boolean): PlainRequest {
  const kept = new Headers(headers);
  if (!sameOrigin) for (const name of ['authorization', 'cookie']) kept.delete(name);
  const isForm = method === 'POST' && (status === 301 || status === 302);
  if (!isForm && !(status === 303 && method !== 'HEAD')) return { method, headers: kept, body };
  for (const name of ['content-type', 'content-length']) kept.delete(name);
  return { method: 'GET', headers: kept };
}

async function once(
  url: URL,
  asked: PlainRequest,
  { signal, for: what, resolve, environment }: GuardedRequest,
): Promise<Response> {
  const { username, password } = url;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const headers = new Headers(asked.headers);
  if (username !== '' || password !== '')
    headers.set(
      'authorization',
      `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
    );
  try {
    const plain = { ...asked, headers };
    if (isProxied(url, environment)) return await sendThroughProxy(bare, plain, signal, resolve);
    return await send(bare, plain, signal, resolve);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof PrivateHost) throw refusal(url, what);
    throw worldError(
      `${what}: could not reach ${shownAddress(url)}: ${beneath(cause)}.`,
      hintBeneath(cause) ?? 'Check the url and the network.',
      cause,
    );
  }
}

/** A proxy's refusal has its own hint. */
const hintBeneath = (cause: unknown): string | undefined =>
  cause instanceof Error && cause.cause instanceof BenchError ? cause.cause.hint : undefined;

/** undici's message is only "fetch failed" or "terminated"; its cause has the reason. */
const beneath = (cause: unknown): string =>
  messageOf(cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause);

const refusal = (url: URL, what: string) =>
  usageError(
    `${what}: ${url.hostname} is a link-local or metadata address of this computer; bench does not fetch those.`,
    'Fetching it could leak the credentials of this computer. Give another host.',
  );

/** Throws a usage error for an address that `guardedFetch` would refuse, as far as the address alone shows it. */
export function checkAddress(address: string, what: string): void {
  const url = parsed(address, what);
  if (isPrivateHost(url)) throw refusal(url, what);
}

function parsed(address: string, what: string): URL {
  if (address.includes(REDACTED))
    throw usageError(
      `${what}: run.json keeps addresses without their secrets, so bench cannot fetch this one again.`,
      'Set its variable and start a new run: bench run --scenario <scenario>. Once the image is in the cache under its sha256, this run can be resumed too.',
    );
  if (!URL.canParse(address)) throw usageError(`${what}: not a valid address: ${address.slice(0, 200)}`);
  const url = new URL(address);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw usageError(
    `${what}: ${url.protocol} is not supported, only http: and https:`,
    'Give an address that begins with https://',
  );
}

/** The address without user, password, query and fragment. */
export function shownAddress(url: URL | string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
