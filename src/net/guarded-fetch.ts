/**
 * Fetches an address that a scenario names. A scenario may come from a stranger: http and https only, no metadata service of a cloud
 * and no link-local address, by name or by number, and no redirect to another host unless the scenario names it.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { BenchError, messageOf, usageError, worldError } from '../model/errors.ts';
import { proxyFor } from '../model/proxy.ts';

export interface GuardedRequest {
  /** What asks, for messages: `image before`. */
  readonly for: string;
  /** Hosts beside the first that may be redirected to. */
  readonly hosts?: readonly string[];
  readonly init?: Omit<RequestInit, 'redirect' | 'signal'>;
  /** Says whether there is a proxy, which finds hosts that this computer does not. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const MOST_REDIRECTS = 5;

/** Resolves with the response of the last host; throws usage errors for addresses, world errors for networks. */
export async function guardedFetch(address: string, request: GuardedRequest): Promise<Response> {
  let url = parsed(address, request.for);
  const hosts = new Set([url.hostname, ...(request.hosts ?? [])]);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    await refusePrivate(url, request);
    const response = await once(url, request);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null)
      return response;
    await response.body?.cancel();
    const next = parsed(new URL(location, url).href, request.for);
    if (!hosts.has(next.hostname))
      throw worldError(
        `${request.for}: ${url.hostname} redirects to another host, ${next.hostname}, which is not followed.`,
        'If that is meant, name it in the scenario: redirects: [<host>], or name the address behind it.',
      );
    url = next;
  }
  throw worldError(
    `${request.for}: ${url.hostname} redirects more than ${MOST_REDIRECTS} times.`,
    'Name the address behind it.',
  );
}

async function once(url: URL, { init, signal, for: what }: GuardedRequest): Promise<Response> {
  // User and password go in a header: fetch takes none in the address.
  const { username, password } = url;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const headers = new Headers(init?.headers);
  if (username !== '' || password !== '')
    headers.set(
      'authorization',
      `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
    );
  try {
    return await fetch(bare, { ...init, headers, redirect: 'manual', signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw worldError(
      `${what}: could not reach ${shownAddress(url)}: ${beneath(cause)}.`,
      hintBeneath(cause) ?? 'Check the url and the network.',
      cause,
    );
  }
}

/** A proxy that refuses has one of its own. */
const hintBeneath = (cause: unknown): string | undefined =>
  cause instanceof Error && cause.cause instanceof BenchError ? cause.cause.hint : undefined;

/** What undici says is "fetch failed" or "terminated"; the reason is beneath. */
const beneath = (cause: unknown): string =>
  messageOf(cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause);

function parsed(address: string, what: string): URL {
  if (!URL.canParse(address)) throw usageError(`${what}: this is no address: ${address.slice(0, 200)}`);
  const url = new URL(address);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw usageError(
    `${what}: ${url.protocol} is not fetched, only http: and https:`,
    'Name an address that begins with https://',
  );
}

/** The address without user, password, query and fragment. */
export function shownAddress(url: URL | string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Link-local networks (RFC 3927, 4291), and where clouds answer with the credentials of a machine. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('169.254.0.0', 16, 'ipv4');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
PRIVATE.addAddress('168.63.129.16', 'ipv4'); // Azure's wire server
PRIVATE.addAddress('100.100.100.200', 'ipv4'); // Alibaba
PRIVATE.addAddress('192.0.0.192', 'ipv4'); // Oracle
PRIVATE.addAddress('fd00:ec2::254', 'ipv6'); // Amazon
PRIVATE.addAddress('fd20:ce::254', 'ipv6'); // Google
PRIVATE.addAddress('0.0.0.0', 'ipv4');

async function refusePrivate(url: URL, { for: what, environment = {} }: GuardedRequest): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  // Behind a proxy many a computer knows no names but its own; those that it does know are checked all the same.
  const unknown = () => (proxyFor(url, environment) === undefined ? undefined : []);
  const addresses = isIP(host) !== 0 ? [host] : await addressesOf(host, what, unknown);
  const bad = /^metadata(\.google\.internal|\.goog)?$/i.test(host) || addresses.some(isPrivate);
  if (bad)
    throw usageError(
      `${what}: ${url.hostname} is a link-local or metadata address of this computer, which is not fetched.`,
      'It could hand the credentials of this computer to whoever wrote the scenario. Name another host.',
    );
}

const isPrivate = (address: string): boolean => PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

async function addressesOf(host: string, what: string, otherwise: () => string[] | undefined): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (cause) {
    const rest = otherwise();
    if (rest !== undefined) return rest;
    throw worldError(`${what}: could not find ${host}: ${messageOf(cause)}.`, 'Check the url and the network.', cause);
  }
}
