/**
 * Which proxy a request uses, by the environment: HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, exceptions in NO_PROXY, names in any
 * case. All clients use this one answer; the SDK of Azure, fetch and WebSockets have different rules, or none.
 * Sources: curl's manual page (names, suffixes, ports, networks), and what undici and the SDK agree on (https without its
 * own setting  takes HTTP_PROXY).
 */
import { usageError } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProxySetting {
  /** Its address, with user and password if it has them. */
  readonly url: URL;
  /** For people: no user, no password, but the variable that names it. */
  readonly shown: string;
}

const VARIABLES = {
  'http:': ['HTTP_PROXY', 'ALL_PROXY'],
  'https:': ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY'],
} as const;
const DEFAULT_PORTS = { 'http:': '80', 'https:': '443' } as const;

/** Undefined if the request goes out directly. Throws a usage error if the setting is no proxy. */
export function proxyFor(address: string | URL, environment: Environment): ProxySetting | undefined {
  const url = new URL(address);
  const protocol = /^(https|wss):$/.test(url.protocol) ? 'https:' : 'http:';
  const [found] = VARIABLES[protocol].flatMap((name) => setting(environment, name) ?? []);
  if (found === undefined || isLinkLocal(url.hostname)) return undefined;
  const port = url.port || DEFAULT_PORTS[protocol];
  const exceptions = setting(environment, 'NO_PROXY')?.value.split(/[\s,]+/) ?? [];
  return exceptions.some((exception) => covers(exception, url.hostname, port)) ? undefined : proxyOf(found);
}

let ambient: Environment = {};

/** From now on, requests without their own environment use this one; a process has one. */
export function useProxiesOf(environment: Environment): void {
  ambient = environment;
}

export const isProxied = (address: string | URL, environment: Environment = ambient): boolean =>
  proxyFor(address, environment) !== undefined;

export const hasProxy = (environment: Environment): boolean =>
  VARIABLES['https:'].some((name) => setting(environment, name) !== undefined);

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** As the environment spells it: small letters first, as everywhere. */
function setting(environment: Environment, name: string): Setting | undefined {
  const spelt = Object.keys(environment).filter((key) => key.toUpperCase() === name && environment[key]?.trim());
  const key = spelt.includes(name.toLowerCase()) ? name.toLowerCase() : spelt[0];
  return key === undefined ? undefined : { name: key, value: environment[key]?.trim() ?? '' };
}

function proxyOf({ name, value }: Setting): ProxySetting {
  const address = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw usageError(
      `${name} is set, but not to the address of an HTTP proxy.`,
      `Set it to http://<host>:<port>, or list hosts that need no proxy in NO_PROXY.`,
    );
  const url = new URL(address);
  return { url, shown: `${url.protocol}//${url.host} (${name})` };
}

/** `*`, a host and all its subdomains (with or without `.` or `*.` before it), an IPv4 network; with or without a port. */
function covers(exception: string, hostname: string, port: string): boolean {
  if (exception === '*') return true;
  const [, name = '', wantedPort] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? [];
  if (name === '' || (wantedPort !== undefined && wantedPort !== port)) return false;
  const host = bare(hostname.toLowerCase());
  const network = /^([\d.]+)\/(\d{1,2})$/.exec(name);
  if (network) return inNetwork(host, network[1] ?? '', Number(network[2]));
  const wanted = bare(name).replace(/^\*?\./, '');
  return wanted !== '' && (host === wanted || host.endsWith(`.${wanted}`));
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '').replace(/\.$/, '');

function inNetwork(host: string, network: string, bits: number): boolean {
  const [own, other] = [numberOf(host), numberOf(network)];
  if (own === undefined || other === undefined || bits > 32) return false;
  return Math.floor(own / 2 ** (32 - bits)) === Math.floor(other / 2 ** (32 - bits));
}

/** Of an IPv4 address. */
function numberOf(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  const isAddress = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  return isAddress ? parts.reduce((sum, part) => sum * 256 + part, 0) : undefined;
}

/** Where a cloud answers its own machines (managed identities): a proxy would get the answer for itself. */
const isLinkLocal = (hostname: string): boolean => inNetwork(hostname, '169.254.0.0', 16);
