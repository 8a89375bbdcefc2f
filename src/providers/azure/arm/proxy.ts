/**
 * The HTTP client of all requests to Azure, which uses the proxy of the environment. The SDK's own proxy policy drops the
 * certificate authority of a private cloud and mistakes a proxy's refusal for a response of Azure. It also matches NO_PROXY by
 * whole names only. So the agents of this file replace the policy's.
 */
import type { ClientRequest } from 'node:http';
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { messageOf, worldError } from '../../../model/errors.ts';
import { hasProxy, type ProxySetting, proxyFor } from '../../../model/proxy.ts';
import type { Environment } from '../account/cloud.ts';

export type TunnelTo = (url: string) => HttpsProxyAgent<string> | undefined;

/** Agents that open a tunnel (CONNECT) through a proxy; undefined for an address that needs none. `ca`: PEM that Node does not know. */
export async function proxyTunnels(environment: Environment, ca: string | undefined): Promise<TunnelTo> {
  if (!hasProxy(environment)) return () => undefined;
  const { HttpsProxyAgent } = (await import('https-proxy-agent')).default;
  // Report an invalid proxy address now: the SDK also reads it, and fails.
  for (const scheme of ['http', 'https']) proxyFor(`${scheme}://azure.invalid/`, environment);
  const tunnels = new Map<string, HttpsProxyAgent<string>>();
  return (url) => {
    const proxy = proxyFor(url, environment);
    if (proxy === undefined) return undefined;
    const known = tunnels.get(proxy.url.href);
    if (known) return known;
    const agent = new HttpsProxyAgent(proxy.url.href, { keepAlive: true, ...(ca !== undefined && { ca }) });
    const made = honest(agent, proxy, ca);
    tunnels.set(proxy.url.href, made);
    return made;
  };
}

/** The SDK's client, with these tunnels. */
export async function httpClient(tunnelTo: TunnelTo): Promise<HttpClient> {
  const { createDefaultHttpClient } = await import('@azure/core-rest-pipeline');
  const client = createDefaultHttpClient();
  return {
    sendRequest: (request) => {
      // The SDK's policy may have set another agent, although NO_PROXY excludes the host.
      const tunnel = tunnelTo(request.url);
      if (tunnel === undefined) delete request.agent;
      else request.agent = tunnel;
      return client.sendRequest(request);
    },
  };
}

/** Reports a refusal as the proxy's, not as a response of the host behind it. The host shows its own certificate, which `ca` verifies. */
function honest(agent: HttpsProxyAgent<string>, proxy: ProxySetting, ca: string | undefined): HttpsProxyAgent<string> {
  const connect = agent.connect.bind(agent);
  agent.connect = async (request: ClientRequest, options: Parameters<typeof connect>[1]) => {
    let status = 200;
    request.once('proxyConnect', (answer: { readonly statusCode: number }) => {
      status = answer.statusCode;
    });
    const socket = await connect(request, { ...options, ...(ca !== undefined && { ca }) }).catch((cause: unknown) => {
      const { code = '' } = cause as NodeJS.ErrnoException;
      throw new Error(`The proxy ${proxy.shown} does not answer${code && ` (${code})`}`);
    });
    if (status === 200) return socket;
    socket.destroy();
    throw new Error(`The proxy ${proxy.shown} refuses to connect to ${options.host}:${options.port} (HTTP ${status})`);
  };
  return agent;
}

/** Finds the message of `honest` inside any error of the SDK or the identity package, which keep nothing else of it. */
const FAILURE = /The proxy \S+ \(\w+\) (?:refuses to connect to \S+ \(HTTP \d+\)|does not answer(?: \(\w+\))?)/;

/** The proxy's error with a hint; undefined for any other error. */
export function proxyFailure(cause: unknown): Error | undefined {
  const said = FAILURE.exec(messageOf(cause))?.[0];
  if (said === undefined) return undefined;
  const hint = said.includes('HTTP 407')
    ? 'It requires a user and a password: http://<user>:<password>@<host>:<port>.'
    : 'Check the proxy and its variable, or add the host to NO_PROXY.';
  return worldError(`${said}.`, hint, cause);
}
